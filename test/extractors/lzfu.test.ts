import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Budget } from "../../src/budget.ts";
import { decompressRtf } from "../../src/extractors/lzfu.ts";
import { defaultLimits } from "../../src/limits.ts";
import { compressedRtf } from "./tnef-writer.ts";

function decompress(bytes: Uint8Array, budget = new Budget(defaultLimits, 0)) {
  const rtf = decompressRtf(bytes, budget);
  return rtf === null ? null : Buffer.from(rtf).toString("latin1");
}

const header = (type: string): Buffer =>
  Buffer.concat([Buffer.alloc(8), Buffer.from(type), Buffer.alloc(4)]);

describe("compressed RTF", () => {
  // The two examples of MS-OXRTFCP 3.1 and 3.2.
  test.each([
    [
      "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af320" +
        "68656c090020627705b06c647d0a800fa0",
      "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
    ],
    [
      "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0",
      "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}",
    ],
  ])("of the specification's examples gives their text", (hex, text) => {
    expect(decompress(Buffer.from(hex, "hex"))).toBe(text);
  });

  test("comes back whatever it was", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary-ascii", maxLength: 9000 }),
        (rtf) => {
          expect(decompress(compressedRtf(rtf))).toBe(rtf);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("may lie about its sizes, and lack its end", () => {
    for (const rawSize of [0, 1, 0xffffffff])
      for (const end of [true, false])
        expect(
          decompress(
            compressedRtf("{\\rtf1 x}", {
              compressedSize: rawSize,
              rawSize,
              end,
            }),
          ),
        ).toBe("{\\rtf1 x}");
  });

  test("may be stored", () => {
    expect(
      decompress(Buffer.concat([header("MELA"), Buffer.from("{\\rtf1}")])),
    ).toBe("{\\rtf1}");
  });

  test("of another type is none", () => {
    expect(
      decompress(Buffer.concat([header("????"), Buffer.of(1)])),
    ).toBeNull();
    expect(decompress(Buffer.alloc(3))).toBeNull();
  });

  test("with references to what was never written reads NULs there", () => {
    // One reference, to offset 0x0f0, of 17 bytes.
    const bytes = Buffer.concat([header("LZFu"), Buffer.of(1, 0x0f, 0x0f)]);
    expect(decompress(bytes)).toBe("\0".repeat(17));
  });

  test("cannot expand past the budget", () => {
    const tokens = Buffer.alloc(17 * 5000, 0xff);
    const budget = new Budget(
      { ...defaultLimits, expansionFreeBytes: 1000, expansionRatio: 1 },
      100,
    );
    expect(() =>
      decompress(Buffer.concat([header("LZFu"), tokens]), budget),
    ).toThrow(/unpacked/);
  });
});
