import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { yenc } from "../../src/extractors/yenc.ts";
import { bytesOf, expectHardy, openWith } from "./open-with.ts";

/** yEnc's data lines. */
function encode(content: string, lineBytes = 128): string {
  let text = "";
  let line = "";
  for (const byte of bytesOf(content)) {
    const shifted = (byte + 42) & 0xff;
    line += [0, 0x0a, 0x0d, 0x3d].includes(shifted)
      ? `=${String.fromCharCode((shifted + 64) & 0xff)}`
      : String.fromCharCode(shifted);
    if (line.length >= lineBytes) {
      text += `${line}\r\n`;
      line = "";
    }
  }
  return line === "" ? text : `${text}${line}\r\n`;
}

const sum = (content: string) => crc32(bytesOf(content)).toString(16);
const every = Array.from({ length: 600 }, (_, i) =>
  String.fromCharCode(i & 0xff),
).join("");

const whole = (name: string, content: string) =>
  `=ybegin line=128 size=${content.length} name=${name}\r\n${encode(content)}=yend size=${content.length} crc32=${sum(content)}\r\n`;

const part = (name: string, number: number, begin: number, content: string) =>
  `=ybegin part=${number} total=2 line=128 size=600 name=${name}\r\n` +
  `=ypart begin=${begin} end=${begin + content.length - 1}\r\n${encode(content)}` +
  `=yend size=${content.length} part=${number} pcrc32=${sum(content)} crc32=12345678\r\n`;

describe("a yEncoded file in a text", () => {
  test("is found between the lines around it, every byte as it was", () => {
    const { read, findings } = openWith(
      yenc,
      `Hello\r\n${whole("a file.bin", every)}\r\nbye\r\n`,
    );
    expect(read).toEqual([["a file.bin", every]]);
    expect(findings).toEqual([]);
  });

  test("may be one of several", () => {
    const { read } = openWith(yenc, whole("1", "one") + whole("2", "two"));
    expect(read).toEqual([
      ["1", "one"],
      ["2", "two"],
    ]);
  });

  test("in parts is given part by part and joined", () => {
    const [first, second] = [every.slice(0, 300), every.slice(300)];
    const { read, findings } = openWith(
      yenc,
      part("x", 1, 1, first) + part("x", 2, 301, second),
    );
    expect(read).toEqual([
      ["x", first],
      ["x", second],
      ["x", every],
    ]);
    expect(findings).toEqual([]);
  });

  test.each([
    ["its size differs", "size=5 crc", "size=6 crc", "yenc-size"],
    [
      "its checksum differs",
      `crc32=${sum("hello")}`,
      "crc32=1",
      "yenc-checksum",
    ],
    ["it has no end", "=yend", "=yexd", "yenc-no-end"],
  ])("is given with a remark where %s", (_, from, to, name) => {
    const text = whole("x", "hello").replace(from, to);
    const { read, findings } = openWith(yenc, text);
    expect(read).toEqual([["x", "hello"]]);
    expect(findings).toEqual([`malformed ${name} last`]);
  });
});

describe("what is no yEnc", () => {
  test.each([
    "=ybegin \r\n",
    "=ybegin line=128 size=1\r\n",
    "see =ybegin line=128 size=1 name=x\r\n",
    "=ybegin name=x\r\n",
  ])("is left alone: %j", (text) => {
    expect(openWith(yenc, text).recognized).toBe(false);
  });
});

describe("hostile yEnc", () => {
  test("stops at the limit of bytes, also when parts are joined", () => {
    const half = "x".repeat(300);
    const text = part("x", 1, 1, half) + part("x", 2, 301, half);
    const { limit, read } = openWith(yenc, text, {
      limits: { expansionFreeBytes: 900, expansionRatio: 0 },
    });
    expect(limit).toBe("expansionRatio");
    expect(read).toHaveLength(2);
  });

  test("changed anywhere never makes it fail", () => {
    expectHardy(yenc, whole("x", every.slice(0, 200)) + part("y", 1, 1, "y"), {
      detectedType: "text/plain",
    });
  });
});
