// The media type of a part by its bytes. The expander asks for every part;
// extractors and rules go by the answer, never by the declared type alone.
// What is known stands in signature-table.ts.

import { hasSignature } from "./archive-bytes.ts";
import { byteAt, signatures, type Signature } from "./signature-table.ts";
import { isUtf16, looksLikeText, textType } from "./text-signatures.ts";

/** By the first byte, so that a part is held against few signatures; those further in are held against all. */
const byFirstByte = new Map<number, Signature[]>();
const furtherIn: Signature[] = [];
for (const known of signatures)
  if (known.offset > 0) furtherIn.push(known);
  else {
    const first = known.bytes.charCodeAt(0);
    byFirstByte.set(first, [...(byFirstByte.get(first) ?? []), known]);
  }

/** Media type by content; `text/plain` for text, `application/octet-stream` where unknown. */
export function detectType(bytes: Uint8Array): string {
  const matches = ({ offset, bytes: text, and }: Signature) =>
    hasSignature(bytes, text, offset) && (and === undefined || and(bytes));
  const known =
    (byFirstByte.get(bytes[0] ?? -1) ?? []).find(matches) ??
    furtherIn.find(matches);
  if (known !== undefined) return known.type;
  if (isOldTar(bytes)) return "application/x-tar";
  if (isUtf16(bytes) || looksLikeText(bytes)) return textType(bytes);
  return "application/octet-stream";
}

/** A tar without `ustar` (before POSIX): the header's sum is right. */
function isOldTar(bytes: Uint8Array): boolean {
  if (bytes.length < 512 || byteAt(bytes, 0) <= 0) return false;
  const stated = /^ {0,7}([0-7]{1,7})[ \0]/.exec(
    String.fromCharCode(...bytes.subarray(148, 156)),
  );
  if (stated === null) return false;
  let sum = 256; // the sum's own eight bytes count as blanks
  for (let at = 0; at < 512; at++)
    if (at < 148 || at >= 156) sum += byteAt(bytes, at);
  return sum === parseInt(stated[1] ?? "", 8);
}
