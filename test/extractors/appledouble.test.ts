import { describe, expect, test } from "vitest";
import { appledouble } from "../../src/extractors/appledouble.ts";
import { expectHardy, openWith } from "./open-with.ts";

function file(
  magic: number,
  entries: readonly (readonly [number, string])[],
): Buffer {
  const head = Buffer.alloc(26 + 12 * entries.length);
  head.writeUInt32BE(magic, 0);
  head.writeUInt32BE(0x00020000, 4);
  head.writeUInt16BE(entries.length, 24);
  let at = head.length;
  entries.forEach(([id, content], i) => {
    head.writeUInt32BE(id, 26 + 12 * i);
    head.writeUInt32BE(at, 30 + 12 * i);
    head.writeUInt32BE(content.length, 34 + 12 * i);
    at += content.length;
  });
  return Buffer.concat([
    head,
    ...entries.map(([, content]) => Buffer.from(content)),
  ]);
}

const single = file(0x00051600, [
  [2, "resources"],
  [3, "report.doc"],
  [9, "finder info"],
  [1, "data"],
]);

describe("AppleSingle and AppleDouble", () => {
  test("give both forks, the data fork under the file's real name", () => {
    const { read, findings } = openWith(appledouble, single);
    expect(read).toEqual([
      ["resource fork", "resources"],
      ["report.doc", "data"],
    ]);
    expect(findings).toEqual([]);
    expect(openWith(appledouble, file(0x00051607, [[2, "r"]])).read).toEqual([
      ["resource fork", "r"],
    ]);
  });

  test("with other versions are not recognised", () => {
    const bytes = Buffer.from(single);
    bytes.writeUInt32BE(7, 4);
    expect(openWith(appledouble, bytes).recognized).toBe(false);
  });

  test("that are cut off or promise more entries are remarked on", () => {
    expect(
      openWith(appledouble, single.subarray(0, single.length - 1)),
    ).toMatchObject({
      read: [
        ["resource fork", "resources"],
        ["report.doc", "dat"],
      ],
      findings: ["malformed appledouble-truncated"],
    });
    const bytes = Buffer.from(single);
    bytes.writeUInt16BE(0xffff, 24);
    expect(openWith(appledouble, bytes).findings).toContain(
      "malformed appledouble-truncated",
    );
  });

  test("whose entries share their bytes are charged for each", () => {
    const bytes = file(
      0x00051600,
      Array.from({ length: 500 }, () => [1, ""] as const),
    );
    for (let i = 0; i < 500; i++)
      bytes.writeUInt32BE(bytes.length, 34 + 12 * i);
    for (let i = 0; i < 500; i++) bytes.writeUInt32BE(0, 30 + 12 * i);
    expect(
      openWith(appledouble, bytes, {
        limits: { expansionFreeBytes: 50_000, expansionRatio: 1 },
      }).limit,
    ).toBe("expansionRatio");
  });

  test("changed anywhere never make it fail", () => {
    expectHardy(appledouble, single);
  });
});
