// Names of streams in Windows installer packages. A directory entry has room
// for 31 characters, so the installer packs two into one (not documented by
// Microsoft; the alphabet is known from Wine's and 7-Zip's readers).
// Called by ole.ts.

const alphabet =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
const pairs = 0x3800; // to 0x47ff: two characters, the first in the low six bits
const singles = 0x4800; // to 0x483f: one character
const table = 0x4840; // before the name of a database table

/** The name as written, or null where `name` isn't packed. Tables get a leading `!`. */
export function decodeMsiName(name: string): string | null {
  let isPacked = false;
  let decoded = "";
  for (const char of name) {
    const code = char.codePointAt(0) ?? 0;
    if (code < pairs || code > table) {
      decoded += char;
      continue;
    }
    isPacked = true;
    if (code === table) decoded += "!";
    else if (code >= singles) decoded += alphabet[code - singles] ?? "";
    else
      decoded +=
        (alphabet[(code - pairs) & 0x3f] ?? "") +
        (alphabet[(code - pairs) >> 6] ?? "");
  }
  return isPacked ? decoded : null;
}

// Ignored: the database's tables, which name the streams' purpose.
