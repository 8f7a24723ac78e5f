import { deflateRawSync, deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { installshield } from "../../src/extractors/installshield.ts";
import { bytesOf, expectHardy, latin1, openWith } from "./open-with.ts";

/** The least that is a Windows program: one section, then the overlay. */
function program(overlay: Uint8Array): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write("MZ");
  bytes.writeUInt32LE(64, 0x3c);
  bytes.write("PE\0\0", 64, "latin1");
  bytes.writeUInt16LE(1, 70);
  bytes.writeUInt16LE(0, 84);
  bytes.writeUInt32LE(256, 88 + 16);
  bytes.writeUInt32LE(256, 88 + 20);
  return Buffer.concat([bytes, overlay]);
}

const plain = (name: string, content: string) =>
  bytesOf(`${name}\0Disk1\\${name}\x000.0.0.0\0${content.length}\0${content}`);

/** The encoding undone: combined with the key, then halves swapped. */
function encode(content: Uint8Array, name: string, block: number): Buffer {
  const fixed = [0x13, 0x35, 0x86, 0x07];
  return Buffer.from(
    content.map((byte, i) => {
      const k = (i % block) % name.length;
      const combined = ~byte ^ name.charCodeAt(k) ^ (fixed[k & 3] ?? 0);
      return ((combined & 0xf0) >> 4) | ((combined & 0x0f) << 4);
    }),
  );
}

interface Member {
  readonly name: string;
  readonly content: string;
  readonly flags: number;
  readonly isDeflated?: boolean;
}

function stream(members: readonly Member[], isNew: boolean): Buffer {
  const head = Buffer.alloc(46);
  head.write(isNew ? "ISSetupStream" : "InstallShield");
  head.writeUInt16LE(members.length, 14);
  const pieces = [Buffer.from("NB10 a debug record\0"), head];
  for (const { name, content, flags, isDeflated = false } of members) {
    const plainData = isDeflated ? deflateSync(content) : bytesOf(content);
    const block = flags & 4 ? 1024 : Infinity;
    const data = flags ? encode(plainData, name, block) : plainData;
    const wide = Buffer.from(name, "utf16le");
    const entry = Buffer.alloc(isNew ? 24 : 312);
    if (isNew) entry.writeUInt32LE(wide.length, 0);
    else entry.write(name);
    entry.writeUInt32LE(flags, isNew ? 4 : 260);
    entry.writeUInt32LE(data.length, isNew ? 10 : 268);
    entry.writeUInt16LE(isDeflated ? 1 : 0, isNew ? 22 : 280);
    pieces.push(entry, isNew ? wide : Buffer.alloc(0), Buffer.from(data));
  }
  return program(Buffer.concat(pieces));
}

function cabinet(files: readonly string[]): Buffer {
  const head = Buffer.alloc(0x200);
  head.write("ISc(");
  head.writeUInt32LE(0x200, 20);
  const pieces = [head];
  for (const file of files)
    for (let at = 0; at < file.length; at += 32_768) {
      const data = deflateRawSync(bytesOf(file.slice(at, at + 32_768)));
      const length = Buffer.alloc(2);
      length.writeUInt16LE(data.length);
      pieces.push(length, data);
    }
  return Buffer.concat(pieces);
}

describe("setup.exe of InstallShield", () => {
  test("gives the plain files behind the program", () => {
    const bytes = program(
      Buffer.concat([
        plain("setup.ini", "[Info]"),
        plain("clam.exe", "MZ\0\0"),
      ]),
    );
    const { read, findings } = openWith(installshield, bytes);
    expect(read).toEqual([
      ["Disk1\\setup.ini", "[Info]"],
      ["Disk1\\clam.exe", "MZ\0\0"],
    ]);
    expect(findings).toEqual([]);
  });

  const long = "some content ".repeat(500);
  const members: readonly Member[] = [
    { name: "plain.txt", content: "as it is", flags: 0 },
    { name: "blocks.bin", content: long, flags: 6 },
    { name: "whole.bin", content: long, flags: 2 },
    { name: "packed.bin", content: long, flags: 6, isDeflated: true },
  ];

  test.each([
    ["before 2012", false],
    ["after 2012", true],
  ])("gives encoded files of the kind %s", (_, isNew) => {
    const { read, findings } = openWith(installshield, stream(members, isNew));
    expect(read).toEqual(members.map(({ name, content }) => [name, content]));
    expect(findings).toEqual([]);
  });

  test("is told from other programs, with data behind them or not", () => {
    for (const overlay of [
      "",
      "PK\x03\x04 something",
      "a\0b\0c\0d\0",
      "name\0other\x001\x0012\0",
    ])
      expect(
        openWith(installshield, program(bytesOf(overlay))).recognized,
      ).toBe(false);
  });

  test("that is cut off or goes on otherwise is remarked on", () => {
    const bytes = program(plain("a", "12345"));
    expect(
      openWith(installshield, bytes.subarray(0, bytes.length - 1)).findings,
    ).toEqual(["malformed installshield-truncated last"]);
    const more = Buffer.concat([bytes, Buffer.from("something else")]);
    expect(openWith(installshield, more).findings).toEqual([
      "malformed installshield-list",
    ]);
  });

  test("changed anywhere never makes it fail", () => {
    expectHardy(installshield, stream(members.slice(0, 2), false));
    expectHardy(installshield, stream(members, true), {}, 150);
    expectHardy(installshield, program(plain("a", "12345")));
  });
});

describe("a cabinet of InstallShield", () => {
  const large = "0123456789abcdef".repeat(5000);

  test("gives its files, which end where a piece is short", () => {
    const { read, findings } = openWith(
      installshield,
      cabinet([large, "small", large]),
    );
    expect(read).toEqual([
      ["1", large],
      ["2", "small"],
      ["3", large],
    ]);
    expect(findings).toEqual([]);
  });

  test("with data that is no deflate says so", () => {
    const bytes = Buffer.concat([
      cabinet(["x"]),
      Buffer.from("\x05\0stored data"),
    ]);
    expect(openWith(installshield, bytes)).toMatchObject({
      read: [["1", "x"]],
      findings: ["unsupported installshield-cabinet-data"],
    });
  });

  test("that is only the directory gives nothing", () => {
    const header = cabinet([]);
    header.writeUInt32LE(header.length, 20);
    expect(openWith(installshield, header)).toMatchObject({
      recognized: true,
      entries: [],
    });
  });

  test("that is a bomb stops at the limit", () => {
    const bytes = cabinet(["\0".repeat(3_000_000)]);
    expect(
      openWith(installshield, bytes, {
        limits: { expansionFreeBytes: 100_000, expansionRatio: 1 },
      }).limit,
    ).toBe("expansionRatio");
    expect(latin1(bytes.subarray(0, 4))).toBe("ISc(");
  });
});
