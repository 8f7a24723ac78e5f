// Messages that cost other filters minutes. Anything worse than linear would
// take hours at these sizes; the bound is wide, for slow machines.

import { describe, expect, it } from "vitest";
import { expand } from "./expand-all.ts";
import { mime } from "../../src/extractors/mime.ts";
import { defaultLimits } from "../../src/limits.ts";

const bytes = 1_000_000;
const mostMs = 5_000;

const repeat = (text: string) =>
  Buffer.alloc(Math.floor(bytes / text.length) * text.length, text, "latin1");
const join = (...pieces: (string | Buffer)[]) =>
  Buffer.concat(
    pieces.map((piece) =>
      typeof piece === "string" ? Buffer.from(piece, "latin1") : piece,
    ),
  );
const numbered = (text: (i: number) => string) => {
  const pieces: string[] = [];
  for (let i = 0, size = 0; size < bytes; i++) {
    const piece = text(i);
    pieces.push(piece);
    size += piece.length;
  }
  return pieces.join("");
};

const multipart = 'Content-Type: multipart/mixed; boundary="X"\n\n';
const base64 = "Content-Transfer-Encoding: base64\n\n";
const printable = "Content-Transfer-Encoding: quoted-printable\n\n";
const dashes = "-".repeat(60);

const cases: [title: string, message: Buffer, limit: string | null][] = [
  ["newlines", join("\n", repeat("\n")), null],
  ["carriage returns", join("A: b\n\n", repeat("\r")), null],
  ["blanks", join("A: b\n\n", repeat(" ")), null],
  ["parts", join(multipart, repeat("--X\n\na\n")), "parts"],
  ["odd delimiters", join(multipart, repeat("--Xx\n\na\n")), "parts"],
  [
    "nested multiparts of one boundary",
    join(multipart, repeat(`--X\n${multipart}`)),
    "parts",
  ],
  [
    "nested multiparts",
    join(
      "Content-Type: multipart/mixed; boundary=b0\n\n",
      numbered(
        (i) => `--b${i}\nContent-Type: multipart/mixed; boundary=b${i + 1}\n\n`,
      ),
    ),
    "depth",
  ],
  [
    "nested multiparts of two boundaries each",
    join(
      "Content-Type: multipart/mixed; boundary=a0; boundary=b0\n\n",
      numbered(
        (i) =>
          `--a${i}\nContent-Type: multipart/mixed; boundary=a${i + 1}; boundary=b${i + 1}\n\n--b${i}\nContent-Type: multipart/mixed; boundary=a${i + 1}; boundary=b${i + 1}\n\n`,
      ),
    ),
    "depth",
  ],
  [
    "unclosed inner multiparts",
    join(
      multipart,
      numbered(
        (i) =>
          `--X\nContent-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n\na\n`,
      ),
    ),
    "parts",
  ],
  ["nested messages", repeat("Content-Type: message/rfc822\n\n"), "depth"],
  ["a long header line", join("Subject: ", repeat("x"), "\n\na"), null],
  ["header fields", join(repeat("A: b\n"), "\na"), "header-fields"],
  [
    "Content-Type fields",
    join(repeat("Content-Type: a/b; x=y\n"), "\na"),
    "header-fields",
  ],
  ["continuation lines", join("Subject: a\n", repeat(" b\n"), "\na"), null],
  [
    "continuation lines of white space",
    join("A: b\n", repeat(" \n"), "\na"),
    null,
  ],
  [
    "lines that are no fields",
    join("A: b\n", repeat("none\n"), "C: d\n\na"),
    null,
  ],
  [
    "opening parentheses",
    join("Content-Type: a/b; x=", repeat("("), "\n\na"),
    null,
  ],
  ["comments", join("Content-Type: a/b; x=", repeat("()"), "\n\na"), null],
  ["quotes", join("Content-Type: a/b; x=", repeat('"'), "\n\na"), null],
  [
    "backslashes",
    join('Content-Type: a/b; name="', repeat("\\a"), "\n\na"),
    null,
  ],
  [
    "blanks within a type",
    join("Content-Type: a/b", repeat(" "), "x\n\na"),
    null,
  ],
  ["parameters", join("Content-Type: a/b; ", repeat("x=y "), "\n\na"), null],
  [
    "pieces of a name",
    join("Content-Type: a/b", repeat(";name*1=x"), "\n\na"),
    null,
  ],
  [
    "encoded words",
    join('Content-Type: a/b; name="', repeat("=?utf-8?q?a?="), '"\n\na'),
    null,
  ],
  [
    "unclosed words",
    join('Content-Type: a/b; name="', repeat("=?utf-8?q?a"), '"\n\na'),
    null,
  ],
  ["base64, one character a line", join(base64, repeat("T\n")), null],
  ["base64, padding at every unit", join(base64, repeat("TQ==")), null],
  ["quoted-printable blanks", join(printable, repeat("=   ")), null],
  [
    "dashes like the boundary's",
    join(
      `Content-Type: multipart/mixed; boundary="${dashes}X"\n\n`,
      repeat(`--${dashes}\n`),
    ),
    null,
  ],
  ["dash lines", join(multipart, repeat("--\n")), null],
];

describe("a message made to cost", () => {
  it.each(cases)("ends in time: %s", async (_, message, limit) => {
    const start = performance.now();
    const { parts, findings } = await expand(message, defaultLimits, [mime]);
    expect(performance.now() - start).toBeLessThan(mostMs);
    expect(parts[0]?.size).toBe(message.length);
    const limits = findings.filter(({ kind }) => kind === "limit");
    if (limit === null) expect(limits).toEqual([]);
    else expect(limits.map(({ name }) => name)).toContain(limit);
  });
});
