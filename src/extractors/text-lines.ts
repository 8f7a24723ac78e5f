// Lines of a text part, for the encodings that stand inside text (uuencode,
// yEnc, BinHex, armor). A line ends at LF, CR LF or a bare CR: mail readers
// disagree about bare CR, and an encoded file is the same either way.

import { asBuffer } from "../mime/bytes.ts";
import type { Candidate } from "./extractor.ts";

const lf = 0x0a;
const cr = 0x0d;

/** Worth looking through for encodings: text by content or by declaration. */
export function isText({ detectedType, declaredType }: Candidate): boolean {
  if (detectedType.startsWith("text/") || encodedTypes.has(detectedType))
    return true;
  // A NUL or two before it are passed over by who decodes it.
  if (detectedType === "application/octet-stream") return true;
  if (declaredType === null) return false;
  return declaredType.startsWith("text/") || encodedTypes.has(declaredType);
}

// Declared: what people call files in such an encoding, which may be detected
// as something else where junk stands before it. Detected: text by another name.
const encodedTypes: ReadonlySet<string> = new Set([
  "application/mac-binhex40",
  "application/mac-binhex",
  "application/binhex",
  "application/x-uuencode",
  "application/x-uuencoded",
  "application/yenc",
  "application/pgp",
  "application/pgp-encrypted",
  "application/pgp-signature",
  "application/pgp-keys",
  "application/x-pem-file",
]);

/** Offset of the line's end: of its CR or LF, or of the end of the bytes. */
export function lineEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== lf && bytes[at] !== cr) at += 1;
  return at;
}

/** Offset after the line end at `end`. */
export function nextLine(bytes: Uint8Array, end: number): number {
  if (end >= bytes.length) return bytes.length;
  return bytes[end] === cr && bytes[end + 1] === lf ? end + 2 : end + 1;
}

/** Offset of the next line that begins with `prefix`, at or after `from`; -1 for none. */
export function findLine(
  bytes: Uint8Array,
  prefix: string,
  from: number,
): number {
  const buffer = asBuffer(bytes);
  let at = buffer.indexOf(prefix, from, "latin1");
  while (at > 0 && bytes[at - 1] !== lf && bytes[at - 1] !== cr)
    at = buffer.indexOf(prefix, at + 1, "latin1");
  return at;
}
