import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { szdd } from "../../src/extractors/szdd.ts";
import { BitWriter, items, kwajLzh, unpacked } from "./lzh-writers.ts";
import { bytesOf, expectHardy, openWith } from "./open-with.ts";

const le = (value: number, count: number) =>
  Uint8Array.from({ length: count }, (_, i) => value >>> (8 * i));
const join = (...parts: (Uint8Array | string)[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === "string" ? bytesOf(part) : part)),
  );

/** LZSS: single bytes, and strings of the last byte where it repeats. */
function lzss(content: string, fromEnd: number): Buffer {
  const items: (readonly number[])[] = [];
  let to = 4096 - fromEnd;
  for (let at = 0; at < content.length;) {
    const byte = content.charCodeAt(at);
    let run = 0;
    while (
      run < 18 &&
      at > 0 &&
      content.charCodeAt(at + run) === content.charCodeAt(at - 1)
    )
      run += 1;
    if (run >= 3) {
      const from = (to - 1) & 4095;
      items.push([from & 0xff, ((from >> 4) & 0xf0) | (run - 3)]);
      at += run;
      to = (to + run) & 4095;
    } else {
      items.push([byte]);
      at += 1;
      to = (to + 1) & 4095;
    }
  }
  const out: number[] = [];
  for (let i = 0; i < items.length; i += 8) {
    const group = items.slice(i, i + 8);
    out.push(
      group.reduce(
        (bits, item, bit) => bits | (item.length === 1 ? 1 << bit : 0),
        0,
      ),
      ...group.flat(),
    );
  }
  return Buffer.from(out);
}

const content = `MZ${"\0".repeat(50)}program ${"ab".repeat(30)}${"-".repeat(5000)}end`;
const compressed = join(
  "SZDD\x88\xf0\x27\x33A",
  "E",
  le(content.length, 4),
  lzss(content, 16),
);
const kwaj = (method: number, flags: number, extra: string, data: Uint8Array) =>
  join(
    "KWAJ\x88\xf0\x27\xd1",
    le(method, 2),
    le(14 + extra.length, 2),
    le(flags, 2),
    extra,
    data,
  );

describe("a file of COMPRESS.EXE", () => {
  test("gives its content and gets back the last letter of its name", () => {
    const { entries, findings } = openWith(szdd, compressed, {
      filename: "SETUP.EX_",
    });
    expect(entries[0]).toMatchObject({ filename: "SETUP.EXE" });
    expect(openWith(szdd, compressed).read).toEqual([["content", content]]);
    expect(findings).toEqual([]);
  });

  test("may be of QBasic's kind", () => {
    const bytes = join(
      "SZ \x88\xf0\x27\x33\xd1",
      le(content.length, 4),
      lzss(content, 18),
    );
    expect(openWith(szdd, bytes).read).toEqual([["content", content]]);
  });

  test("may refer to the blanks that the window begins with", () => {
    const bytes = join("SZDD\x88\xf0\x27\x33A\0", le(3, 4), "\x00\x00\x00");
    expect(openWith(szdd, bytes).read).toEqual([["content", "   "]]);
  });

  test("whose size is not what it says is remarked on", () => {
    const bytes = Buffer.from(compressed);
    bytes.writeUInt32LE(0xffffffff, 10);
    const { read, findings } = openWith(szdd, bytes);
    expect(read).toEqual([["content", content]]);
    expect(findings).toEqual(["malformed szdd-size last"]);
  });
});

describe("a KWAJ file", () => {
  const blocks = [content.slice(0, 2000), content.slice(2000)].map(
    (part, i) => {
      const data = deflateRawSync(
        part,
        i === 0 ? {} : { dictionary: bytesOf(content.slice(0, 2000)) },
      );
      return join(le(data.length + 2, 2), "CK", data);
    },
  );
  const inverted = bytesOf(content).map((byte) => byte ^ 0xff);

  test.each([
    ["stored", 0, bytesOf(content)],
    ["inverted", 1, inverted],
    ["LZSS", 2, lzss(content, 18)],
    ["MSZIP", 4, join(...blocks)],
  ])("gives its content where it is %s", (_, method, data) => {
    const { read, findings } = openWith(szdd, kwaj(method, 0, "", data));
    expect(read).toEqual([["content", content]]);
    expect(findings).toEqual([]);
  });

  test("gives what its LZH packed, and no more than that", () => {
    // A run of 32 bytes is followed by another, of fewer by a match.
    const data = items("MZ and a text of more than thirty-two characters", {
      distance: 4096,
      length: 5,
    });
    const text = unpacked([...data, ...items(" end")]);
    const all = kwajLzh([...data, ...items(" end")]);
    const size = String.fromCharCode(text.length, 0, 0, 0);
    expect(openWith(szdd, kwaj(3, 1, size, all))).toMatchObject({
      read: [["content", text]],
      findings: [],
    });
    // A size that is too small hides nothing.
    expect(openWith(szdd, kwaj(3, 1, "\x04\0\0\0", all))).toMatchObject({
      read: [["content", text]],
      findings: ["malformed szdd-size last"],
    });
  });

  test.each([1, 2, 3])("may write its codes in way %i", (way) => {
    const out = new BitWriter();
    for (let i = 0; i < 5; i++) out.put(way, 4);
    out.put(0, 4);
    for (const count of [16, 16, 32, 64, 256]) {
      const length = Math.log2(count);
      out.put(length, 4);
      for (let i = 1; i < count; i++)
        if (way === 1) out.put(0, 1);
        else if (way === 2) out.put(1, 2);
        else out.put(length, 4);
    }
    out.put(0, 4).put(4, 5);
    for (const byte of bytesOf("hello")) out.put(byte, 8);
    expect(openWith(szdd, kwaj(3, 1, "\x05\0\0\0", out.bytes()))).toMatchObject(
      { read: [["content", "hello"]], findings: [] },
    );
  });

  test("gives the name among its optional fields", () => {
    const extra = "\x05\0\0\0??\x02\0??SETUP\0EXE\0";
    expect(openWith(szdd, kwaj(0, 0x1f, extra, bytesOf("hello"))).read).toEqual(
      [["SETUP.EXE", "hello"]],
    );
  });

  test("of a method that is not opened is unsupported", () => {
    expect(openWith(szdd, kwaj(9, 0, "", bytesOf("x"))).findings).toEqual([
      "unsupported kwaj-method-unknown",
    ]);
  });
});

describe("a hostile file", () => {
  test("stops at the limit of bytes", () => {
    const bomb = join(
      "SZDD\x88\xf0\x27\x33A\0\0\0\0\0",
      ("\0" + "\xff\xff".repeat(8)).repeat(1000),
    );
    expect(
      openWith(szdd, bomb, {
        limits: { expansionFreeBytes: 10_000, expansionRatio: 1 },
      }).limit,
    ).toBe("expansionRatio");
  });

  test("changed anywhere never makes it fail", () => {
    expectHardy(szdd, compressed.subarray(0, 100));
    expectHardy(
      szdd,
      kwaj(4, 0, "", join(le(6, 2), "CK", deflateRawSync("hello"))),
    );
    expectHardy(szdd, kwaj(3, 0, "", kwajLzh(items("hello".repeat(20)))));
  });
});
