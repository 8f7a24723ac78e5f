import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { lz4 } from "../../src/extractors/lz4.ts";
import {
  cpuMs,
  helloText,
  mutations,
  open,
  recognizes,
  samples,
} from "./archive-samples.ts";

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
/** Flags 40: version 1, blocks may refer to others; no sums. */
const frame = (...blocks: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from([4, 0x22, 0x4d, 0x18, 0x40, 0x70, 0]),
    ...blocks.flatMap((block) => [u32(block.length), block]),
    u32(0),
  ]);

describe("an LZ4 file", () => {
  test("is unpacked and named after its container", () => {
    expect(recognizes(lz4, samples.lz4)).toBe(true);
    const { texts, names } = open(lz4, samples.lz4, { filename: "a.txt.lz4" });
    expect(texts).toEqual([`a.txt: ${helloText}`]);
    expect(names).toEqual([]);
  });

  test("of several frames, one to be skipped, is one entry", () => {
    const skip = Buffer.concat([u32(0x184d2a55), u32(3), Buffer.from("xyz")]);
    const bytes = Buffer.concat([samples.lz4, skip, samples.lz4]);
    expect(open(lz4, bytes).texts).toEqual([`: ${helloText}${helloText}`]);
  });

  test("of the legacy form is read", () => {
    const block = Buffer.concat([Buffer.from([0x50]), Buffer.from("hello")]);
    const bytes = Buffer.concat([
      u32(0x184c2102),
      u32(block.length),
      block,
      u32(block.length),
      block,
    ]);
    expect(recognizes(lz4, bytes)).toBe(true);
    expect(open(lz4, bytes).texts).toEqual([": hellohello"]);
  });

  test("whose blocks are not compressed or refer to earlier ones is read", () => {
    const plain = Buffer.concat([u32(0x8000_0003 >>> 0), Buffer.from("abc")]);
    // No literals, a match of 4 at distance 3, then the literal "!".
    const refers = Buffer.from([0, 3, 0, 0x10, 0x21]);
    const bytes = Buffer.concat([
      Buffer.from([4, 0x22, 0x4d, 0x18, 0x40, 0x70, 0]),
      plain,
      u32(refers.length),
      refers,
      u32(0),
    ]);
    expect(open(lz4, bytes).texts).toEqual([": abcabca!"]);
  });

  test.each([
    ["refers to before its start", frame(Buffer.from([0x10, 65, 9, 0]))],
    ["breaks off", samples.lz4.subarray(0, 40)],
    ["goes on with something else", Buffer.concat([samples.lz4, u32(7)])],
  ])("that %s is remarked", (_what, bytes) => {
    const { read, names } = open(lz4, bytes);
    expect(read).toHaveLength(1);
    expect(names).toEqual(["lz4-malformed"]);
  });

  test("that is a bomb ends at the budget", () => {
    // One literal, then a match whose length goes on for 300,000 bytes.
    const block = Buffer.concat([
      Buffer.from([0x1f, 0, 1, 0]),
      Buffer.alloc(300_000, 255),
      Buffer.from([0]),
    ]);
    const ms = cpuMs(() => {
      expect(
        open(lz4, frame(block, block, block), {
          limits: { expansionRatio: 50 },
        }).limit,
      ).toBe("expansionRatio");
    });
    expect(ms).toBeLessThan(2000);
  });
});

test("no mutation of an LZ4 file makes it throw", () => {
  fc.assert(
    fc.property(mutations(samples.lz4), (bytes) => {
      if (recognizes(lz4, bytes)) open(lz4, bytes);
    }),
    { numRuns: 500 },
  );
});
