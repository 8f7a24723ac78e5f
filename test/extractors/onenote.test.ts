import { expect, test } from "vitest";
import { onenote } from "../../src/extractors/onenote.ts";
import { expectHardy, openWith } from "./open-with.ts";

const fileType = Buffer.from("e4525c7b8cd8a74daeb15378d02996d3", "hex");

function embedded(content: string, length = content.length): Buffer {
  const head = Buffer.alloc(36);
  head.write("e716e3bd65261145a4c48d4d0b7a9eac", 0, "hex");
  head.writeBigUInt64LE(BigInt(length), 16);
  const footer = Buffer.from("22a7fb71790f0b4abb13899256426b24", "hex");
  return Buffer.concat([head, Buffer.from(content), Buffer.alloc(3), footer]);
}

const section = (...files: readonly Buffer[]) =>
  Buffer.concat([fileType, Buffer.alloc(1008), ...files]);

test("the files in a section are entries", () => {
  const { read } = openWith(onenote, section(embedded("MZ 1"), embedded("2")));
  expect(read).toEqual([
    ["file-1", "MZ 1"],
    ["file-2", "2"],
  ]);
});

test("a length that lies ends at the next file or at the end", () => {
  const { read } = openWith(
    onenote,
    section(embedded("MZ 1", 1e12), embedded("MZ 2", 2 ** 53)),
  );
  expect(read.map(([, content]) => content.slice(0, 4))).toEqual([
    "MZ 1",
    "MZ 2",
  ]);
});

test("many files that all claim the rest of the section end at a limit", () => {
  const files = Array.from({ length: 3000 }, () => embedded("x"));
  const bytes = section(...files);
  for (let at = 1024; at + 60 < bytes.length; at += 56)
    bytes.writeBigUInt64LE(BigInt(bytes.length - at - 36), at + 16);
  const { limit } = openWith(onenote, bytes, {
    limits: { expansionFreeBytes: 1 << 20, expansionRatio: 10 },
  });
  expect(limit).toBe("expansionRatio");
});

test("whatever is done to a section, it is opened within the budget", () => {
  expectHardy(onenote, section(embedded("MZ 1"), embedded("MZ 2")), {}, 200);
});
