// Quoted-printable bodies (RFC 2045 6.7) and the Q encoding of encoded words
// (RFC 2047 4.2). A byte loop: the same by regular expressions takes a hundred
// times as long. An `=` that no hexadecimal digits follow stays as it is.

import { CR, EQUALS, LF, SPACE, TAB } from "./bytes.ts";

/** Never longer than the body. A body that says nothing different decoded is returned as it is. */
export function decodeQuotedPrintable(body: Uint8Array): Uint8Array {
  const length = body.length;
  const out = new Uint8Array(length);
  let written = 0;
  // Blanks after this are literal; rule 3: they are dropped at a line's end.
  let kept = 0;
  let at = 0;
  while (at < length) {
    const byte = body[at] ?? 0;
    if (byte === LF || byte === CR) {
      written = kept;
      out[written++] = byte;
      kept = written;
      at += 1;
    } else if (byte === EQUALS) {
      const high = hexValue(body[at + 1]);
      const low = hexValue(body[at + 2]);
      if (high >= 0 && low >= 0) {
        out[written++] = (high << 4) | low;
        at += 3;
      } else {
        const next = softBreakEnd(body, at + 1);
        if (next > 0) at = next;
        else {
          out[written++] = byte;
          at += 1;
        }
      }
      kept = written;
    } else {
      out[written++] = byte;
      if (byte !== SPACE && byte !== TAB) kept = written;
      at += 1;
    }
  }
  written = kept;
  return written === length ? body : out.subarray(0, written);
}

/** RFC 2047 4.2: as quoted-printable, `_` is a space, and there are no lines. */
export function decodeQ(text: Uint8Array): Uint8Array {
  const out = new Uint8Array(text.length);
  let written = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    const high = byte === EQUALS ? hexValue(text[at + 1]) : -1;
    const low = byte === EQUALS ? hexValue(text[at + 2]) : -1;
    if (high >= 0 && low >= 0) {
      out[written++] = (high << 4) | low;
      at += 2;
    } else out[written++] = byte === 0x5f ? SPACE : byte;
  }
  return out.subarray(0, written);
}

/** End of the soft line break whose `=` stands before `at`, or 0: blanks, then a line end or the end of the body. */
function softBreakEnd(body: Uint8Array, at: number): number {
  while (body[at] === SPACE || body[at] === TAB) at += 1;
  if (at >= body.length) return at;
  const start = at;
  while (body[at] === CR) at += 1;
  if (body[at] === LF) return at + 1;
  return at > start ? start + 1 : 0;
}

/** Value of a hexadecimal digit, either case (rule 1 says upper; readers take both), else -1. */
export function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
