import { describe, expect, test } from "vitest";
import { binhex } from "../../src/extractors/binhex.ts";
import { bytesOf, expectHardy, openWith } from "./open-with.ts";

const alphabet =
  "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";

/** The CRC bit by bit, as RFC 1741 describes it. */
function crc(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of [...bytes, 0, 0])
    for (let bit = 7; bit >= 0; bit--) {
      const carry = sum & 0x8000;
      sum = ((sum << 1) & 0xffff) | ((byte >> bit) & 1);
      if (carry) sum ^= 0x1021;
    }
  return sum;
}

const be = (value: number, bytes: number) =>
  Uint8Array.from({ length: bytes }, (_, i) => value >>> (8 * (bytes - 1 - i)));
const withSum = (bytes: Uint8Array) =>
  Buffer.concat([bytes, be(crc(bytes), 2)]);

function inner(name: string, data: string, resource = ""): Buffer {
  const header = Buffer.concat([
    be(name.length, 1),
    bytesOf(name),
    bytesOf("\0TEXTttxt\0\0"),
    be(data.length, 4),
    be(resource.length, 4),
  ]);
  return Buffer.concat([header, bytesOf(data), bytesOf(resource)].map(withSum));
}

function runs(bytes: Uint8Array): number[] {
  const out: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    let count = 1;
    while (count < 255 && bytes[at + count] === byte) count += 1;
    out.push(byte);
    if (byte === 0x90) out.push(0);
    if (count > 3) out.push(0x90, count);
    else
      for (let i = 1; i < count; i++)
        out.push(byte, ...(byte === 0x90 ? [0] : []));
    at += count;
  }
  return out;
}

function outer(bytes: Uint8Array): string {
  let text = ":";
  let bits = 0;
  let count = 0;
  const put = (value: number) => {
    text += alphabet[value & 63] ?? "";
    if (text.length % 65 === 64) text += "\n";
  };
  for (const byte of runs(bytes)) {
    bits = ((bits << 8) | byte) & 0xffff;
    count += 8;
    while (count >= 6) put(bits >> (count -= 6));
  }
  if (count > 0) put(bits << (6 - count));
  return `${text}:\n`;
}

const announced = "(This file must be converted with BinHex 4.0)\n\n";
const data = `data \x90 fork ${"a".repeat(400)}\x90\x90\x90\x90\x90 \xff`;

describe("a BinHex file in a text", () => {
  test("gives both forks", () => {
    const { read, findings } = openWith(
      binhex,
      `Hello\n${announced}${outer(inner("read me", data, "rsrc"))}bye\n`,
    );
    expect(read).toEqual([
      ["read me", data],
      ["read me/resource fork", "rsrc"],
    ]);
    expect(findings).toEqual([]);
  });

  test("may be one of several", () => {
    const one = announced + outer(inner("1", "one"));
    const two = announced + outer(inner("2", "two"));
    expect(openWith(binhex, one + two).read).toEqual([
      ["1", "one"],
      ["2", "two"],
    ]);
  });

  test("needs no announcement where its type is declared", () => {
    const text = outer(inner("x", data));
    expect(openWith(binhex, text).recognized).toBe(false);
    expect(
      openWith(binhex, text, { declaredType: "application/mac-binhex40" }).read,
    ).toEqual([["x", data]]);
  });

  test("is given with a remark where a checksum differs", () => {
    const bytes = inner("x", "hello");
    bytes[26] = 0x20;
    const { read, findings } = openWith(binhex, announced + outer(bytes));
    expect(read).toHaveLength(1);
    expect(findings).toEqual(["malformed binhex-checksum last"]);
  });

  test("is given as far as it goes where it is cut off", () => {
    const text = announced + outer(inner("x", data));
    const { read, findings } = openWith(binhex, text.slice(0, 100));
    expect(data.startsWith(read[0]?.[1] ?? "?")).toBe(true);
    expect(findings).toEqual([
      "malformed binhex-no-end",
      "malformed binhex-truncated last",
    ]);
  });

  test("gives what stands after a fork whose length lies", () => {
    const bytes = inner("x", "hello world");
    bytes.set(be(2, 4), 13);
    const { read } = openWith(binhex, announced + outer(bytes));
    expect(read.map(([, content]) => content).join("")).toMatch(/^heworld/);
  });

  test("is read over characters that are not of its alphabet, with a remark", () => {
    const text = outer(inner("x", "hello"))
      .replace("\n", "~\n")
      .replace(/^:(..)/, ":$1~");
    const { read, findings } = openWith(binhex, announced + text);
    expect(read).toEqual([["x", "hello"]]);
    expect(findings).toEqual(["malformed binhex-characters"]);
  });
});

describe("hostile BinHex", () => {
  test("of runs stops at the limit of bytes", () => {
    const runsOnly = announced + outer(inner("x", "a".repeat(100_000)));
    expect(
      openWith(binhex, runsOnly, {
        limits: { expansionFreeBytes: 10_000, expansionRatio: 1 },
      }).limit,
    ).toBe("expansionRatio");
  });

  test("changed anywhere never makes it fail", () => {
    expectHardy(binhex, announced + outer(inner("name", data, "rsrc")), {
      detectedType: "text/plain",
    });
  });
});
