import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeField, decodeWords } from "../../src/mime/encoded-word.ts";

describe("decodeField", () => {
  it.each([
    [" plain", "plain"],
    [" folded\r\n here", "folded here"],
    [" =?utf-8?Q?a_b=C3=A4?=", "a bä"],
    [" =?UTF-8?b?w6Q=?= x", "ä x"],
    [" =?utf-8?Q?a?=\n =?utf-8?Q?b?=", "ab"],
    [" =?utf-8?Q?a?= and =?utf-8?Q?b?=", "a and b"],
    [" =?iso-8859-1?Q?=E4?= =?utf-8?Q?=C3=A4?=", "ää"],
    [" =?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"],
    [" =?utf-8*de?Q?a?=", "a"],
    [' "=?utf-8?Q?in quotes?="', '"in quotes"'],
    [" =?no-such-charset?Q?a?=", "a"],
    [" =?utf-8?Q?unclosed", "=?utf-8?Q?unclosed"],
    [" =?utf-8?X?a?=", "=?utf-8?X?a?="],
    [" \xC3\xA4 raw UTF-8", "ä raw UTF-8"],
    [" \xE4 raw latin1", "ä raw latin1"],
    [" =?utf-7?Q?+AOQ-?=", "ä"],
    [" =?iso-2022-jp?B?GyRCJCIbKEI=?=", "あ"],
  ])("decodes %j", (value, expected) => {
    expect(decodeField(value)).toBe(expected);
  });
});

describe("decodeWords", () => {
  it("gives back any text that it encodes in B, whatever the pieces", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        (text, size) => {
          const bytes = Buffer.from(text);
          const words: string[] = [];
          for (let at = 0; at < bytes.length; at += size)
            words.push(
              `=?utf-8?B?${bytes.subarray(at, at + size).toString("base64")}?=`,
            );
          const decoded = decodeWords(words.join(" "));
          expect(decoded).toBe(text.replace(/^\uFEFF/, ""));
        },
      ),
      { numRuns: 200 },
    );
  });
});
