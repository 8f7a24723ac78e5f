import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeQ,
  decodeQuotedPrintable,
} from "../../src/mime/quoted-printable.ts";

const decode = (text: string) =>
  Buffer.from(decodeQuotedPrintable(Buffer.from(text, "latin1"))).toString(
    "latin1",
  );

describe("decodeQuotedPrintable", () => {
  it.each([
    ["", ""],
    ["a=41b", "aAb"],
    ["=e4=E4", "\xE4\xE4"],
    ["a=\nb", "ab"],
    ["a=\r\nb", "ab"],
    ["a= \t\r\r\nb", "ab"],
    ["a=\rb", "ab"],
    ["a=", "a"],
    ["a \t\nb  ", "a\nb"],
    ["a=20\nb", "a \nb"],
    ["a=4", "a=4"],
    ["a=ZZ b", "a=ZZ b"],
    ["a==41", "a=A"],
    ["a= b", "a= b"],
  ])("decodes %j", (text, expected) => {
    expect(decode(text)).toBe(expected);
  });

  it("returns the body itself where nothing is encoded", () => {
    const body = Buffer.from("plain\r\ntext\r\n");
    expect(decodeQuotedPrintable(body)).toBe(body);
  });

  it("gives back what was encoded", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        let text = "";
        for (const [i, byte] of bytes.entries())
          text += `=${byte.toString(16).padStart(2, "0")}${i % 20 === 19 ? "=\r\n" : ""}`;
        expect(decode(text)).toBe(Buffer.from(bytes).toString("latin1"));
      }),
      { numRuns: 200 },
    );
  });
});

describe("decodeQ", () => {
  it("takes an underscore for a space", () => {
    expect(Buffer.from(decodeQ(Buffer.from("a_b=5F=zz"))).toString()).toBe(
      "a b_=zz",
    );
  });
});
