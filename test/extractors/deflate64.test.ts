import { randomBytes } from "node:crypto";
import { constants, deflateRawSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { inflateByHand } from "../../src/extractors/deflate64.ts";

describe("our own inflate", () => {
  test("reads what zlib writes, at every level and strategy", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 3000 }),
          // Text, so that there are matches.
          fc
            .array(fc.constantFrom("abc", "def", "abcabc", "\n"), {
              maxLength: 2000,
            })
            .map((words) => Buffer.from(words.join(""))),
        ),
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom(constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED),
        (content, level, strategy) => {
          const packed = deflateRawSync(content, { level, strategy });
          const followed = Buffer.concat([packed, Buffer.from("tail")]);
          const result = inflateByHand(followed, 10_000);
          expect(result.ending).toBe("complete");
          expect(result.consumed).toBe(packed.length);
          expect(Buffer.from(result.content).equals(content)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("reads large data", () => {
    const content = Buffer.concat([
      Buffer.alloc(500_000, "abcdefg"),
      randomBytes(200_000),
      Buffer.alloc(500_000),
    ]);
    const { content: had } = inflateByHand(deflateRawSync(content), 2_000_000);
    expect(Buffer.from(had).equals(content)).toBe(true);
  });

  test("gives what comes before the end of the input", () => {
    const content = Buffer.from(
      Array.from({ length: 2000 }, (_, i) => String(i * i)).join(" "),
    );
    const packed = deflateRawSync(content);
    const { content: had, ending } = inflateByHand(
      packed.subarray(0, packed.length >> 1),
      100_000,
    );
    expect(ending).toBe("truncated");
    expect(had.length).toBeGreaterThan(content.length / 3);
    expect(content.subarray(0, had.length).equals(had)).toBe(true);
  });

  test("stops at the cap", () => {
    const { content, ending } = inflateByHand(
      deflateRawSync(Buffer.alloc(100_000)),
      1000,
    );
    expect(ending).toBe("limit");
    expect(content).toHaveLength(1000);
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.boolean(),
        (bytes, deflate64) => {
          const { content } = inflateByHand(bytes, 50_000, deflate64);
          expect(content.length).toBeLessThanOrEqual(50_000);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
