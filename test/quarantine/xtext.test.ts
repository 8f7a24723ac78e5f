import fc from "fast-check";
import { expect, test } from "vitest";

import { formatXtext, parseXtext } from "../../src/quarantine/xtext.ts";

test("any bytes survive, as printable ASCII without blanks or separators", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = formatXtext(bytes);
      expect(text).toMatch(/^[!-~]*$/);
      expect(text).not.toMatch(/[,;<>=\\]/);
      expect(parseXtext(text)).toEqual(bytes);
    }),
  );
});

test("an ordinary address is left as it is", () => {
  expect(formatXtext(Buffer.from("bob@example.test"))).toBe("bob@example.test");
});

test("RFC 3461's own example of a plus and an equals sign is read", () => {
  expect(Buffer.from(parseXtext("a+2Bb+3Dc") ?? []).toString()).toBe("a+b=c");
});

test.each(["a b", "a\n", "a=b", "+", "+4", "+4g", "+zz", "+2b", "é"])(
  "%j is no xtext",
  (text) => {
    expect(parseXtext(text)).toBeNull();
  },
);
