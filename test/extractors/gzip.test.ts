import { deflateRawSync, gzipSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { gzip } from "../../src/extractors/gzip.ts";
import {
  cpuMs,
  hello,
  helloText,
  mutations,
  open,
  recognizes,
} from "./archive-samples.ts";

const packed = gzipSync(hello);

describe("a gzip file", () => {
  test("is named after the container where it has no name", () => {
    expect(recognizes(gzip, packed)).toBe(true);
    const { texts, names } = open(gzip, packed, { filename: "a.txt.gz" });
    expect(texts).toEqual([`a.txt: ${helloText}`]);
    expect(names).toEqual([]);
    expect(open(gzip, packed, { filename: "b.tgz" }).read[0]?.filename).toBe(
      "b.tar",
    );
  });

  test("has its own name, and an extra field, comment and header sum", () => {
    const header = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3]),
      Buffer.from([2, 0, 1, 1]),
      Buffer.from("../x.exe\0comment\0", "latin1"),
      Buffer.from([0, 0]),
    ]);
    // The header's sum is wrong, which only zlib minds.
    const bytes = Buffer.concat([header, packed.subarray(10)]);
    expect(open(gzip, bytes, { filename: "a.gz" }).texts).toEqual([
      `../x.exe: ${helloText}`,
    ]);
  });

  test("of several members is one entry", () => {
    const bytes = Buffer.concat(Array.from({ length: 1000 }, () => packed));
    const { read, names } = open(gzip, bytes);
    expect(read).toHaveLength(1);
    expect(read[0]?.content).toHaveLength(1000 * hello.length);
    expect(names).toEqual([]);
  });

  test("may be followed by zeros", () => {
    const { read, names } = open(
      gzip,
      Buffer.concat([packed, Buffer.alloc(100)]),
    );
    expect(read).toHaveLength(1);
    expect(names).toEqual([]);
  });

  test("followed by anything else gives that as an entry", () => {
    const { texts, names } = open(
      gzip,
      Buffer.concat([packed, Buffer.from("attack")]),
      { filename: "a.gz" },
    );
    expect(texts).toEqual([`a: ${helloText}`, "trailing data: attack"]);
    expect(names).toEqual(["gzip-trailing-data"]);
  });
});

describe("damage", () => {
  test("of the sum is remarked, and the content had", () => {
    const bytes = Buffer.concat([packed, packed]);
    bytes[packed.length - 8] = 0;
    const { read, names } = open(gzip, bytes);
    expect(Buffer.from(read[0]?.content ?? []).toString()).toBe(
      helloText + helloText,
    );
    expect(names).toEqual(["gzip-malformed"]);
  });

  test("a file that breaks off gives its head", () => {
    const { texts, names } = open(gzip, packed.subarray(0, packed.length - 12));
    expect(texts[0]).toMatch(/^: qsift archive/);
    expect(names).toEqual(["gzip-malformed"]);
  });

  test("a header alone is unread", () => {
    expect(open(gzip, Buffer.from([0x1f, 0x8b, 8])).names).toEqual([
      "gzip-malformed",
    ]);
  });
});

describe("cost", () => {
  test("a bomb ends at the budget", () => {
    const bomb = gzipSync(Buffer.alloc(150_000_000));
    const ms = cpuMs(() => {
      expect(open(gzip, bomb).limit).toBe("expansionRatio");
    });
    expect(ms).toBeLessThan(2000);
  });

  test("a bomb with a wrong sum ends there, too", () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const bytes = Buffer.concat([bomb, bomb, bomb]);
    bytes[bomb.length - 8] = 1;
    expect(open(gzip, bytes).limit).toBe("expansionRatio");
  });

  test("200,000 empty members, the last damaged, take a moment and are said", () => {
    const empty = Buffer.concat([
      packed.subarray(0, 10),
      deflateRawSync(Buffer.alloc(0)),
      Buffer.alloc(8),
    ]);
    const bytes = Buffer.concat([
      ...Array.from({ length: 200_000 }, () => empty),
      packed.subarray(0, 20),
    ]);
    const ms = cpuMs(() => {
      expect(open(gzip, bytes).names).toEqual([
        "gzip-malformed",
        "gzip-members",
      ]);
    });
    expect(ms).toBeLessThan(2000);
  });
});

test("no mutation of a gzip file makes it throw", () => {
  fc.assert(
    fc.property(mutations(Buffer.concat([packed, packed])), (bytes) => {
      if (recognizes(gzip, bytes)) open(gzip, bytes);
    }),
    { numRuns: 500 },
  );
});
