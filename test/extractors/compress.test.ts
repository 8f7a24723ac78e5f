import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compress } from "../../src/extractors/compress.ts";
import {
  cpuMs,
  hello,
  helloText,
  mutations,
  open,
  recognizes,
} from "./archive-samples.ts";

/** LZW as compress(1) writes it, without ever emptying the table. */
function lzw(content: Uint8Array, maxBits: number): Buffer {
  const table = new Map<string, number>();
  const bytes: number[] = [0x1f, 0x9d, 0x80 | maxBits];
  let free = 257;
  let bits = 9;
  let pending = 0;
  let held = 0;
  let inGroup = 0;
  const put = (code: number): void => {
    pending |= code << held;
    for (held += bits; held >= 8; held -= 8, pending >>>= 8)
      bytes.push(pending & 255);
    inGroup = (inGroup + 1) % 8;
  };
  let prefix = -1;
  for (const byte of content) {
    const known = prefix < 0 ? byte : table.get(`${prefix},${byte}`);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    put(prefix);
    if (free < 1 << maxBits) {
      table.set(`${prefix},${byte}`, free++);
      // The reader is one code behind, and a group has eight codes.
      if (free > 1 << bits && bits < maxBits) {
        while (inGroup !== 0) put(0);
        bits += 1;
      }
    }
    prefix = byte;
  }
  if (prefix >= 0) put(prefix);
  if (held > 0) bytes.push(pending & 255);
  return Buffer.from(bytes);
}

describe("a .Z file", () => {
  test("is unpacked and named after its container", () => {
    const bytes = lzw(hello, 16);
    expect(recognizes(compress, bytes)).toBe(true);
    expect(open(compress, bytes, { filename: "a.txt.Z" }).texts).toEqual([
      `a.txt: ${helloText}`,
    ]);
  });

  test("comes back for any content and code length", () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.constantFrom("a", "ab", "abab", "\0\0\0", "z"), {
            maxLength: 3000,
          })
          .map((words) => Buffer.from(words.join(""))),
        fc.integer({ min: 9, max: 16 }),
        (content, maxBits) => {
          const { read } = open(compress, lzw(content, maxBits));
          expect(content.equals(read[0]?.content ?? Buffer.alloc(0))).toBe(
            true,
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  test("with a code that cannot be is remarked", () => {
    const bytes = Buffer.concat([
      Buffer.from([0x1f, 0x9d, 0x90]),
      Buffer.alloc(9, 0xff),
    ]);
    expect(open(compress, bytes).names).toEqual(["compress-malformed"]);
  });

  test("that is a bomb ends at the budget", () => {
    const bytes = lzw(Buffer.alloc(4_000_000), 16);
    const ms = cpuMs(() => {
      expect(
        open(compress, bytes, { limits: { expansionFreeBytes: 1 << 16 } })
          .limit,
      ).toBe("expansionRatio");
    });
    expect(ms).toBeLessThan(2000);
  });
});

test("no mutation of a .Z file makes it throw", () => {
  fc.assert(
    fc.property(mutations(lzw(hello, 12)), (bytes) => {
      if (recognizes(compress, bytes)) open(compress, bytes);
    }),
    { numRuns: 500 },
  );
});
