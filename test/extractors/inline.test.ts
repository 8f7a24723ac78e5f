import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { expand } from "../../src/extractors/expand.ts";
import { extractors } from "../../src/extractors/index.ts";
import {
  inlineExtractors,
  isPlain,
  mayBePlain,
} from "../../src/extractors/inline.ts";
import { defaultLimits } from "../../src/limits.ts";

async function plain(body: string | Buffer, header = ""): Promise<boolean> {
  const bytes = Buffer.concat([
    Buffer.from(`Subject: x\n${header}\n`),
    Buffer.from(body),
  ]);
  return isPlain(await expand(bytes, defaultLimits, inlineExtractors));
}

describe("a message without anything to open", () => {
  test.each([
    ["text", "Hello,\n\nhow are you?\n"],
    ["no body", ""],
    [
      "an address and a link in angle brackets",
      "Ann <ann@example.org> wrote:\n> see <https://example.org/a?b>\n",
    ],
    ["8-bit text", Buffer.from("Gr\xfc\xdfe\n", "latin1")],
  ])("is plain: %s", async (_, body) => {
    expect(await plain(body)).toBe(true);
  });
});

describe("a message that is read here in vain", () => {
  test("is seen by its length or by a part of HTML, and ordinary text is not", () => {
    const letter = "Subject: x\nContent-Type: text/plain\n\nHello\n";
    expect(mayBePlain(Buffer.from(letter))).toBe(true);
    expect(mayBePlain(Buffer.from(`${letter}Content-Type: text/html`))).toBe(
      false,
    );
    expect(mayBePlain(Buffer.alloc(1024 * 1024, letter))).toBe(true);
    expect(mayBePlain(Buffer.alloc(1024 * 1024 + 1, letter))).toBe(false);
  });
});

describe("a message with something that an extractor may open", () => {
  test.each([
    ["uuencode", "begin 644 a.txt\n#0V%T\n`\nend\n"],
    ["yEnc", "=ybegin line=128 size=1 name=a\nx\n=yend size=1\n"],
    ["BinHex", "(This file must be converted with BinHex 4.0)\n\n:x:\n"],
    [
      "OpenPGP",
      "-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n",
    ],
    ["CMS", "-----BEGIN PKCS7-----\nMIAG\n-----END PKCS7-----\n"],
    ["HTML in text", "<html><body>x</body></html>\n"],
    ["an mbox", "From a@b Sun Nov  1 10:00:00 2026\nSubject: y\n\nz\n"],
    ["RTF", "{\\rtf1 x}"],
    ["PDF", "%PDF-1.4\n"],
    ["ar", "!<arch>\n"],
    ["cpio", "070707000000000000000000000000000000000000000000"],
    ["control characters", "a\0b"],
  ])("is not plain: %s", async (_, body) => {
    expect(await plain(body)).toBe(false);
  });

  test.each([
    ["another type", "Content-Type: application/octet-stream\n"],
    ["a name", 'Content-Disposition: attachment; filename="a.txt"\n'],
    ["HTML", "Content-Type: text/html\n"],
  ])("is not plain: %s", async (_, header) => {
    expect(await plain("x\n", header)).toBe(false);
  });

  const snippets = [
    "begin 644 a",
    "=ybegin ",
    "BinHex 4.0)",
    "-----BEGIN PGP MESSAGE-----",
    "<script>",
    "PK\x03\x04",
    "MZ\x90\0",
    "%PDF-",
    "{\\rtf1",
    "From a@b Sun Nov  1 10:00:00 2026\n",
    "070701",
    "!<arch>\n",
    "\x1f\x8b\x08",
    "7z\xbc\xaf\x27\x1c",
    "Rar!\x1a\x07\0",
    "BZh9",
    "\xfd7zXZ\0",
    "<?xml version='1.0'?>",
    "<svg ",
    "ISc(",
    "LZIP\x01",
    "ustar",
    "\0",
    "\n",
    " text ",
    "-lh5-",
  ];
  test("whatever an extractor recognises is never plain", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...snippets), fc.string()), {
          maxLength: 8,
        }),
        async (pieces) => {
          const bytes = Buffer.from(
            `Subject: x\n\n${pieces.join("")}`,
            "latin1",
          );
          const message = await expand(bytes, defaultLimits, inlineExtractors);
          if (!isPlain(message)) return;
          for (const part of message.parts.slice(1)) {
            const { content, declaredType, detectedType, filename } = part;
            const candidate = {
              bytes: content,
              declaredType,
              detectedType,
              filename,
              passwords: [],
            };
            const found = extractors.filter((one) => one.recognizes(candidate));
            expect(found.map(({ format }) => format)).toEqual([]);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
