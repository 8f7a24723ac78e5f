import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Budget } from "../../src/budget.ts";
import { CompoundFile } from "../../src/extractors/ole-file.ts";
import { defaultLimits } from "../../src/limits.ts";
import { cpuMs } from "./ole-cost.ts";
import { compoundFile } from "./ole-writer.ts";

const budget = () => new Budget(defaultLimits, 1 << 20);

function streamsOf(bytes: Uint8Array): {
  streams: [string, string][];
  isBroken: boolean;
} {
  const charge = budget();
  const file = new CompoundFile(bytes, charge);
  const streams = file.entries
    .filter(({ isStream }) => isStream)
    .map((entry): [string, string] => [
      entry.path.join("/"),
      Buffer.from(file.read(entry, charge)).toString("latin1"),
    ]);
  return { streams, isBroken: file.isBroken };
}

const content = [
  { path: "small", content: "a few bytes" },
  { path: "large", content: "0123456789".repeat(900) },
  { path: "Storage/inner", content: "x".repeat(100) },
  { path: "Storage/empty", content: "" },
];
const expected = content.map(({ path, content }) => [path, content]);

describe("a compound file", () => {
  test.each([9, 12])(
    "with sectors of 2^%i bytes gives its streams",
    (shift) => {
      const { streams, isBroken } = streamsOf(compoundFile(content, shift));
      expect(new Map(streams)).toEqual(new Map(expected as [string, string][]));
      expect(isBroken).toBe(false);
    },
  );

  test("gives back any streams that were written", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 6 }),
        (contents) => {
          const written = contents.map((content, i) => ({
            path: i % 2 === 0 ? `s${i}` : `Dir/s${i}`,
            content,
          }));
          const { streams } = streamsOf(compoundFile(written));
          expect(new Map(streams)).toEqual(
            new Map(
              written.map(({ path, content }) => [
                path,
                Buffer.from(content).toString("latin1"),
              ]),
            ),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("whose chain runs in a circle gives each sector once", () => {
    const bytes = compoundFile([{ path: "loop", content: "y".repeat(5000) }]);
    // The FAT is the last sector; sector 1 of the chain leads back to sector 0.
    bytes.writeUInt32LE(0, bytes.length - 512 + 4);
    const { streams, isBroken } = streamsOf(bytes);
    expect(streams).toEqual([["loop", "y".repeat(1024)]]);
    expect(isBroken).toBe(true);
  });

  test("that is cut short gives what is there", () => {
    const bytes = compoundFile([
      { path: "first", content: "z".repeat(6000) },
      { path: "second", content: "short" },
    ]);
    // Without its FAT, at the end here, only first sectors are known.
    const { streams, isBroken } = streamsOf(bytes.subarray(0, -512));
    expect(streams.map(([path]) => path)).toEqual(["first", "second"]);
    expect(streams[0]?.[1]).toBe("z".repeat(512));
    expect(isBroken).toBe(true);
  });

  test("whose tree is a circle is listed all the same", () => {
    const bytes = compoundFile(content);
    const directory = 512 + bytes.readUInt32LE(48) * 512;
    bytes.writeUInt32LE(1, directory + 128 + 72); // its own sibling
    const { streams, isBroken } = streamsOf(bytes);
    expect(streams.map(([path]) => path)).toEqual(
      expect.arrayContaining(["small", "large"]),
    );
    expect(isBroken).toBe(true);
  });

  test("with 2,000 entries for one stream stays within the budget", () => {
    const many = Array.from({ length: 2000 }, (_, i) => ({
      path: `s${i}`,
      content: "",
    }));
    const bytes = compoundFile([
      { path: "data", content: "d".repeat(100_000) },
      ...many,
    ]);
    const directory = 512 + bytes.readUInt32LE(48) * 512;
    for (let id = 2; id < 2002; id++) {
      bytes.copy(
        bytes,
        directory + id * 128 + 116,
        directory + 128 + 116,
        directory + 128 + 128,
      );
    }
    const charge = new Budget(
      { ...defaultLimits, expansionFreeBytes: 1 << 20, expansionRatio: 10 },
      bytes.length,
    );
    const file = new CompoundFile(bytes, charge);
    expect(() => {
      for (const entry of file.entries) file.read(entry, charge);
    }).toThrow(/unpacked/);
  });

  test("of sizes and counts of 2^32 - 1 is read in no time", () => {
    const bytes = compoundFile(content);
    for (const at of [40, 44, 64, 72]) bytes.writeUInt32LE(0xffffffff, at);
    const directory = 512 + bytes.readUInt32LE(48) * 512;
    bytes.writeUInt32LE(0xffffffff, directory + 2 * 128 + 120);
    let streams: [string, string][] = [];
    expect(
      cpuMs(() => {
        ({ streams } = streamsOf(bytes));
      }),
    ).toBeLessThan(500);
    expect(streams.find(([path]) => path === "large")?.[1]).toMatch(/^0123/);
  });
});
