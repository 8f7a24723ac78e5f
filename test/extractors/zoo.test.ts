import { describe, expect, test } from "vitest";
import { zoo } from "../../src/extractors/zoo.ts";
import { defaultLimits } from "../../src/limits.ts";
import { expand } from "./expand-all.ts";
import { crc16, lzhBlock } from "./lzh-writers.ts";
import { bytesOf, expectHardy, openWith } from "./open-with.ts";

/** LZD as zoo writes it: greedy, the table emptied when full. */
function lzd(content: Uint8Array): Buffer {
  const out: number[] = [];
  let buffer = 0;
  let buffered = 0;
  let bits = 9;
  let free = 258;
  let table = new Map<string, number>();
  const put = (code: number) => {
    buffer |= code << buffered;
    for (buffered += bits; buffered >= 8; buffered -= 8) {
      out.push(buffer & 0xff);
      buffer >>>= 8;
    }
  };
  const codeOf = (text: string) => table.get(text) ?? text.charCodeAt(0);
  put(256);
  let current = "";
  let isFirst = true;
  for (const byte of content) {
    const longer = current + String.fromCharCode(byte);
    if (longer.length === 1 || table.has(longer)) {
      current = longer;
      continue;
    }
    put(codeOf(current));
    // The decoder adds its entry one code later than the encoder.
    if (!isFirst && free <= 8192 && free >= 1 << bits && bits < 13) bits += 1;
    isFirst = false;
    if (free < 8192) table.set(longer, free);
    free += 1;
    current = String.fromCharCode(byte);
    if (free > 8193) {
      put(codeOf(current));
      put(256);
      table = new Map();
      free = 258;
      bits = 9;
      current = "";
      isFirst = true;
    }
  }
  if (current !== "") {
    put(codeOf(current));
    if (!isFirst && free >= 1 << bits && bits < 13) bits += 1;
  }
  put(257);
  if (buffered > 0) out.push(buffer & 0xff);
  return Buffer.from(out);
}

interface Member {
  readonly name: string;
  readonly content: string;
  readonly method?: number;
  readonly long?: string;
  readonly directory?: string;
  readonly sum?: number;
}

function archive(members: readonly Member[]): Buffer {
  const head = Buffer.alloc(42);
  head.write("ZOO 2.10 Archive.\x1a");
  head.writeUInt32LE(0xfdc4a7dc, 20);
  head.writeUInt32LE(42, 24);
  const pieces: Buffer[] = [head];
  let at = 42;
  for (const {
    name,
    content,
    method = 0,
    long,
    directory = "",
    sum,
  } of members) {
    const bytes = bytesOf(content);
    const data =
      method === 1
        ? lzd(bytes)
        : method === 2
          ? lzhBlock([...bytes], 4, true)
          : Buffer.from(bytes);
    const names = long === undefined ? "" : `${long}\0${directory}\0`;
    const entry = Buffer.alloc(58 + names.length);
    entry.writeUInt32LE(0xfdc4a7dc, 0);
    entry[4] = 2;
    entry[5] = method;
    entry.writeUInt32LE(at + entry.length + data.length, 6);
    entry.writeUInt32LE(at + entry.length, 10);
    entry.writeUInt16LE(sum ?? crc16(bytes), 18);
    entry.writeUInt32LE(bytes.length, 20);
    entry.writeUInt32LE(data.length, 24);
    entry.write(name, 38);
    entry.writeUInt16LE(long === undefined ? 0 : 2 + names.length, 51);
    if (long !== undefined) {
      entry[56] = long.length + 1;
      entry[57] = directory === "" ? 0 : directory.length + 1;
      entry.write(names, 58, "latin1");
    }
    pieces.push(entry, data);
    at += entry.length + data.length;
  }
  const last = Buffer.alloc(56);
  last.writeUInt32LE(0xfdc4a7dc, 0);
  return Buffer.concat([...pieces, last]);
}

const text = "the rain in spain stays mainly in the plain. ".repeat(40);
// Long and varied enough to fill the table, so that it is emptied.
const varied = Array.from({ length: 60_000 }, (_, i) =>
  String.fromCharCode((i * i * 31 + (i >> 3)) & 0xff),
).join("");

describe("a zoo archive", () => {
  test("gives stored, LZD and LZH entries under their names", () => {
    const { read, findings } = openWith(
      zoo,
      archive([
        { name: "stored", content: text },
        { name: "packed", content: text, method: 1 },
        { name: "varied", content: varied, method: 1 },
        { name: "lzh", content: text, method: 2 },
        { name: "empty", content: "", method: 1 },
        {
          name: "short~1",
          content: "x",
          long: "a long name",
          directory: "in/a",
        },
      ]),
    );
    expect(read.map(([place]) => place)).toEqual([
      "stored",
      "packed",
      "varied",
      "lzh",
      "empty",
      "in/a/a long name",
    ]);
    expect(read.map(([, content]) => content)).toEqual([
      text,
      text,
      varied,
      text,
      "",
      "x",
    ]);
    expect(findings).toEqual([]);
  });

  test("decodes a code that its own string completes", () => {
    const content = "a".repeat(5000);
    expect(
      openWith(zoo, archive([{ name: "a", content, method: 1 }])).read,
    ).toEqual([["a", content]]);
  });

  test("names the methods that are not opened", () => {
    const bytes = archive([{ name: "b", content: "x", method: 9 }]);
    expect(openWith(zoo, bytes).findings).toEqual([
      "unsupported zoo-method-unknown",
    ]);
  });

  test("is remarked on where a checksum or a size is wrong", () => {
    const bytes = archive([
      { name: "a", content: "x", sum: 1 },
      { name: "b", content: "y" },
    ]);
    bytes.writeUInt32LE(7, bytes.indexOf("b\0") - 38 + 20);
    expect(openWith(zoo, bytes).findings).toEqual([
      "malformed zoo-checksum last",
      "malformed zoo-size last",
    ]);
  });
});

describe("a hostile zoo archive", () => {
  test("that contains itself, and a part of itself, is opened once each", async () => {
    const bytes = archive([
      { name: "self", content: "" },
      { name: "part", content: "" },
    ]);
    const [self, part] = [42, 100];
    for (const [at, length] of [
      [self, bytes.length],
      [part, bytes.length - 1],
    ] as const) {
      bytes.writeUInt32LE(0, at + 10);
      bytes.writeUInt32LE(length, at + 20);
      bytes.writeUInt32LE(length, at + 24);
    }
    const head = Buffer.from("Content-Transfer-Encoding: binary\n\n");
    const { parts } = await expand(Buffer.concat([head, bytes]), defaultLimits);
    // The message's text, then the archive's two, then those of the shorter one.
    expect(parts.map(({ place }) => place)).toEqual([
      "",
      "1",
      "1/self",
      "1/part",
      "1/part/self",
      "1/part/part",
    ]);
  });

  test("whose entries form a ring is read once around", () => {
    const bytes = archive([
      { name: "a", content: "x" },
      { name: "b", content: "y" },
    ]);
    bytes.writeUInt32LE(42, bytes.indexOf("b\0") - 38 + 6);
    const { read, findings } = openWith(zoo, bytes);
    expect(read).toHaveLength(2);
    expect(findings).toEqual(["malformed zoo-directory-loop"]);
  });

  test("whose entries share their bytes is charged for each", () => {
    const members = Array.from({ length: 50 }, () => ({
      name: "a",
      content: "",
    }));
    const bytes = archive(members);
    for (let at = 42, i = 0; i < 50; i++, at += 58) {
      bytes.writeUInt32LE(0, at + 10);
      bytes.writeUInt32LE(bytes.length, at + 24);
    }
    expect(
      openWith(zoo, bytes, {
        limits: { expansionFreeBytes: 20_000, expansionRatio: 1 },
      }).limit,
    ).toBe("expansionRatio");
  });

  test("that is cut off is malformed", () => {
    const bytes = archive([{ name: "a", content: "x" }]);
    expect(openWith(zoo, bytes.subarray(0, 110)).findings).toEqual([
      "malformed zoo-directory",
    ]);
  });

  test("changed anywhere never makes it fail", () => {
    expectHardy(
      zoo,
      archive([
        { name: "s", content: text },
        { name: "p", content: text, method: 1, long: "long" },
        { name: "l", content: text, method: 2 },
      ]),
    );
  });
});
