import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { activeMime } from "../../src/extractors/ole-activemime.ts";
import { ole } from "../../src/extractors/ole.ts";
import {
  compoundFile,
  compressVba,
  ole10Native,
  packageOf,
  sampleMacro,
  vbaProject,
  type WrittenStream,
} from "./ole-writer.ts";
import { expectHardy, openWith } from "./open-with.ts";

const open = (streams: readonly WrittenStream[]) =>
  openWith(ole, compoundFile(streams));

/** A record of Excel (type, length, data) or PowerPoint (with instance). */
function biff(type: number, ...data: number[]): Buffer {
  return Buffer.of(type & 0xff, type >> 8, data.length, 0, ...data);
}

function pptRecord(instance: number, type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(instance << 4);
  head.writeUInt16LE(type, 2);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data]);
}

describe("macros", () => {
  test("are found, and told to run by themselves", () => {
    const { read, findings } = open(vbaProject("Macros/VBA", sampleMacro));
    expect(read).toEqual([["Macros/VBA/Module1.bas", sampleMacro]]);
    expect(findings).toEqual(["macro vba-macro", "macro vba-autoexec"]);
  });

  test("have the project's charset", () => {
    const { entries } = open(vbaProject("VBA", sampleMacro));
    expect(entries[0]).toMatchObject({ charset: "windows-1251", leaf: true });
  });

  test("without a statement are none", () => {
    const { read, findings } = open(
      vbaProject("VBA", 'Attribute VB_Name = "ThisDocument"\r\n'),
    );
    expect(read).toHaveLength(1);
    expect(findings).toEqual([]);
  });

  test("are found though the project lies about where they start", () => {
    const { findings, read } = open(
      vbaProject("VBA", sampleMacro, { offset: 3 }),
    );
    expect(read[0]?.[1]).toBe(sampleMacro);
    expect(findings).toContain("macro vba-autoexec");
  });

  test("are found without a dir stream", () => {
    const [, module] = vbaProject("VBA", sampleMacro);
    const { findings } = open([
      { path: "VBA/_VBA_PROJECT", content: "\xcc\x61" },
      ...(module === undefined ? [] : [module]),
    ]);
    expect(findings).toContain("macro vba-autoexec");
  });

  test("of which only compiled code is left are told", () => {
    const streams = vbaProject("VBA", "", { compiled: 20_000 });
    expect(open(streams).findings).toEqual([
      "macro vba-macro",
      "macro vba-source-missing",
    ]);
  });

  test("within an embedded document are found", () => {
    const { findings } = open(
      vbaProject("ObjectPool/_1/Macros/VBA", sampleMacro),
    );
    expect(findings).toContain("macro vba-macro");
  });
});

describe("embedded files", () => {
  const native = ole10Native(packageOf("run.exe", "MZ payload"));

  test("of the packager have their name", () => {
    const { entries } = open([
      { path: "ObjectPool/_1/\x01Ole10Native", content: native },
    ]);
    expect(entries).toMatchObject([
      { kind: "read", filename: "run.exe", otherFilenames: [] },
    ]);
  });

  test("have the name that is shown, and the others too", () => {
    const { entries } = open([
      {
        path: "\x01Ole10Native",
        content: ole10Native(
          packageOf("a.txt", "x", { unicode: "\u202Egpj.exe" }),
        ),
      },
    ]);
    expect(entries).toMatchObject([
      { filename: "\u202Egpj.exe", otherFilenames: ["a.txt"] },
    ]);
  });

  test("whose size lies are read to the end", () => {
    const lying = Buffer.from(packageOf("a", "content"));
    lying.writeUInt32LE(0xffffffff, lying.length - 11);
    const { read } = open([
      { path: "\x01Ole10Native", content: ole10Native(lying) },
    ]);
    expect(read[0]?.[1]).toBe("content");
  });

  test("that are only linked make a remark", () => {
    const { findings } = open([
      {
        path: "\x01Ole10Native",
        content: ole10Native(packageOf("calc.exe", "", { kind: 1 })),
      },
    ]);
    expect(findings).toEqual(["macro package-link"]);
  });

  test("in PowerPoint's deflated storages are read, whatever size is stated", () => {
    const inner = compoundFile([{ path: "\x01Ole10Native", content: native }]);
    const atom = Buffer.concat([
      Buffer.from("ffffffff", "hex"),
      deflateSync(inner),
    ]);
    const container = pptRecord(0, 1000, pptRecord(1, 0x1011, atom));
    container[0] = 0x0f;
    const { read } = open([
      { path: "PowerPoint Document", content: container },
    ]);
    expect(read).toEqual([
      ["PowerPoint Document/object-1", inner.toString("latin1")],
    ]);
    expect(openWith(ole, inner).read[0]?.[1]).toBe("MZ payload");
  });

  test("in an installer have their packed names", () => {
    // "Binary.a", two characters at a time as the installer packs them.
    const digits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    let packed = "";
    for (const [a = "", b = ""] of ["Bi", "na", "ry", ".a"])
      packed += String.fromCharCode(
        0x3800 + digits.indexOf(a) + (digits.indexOf(b) << 6),
      );
    const { entries } = open([{ path: packed, content: "MZ" }]);
    expect(entries).toMatchObject([
      { place: "Binary.a", filename: "Binary.a" },
    ]);
  });
});

describe("encryption", () => {
  const encrypted = (path: string, content: Buffer) =>
    open([{ path, content }]).findings;

  test("of Word, Excel and PowerPoint is told by its kind", () => {
    const fib = Buffer.alloc(64);
    fib.writeUInt16LE(0xa5ec);
    fib.writeUInt16LE(0x0100, 10);
    expect(encrypted("WordDocument", fib)).toEqual(["encrypted doc-encrypted"]);
    fib.writeUInt16LE(0x8100, 10);
    expect(encrypted("WordDocument", fib)).toEqual([
      "encrypted doc-encrypted-xor",
    ]);
    const book = Buffer.concat([biff(0x809, 0, 6), biff(0x2f, 1, 0)]);
    expect(encrypted("Workbook", book)).toEqual([
      "encrypted xls-encrypted-rc4",
    ]);
    const user = Buffer.alloc(20);
    user.writeUInt32LE(0xf3d1c4df, 12);
    expect(encrypted("Current User", user)).toEqual([
      "encrypted ppt-encrypted",
    ]);
  });

  test("of OOXML is told by its scheme", () => {
    const { findings, read } = open([
      { path: "EncryptionInfo", content: "\x04\0\x04\0" },
      { path: "EncryptedPackage", content: "?".repeat(5000) },
      { path: "\x06DataSpaces/Version", content: "x" },
    ]);
    expect(findings).toEqual(["encrypted office-encrypted-agile"]);
    expect(read).toEqual([]);
  });
});

describe("other things that run", () => {
  test("Excel 4 macro sheets are told, and that they open by themselves", () => {
    const book = Buffer.concat([
      biff(0x809, 0, 6),
      biff(0x85, 0, 0, 0, 0, 0, 1),
      biff(0x18, 0x20, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1),
    ]);
    expect(open([{ path: "Workbook", content: book }]).findings).toEqual([
      "macro xlm-macro",
      "macro xlm-autoexec",
    ]);
  });

  test("DDE fields of Word are told, 8-bit and UTF-16", () => {
    const text = "\0".repeat(32) + "text \x13 DDEAUTO c:\\\\x \x14";
    for (const content of [text, Buffer.from(text, "utf16le")])
      expect(open([{ path: "WordDocument", content }]).findings).toEqual([
        "macro dde-field",
      ]);
  });

  test("a link to a URL and an equation are told", () => {
    const moniker = Buffer.from("e0c9ea79f9bace118c8200aa004ba90b", "hex");
    expect(
      open([
        { path: "\x01Ole", content: moniker },
        { path: "Equation Native", content: "\x1c\0" },
      ]).findings,
    ).toEqual(["macro ole-url-link", "macro equation-editor-object"]);
  });
});

test("an unknown stream is an entry", () => {
  expect(open([{ path: "a/b", content: "bytes" }]).read).toEqual([
    ["a/b", "bytes"],
  ]);
});

test("a file of nothing but the signature is malformed", () => {
  const signature = Buffer.from("d0cf11e0a1b11ae1", "hex");
  expect(openWith(ole, signature).findings).toEqual(["malformed ole-broken"]);
});

test("a VBA bomb of copy tokens ends at a limit", () => {
  // Each chunk: a literal and a copy of all that fits, 4096 bytes out of six.
  const chunk = Buffer.from("03b002ccff0f", "hex");
  const bomb = Buffer.concat([
    compressVba(sampleMacro),
    ...Array.from({ length: 3000 }, () => chunk),
  ]);
  const { limit } = openWith(
    ole,
    compoundFile([
      { path: "VBA/_VBA_PROJECT", content: "x" },
      { path: "VBA/Module1", content: bomb },
    ]),
    { limits: { expansionFreeBytes: 1 << 20, expansionRatio: 20 } },
  );
  expect(limit).toBe("expansionRatio");
});

test("ActiveMime gives the project in it", () => {
  const project = compoundFile(vbaProject("VBA", sampleMacro));
  const mime = Buffer.concat([
    Buffer.from(`ActiveMime${"\0".repeat(40)}`, "latin1"),
    deflateSync(project),
  ]);
  expect(openWith(activeMime, mime).read).toEqual([
    ["vbaProject.bin", project.toString("latin1")],
  ]);
});

test("whatever is done to a compound file, it is opened within the budget", () => {
  expectHardy(
    ole,
    compoundFile([
      ...vbaProject("Macros/VBA", sampleMacro.repeat(20)),
      {
        path: "ObjectPool/_1/\x01Ole10Native",
        content: ole10Native(packageOf("a.exe", "MZ")),
      },
      { path: "WordDocument", content: Buffer.alloc(5000, 0x13) },
    ]),
    {},
    250,
  );
});
