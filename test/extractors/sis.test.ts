import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { sis } from "../../src/extractors/sis.ts";
import { expectHardy, openWith } from "./open-with.ts";

interface FileRecord {
  readonly kind: number;
  readonly name: string;
  readonly contents: readonly string[];
}

function installer(
  records: readonly FileRecord[],
  { languages = 2, options = 0x01, uid2 = 0x10003a12 } = {},
): Buffer {
  const head = Buffer.alloc(100);
  head.writeUInt32LE(uid2, 4);
  head.writeUInt32LE(0x10000419, 8);
  head.writeUInt16LE(languages, 18);
  head.writeUInt16LE(records.length, 20);
  head.writeUInt16LE(options, 36);
  head.writeUInt32LE(100, 52);
  const sizeOf = ({ kind, contents }: FileRecord) =>
    kind > 4
      ? 4
      : kind > 1
        ? 12
        : 28 +
          contents.length * 8 +
          (uid2 === 0x10003a12 ? contents.length * 4 + 8 : 0);
  let at = 100 + records.reduce((sum, record) => sum + sizeOf(record), 0);
  const data: Buffer[] = [];
  const put = (bytes: Buffer) => {
    data.push(bytes);
    at += bytes.length;
    return [bytes.length, at - bytes.length] as const;
  };
  const heads = records.map((record) => {
    const { kind, name, contents } = record;
    const bytes = Buffer.alloc(sizeOf(record));
    bytes.writeUInt32LE(kind, 0);
    if (kind > 1) {
      if (kind < 5) bytes.writeUInt32LE(4, 4);
      return bytes;
    }
    const [nameBytes, nameAt] = put(
      Buffer.from(name, options & 1 ? "utf16le" : "latin1"),
    );
    bytes.writeUInt32LE(nameBytes, 20);
    bytes.writeUInt32LE(nameAt, 24);
    contents.forEach((content, i) => {
      const [length, start] = put(
        options & 8 ? Buffer.from(content) : deflateSync(content),
      );
      bytes.writeUInt32LE(length, 28 + 4 * i);
      bytes.writeUInt32LE(start, 28 + 4 * (contents.length + i));
    });
    return bytes;
  });
  return Buffer.concat([head, ...heads, ...data]);
}

const one = { kind: 0, name: "!:\\a.exe", contents: ["MZ a"] };
const each = { kind: 1, name: "!:\\b.txt", contents: ["english", "deutsch"] };
const condition = { kind: 3, name: "", contents: [] };
const end = { kind: 6, name: "", contents: [] };
const expected = [
  ["!:\\a.exe", "MZ a"],
  ["!:\\b.txt", "english"],
  ["!:\\b.txt", "deutsch"],
];

describe("a Symbian installation file", () => {
  test("gives files for all languages, conditions or not", () => {
    const { read, findings } = openWith(
      sis,
      installer([condition, one, end, each]),
    );
    expect(read).toEqual(expected);
    expect(findings).toEqual([]);
  });

  test("may be of an older release, with 8-bit names and stored data", () => {
    const bytes = installer([one, each], { options: 0x08, uid2: 0x1000006d });
    expect(openWith(sis, bytes).read).toEqual(expected);
  });

  test("of a newer kind, or with options, is unsupported", () => {
    const newer = Buffer.alloc(100);
    newer.writeUInt32LE(0x10201a7a, 0);
    expect(openWith(sis, newer).findings).toEqual(["unsupported sis-version"]);
    const options = { kind: 2, name: "", contents: [] };
    expect(openWith(sis, installer([one, options]))).toMatchObject({
      read: [expected[0]],
      findings: ["unsupported sis-record"],
    });
  });

  test("that is cut off is malformed", () => {
    const bytes = installer([one]);
    expect(openWith(sis, bytes.subarray(0, bytes.length - 6)).findings).toEqual(
      ["malformed sis-truncated last"],
    );
    expect(openWith(sis, bytes.subarray(0, 102)).findings).toEqual([
      "malformed sis-truncated",
    ]);
  });

  test("changed anywhere never makes it fail", () => {
    expectHardy(sis, installer([condition, one, each]));
  });
});
