import fc from "fast-check";
import { expect, test } from "vitest";

import {
  printable,
  printableAscii,
  printableBytes,
  printableText,
} from "../src/printable.ts";

test("bytes of any kind come out without control characters or overrides", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(printableBytes(bytes)).not.toMatch(
        /[\x00-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u2069]/,
      );
    }),
  );
});

test("what is not UTF-8 is shown by its bytes, what is stays as it is", () => {
  expect(printableBytes(Buffer.from([0x47, 0xc3, 0xbc, 0xff, 0x0a]))).toBe(
    "G\u00fc\\xFF\\x0A",
  );
  expect(printable("a\\b\u202Eexe")).toBe("a\\x5Cb\\xE2\\x80\\xAEexe");
});

test("what was made printable once is not made so again", () => {
  expect(printableText(printable("a\n\\b"))).toBe("a\\x0A\\x5Cb");
  expect(printableText("clamd said \x1b\u202E")).toBe(
    "clamd said \\x1B\\xE2\\x80\\xAE",
  );
});

test("for the SMTP client there is nothing but printable ASCII, and no more than asked", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(printableAscii(text, 100)).toMatch(/^[\x20-\x7E]{0,100}$/);
    }),
  );
});
