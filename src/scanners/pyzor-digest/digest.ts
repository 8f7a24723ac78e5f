// Pyzor's digest of a message: the number that a pyzord counts reports by. It
// has no specification but its reference client (pyzor 1.0.0, digest.py),
// which is followed to the byte: another number is another message.
//
// The leaves' texts, line by line: what is long, an address or a URL is cut
// out, then all white space; lines that keep eight characters count. Of up to
// four all are hashed, of more six: three from a fifth of the way on and three
// from three fifths.

import { createHash } from "node:crypto";
import { charsetOf } from "./content-type.ts";
import { decodeIgnoring, decodeReplacing } from "./charset.ts";
import { htmlText } from "./html.ts";
import { readLeaves, type Leaf } from "./parts.ts";
import { textLines, white } from "./python-text.ts";
import { decodeTransfer } from "./transfer.ts";

const fewestCharacters = 8;

// What the last step leaves is in runs of nine characters at most, so that
// none of the others can take long.
const long = new RegExp(`[^${white}]{10,}`, "gu");
const address = new RegExp(`[^${white}]+@[^${white}]+`, "gu");
// [a-z] ignoring case, as Python understands it.
const url = new RegExp(
  `[a-zA-Z\\u0130\\u0131\\u017f\\u212a]+:[^${white}]+`,
  "gu",
);
const allWhite = new RegExp(`[${white}]+`, "gu");

/** 40 hexadecimal digits; null where no line counts, so that all such messages would be one. */
export function pyzorDigest(message: Uint8Array): string | null {
  const lines: string[] = [];
  const text = Buffer.from(
    message.buffer,
    message.byteOffset,
    message.byteLength,
  ).toString("latin1");
  for (const leaf of readLeaves(text))
    for (const line of textLines(leafText(leaf))) {
      const kept = normalized(line);
      if (kept !== null) lines.push(kept);
    }
  if (lines.length === 0) return null;
  const hash = createHash("sha1");
  for (const line of chosen(lines))
    // Half of a surrogate pair has no UTF-8; Python drops it.
    hash.update(line.replace(/\p{Surrogate}/gu, ""), "utf8");
  return hash.digest("hex");
}

function leafText({ type, header, payload }: Leaf): string {
  const charset = charsetOf(header.get("content-type"));
  if (!type.startsWith("text/"))
    // Not decoded: of base64 next to nothing is left below.
    return /[\x80-\xff]/.test(payload)
      ? decodeReplacing(payload, charset)
      : payload;
  const decoded = decodeIgnoring(
    decodeTransfer(payload, header.get("content-transfer-encoding")),
    charset,
  );
  return type === "text/html" ? htmlText(decoded) : decoded;
}

function normalized(line: string): string | null {
  if (line.length < fewestCharacters) return null;
  const kept = line
    .replace(long, "")
    .replace(address, "")
    .replace(url, "")
    .replace(allWhite, "");
  if (kept.length < fewestCharacters) return null;
  // Characters, not halves of surrogate pairs.
  return kept.length >= 2 * fewestCharacters ||
    Array.from(kept).length >= fewestCharacters
    ? kept
    : null;
}

function chosen(lines: readonly string[]): readonly string[] {
  if (lines.length <= 4) return lines;
  return [20, 60].flatMap((percent) => {
    const start = Math.floor((percent * lines.length) / 100);
    return lines.slice(start, start + 3);
  });
}
