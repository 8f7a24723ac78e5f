import { describe, expect, it } from "vitest";
import { decodeCharset, hidesAscii } from "../../src/mime/charset.ts";

const decode = (text: string, label: string | null) =>
  decodeCharset(Buffer.from(text, "latin1"), label);

describe("decodeCharset", () => {
  it.each([
    ["\xE4", "ISO-8859-1", "ä"],
    ["\xC3\xA4", "utf-8", "ä"],
    ["\x82\xA0", "cp932", "あ"],
    ["\xC3\xA4", "no such", "ä"],
    ["\xE4", "no such", "ä"],
    ["\xE4", null, "ä"],
    ["h\0i\0", "utf-16", "hi"],
    ["\xFF\xFEh\0i\0", "utf-16", "hi"],
    ["\xFE\xFF\0h\0i", "utf-16", "hi"],
    ["1 +- 2 +AOQ-+AOQ.", "utf-7", "1 + 2 ää."],
    ["+", "UNICODE-1-1-UTF-7", ""],
  ])("decodes %j in %s", (text, label, expected) => {
    expect(decode(text, label)).toBe(expected);
  });

  it("survives labels named after properties of objects", () => {
    expect(decode("a", "__proto__")).toBe("a");
    expect(decode("a", "constructor")).toBe("a");
  });
});

describe("hidesAscii", () => {
  it("tells charsets whose bytes a scanner cannot read", () => {
    expect(["utf-7", "utf-16le", "utf-32", "ucs-2"].every(hidesAscii)).toBe(
      true,
    );
    expect(["utf-8", "iso-2022-jp", "gb18030", ""].some(hidesAscii)).toBe(
      false,
    );
  });
});
