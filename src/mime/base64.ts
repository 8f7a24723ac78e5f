// Base64 bodies (RFC 2045 6.8), read as readers do: everything outside the
// alphabet is skipped, and a unit that padding or the end cuts short is
// decoded as far as it goes. Where data follows padding, readers disagree; the
// result says so. Buffer.from(_, "base64") is no use here: it stops at the
// first `=` and takes `-` and `_` as data.

import { EQUALS } from "./bytes.ts";

export interface DecodedBase64 {
  /** Padding ends a unit, and what follows is decoded on its own and appended. */
  readonly bytes: Uint8Array;
  /** Bytes decoded before the first padding that data follows; null where none does. */
  readonly firstUnitEnd: number | null;
  /** Bytes that are neither alphabet nor padding nor white space. */
  readonly junk: number;
}

const noDigit = 64;
const padding = 65;
const blank = 66;
const values = new Uint8Array(256).fill(noDigit);
for (let i = 0; i < 64; i++)
  values[
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".charCodeAt(
      i,
    )
  ] = i;
values[EQUALS] = padding;
for (const white of [9, 10, 11, 12, 13, 32]) values[white] = blank;

/** Most bytes that a base64 body of this length can decode to. */
export function base64DecodedBytes(length: number): number {
  return Math.ceil((length * 3) / 4) + 2;
}

/** `paddingIsJunk`: skip `=` as any other character, as some decoders do. */
export function decodeBase64(
  body: Uint8Array,
  paddingIsJunk = false,
): DecodedBase64 {
  const out = new Uint8Array(base64DecodedBytes(body.length));
  const length = body.length;
  let written = 0;
  let bits = 0;
  let digits = 0;
  let junk = 0;
  let padded = -1;
  let firstUnitEnd: number | null = null;
  let at = 0;
  while (at < length) {
    if (digits === 0 && padded < 0) {
      // The usual case, whole units of four digits, without bookkeeping.
      while (at + 4 <= length) {
        const a = values[body[at] ?? 0] ?? noDigit;
        const b = values[body[at + 1] ?? 0] ?? noDigit;
        const c = values[body[at + 2] ?? 0] ?? noDigit;
        const d = values[body[at + 3] ?? 0] ?? noDigit;
        if ((a | b | c | d) >= noDigit) break;
        const unit = (a << 18) | (b << 12) | (c << 6) | d;
        out[written] = unit >> 16;
        out[written + 1] = unit >> 8;
        out[written + 2] = unit;
        written += 3;
        at += 4;
      }
      if (at >= length) break;
    }
    const value = values[body[at] ?? 0] ?? noDigit;
    at += 1;
    if (value < noDigit) {
      if (padded >= 0) {
        firstUnitEnd ??= padded;
        padded = -1;
      }
      bits = (bits << 6) | value;
      digits += 1;
      if (digits === 4) {
        out[written] = bits >> 16;
        out[written + 1] = bits >> 8;
        out[written + 2] = bits;
        written += 3;
        digits = 0;
        bits = 0;
      }
    } else if (value === padding && !paddingIsJunk) {
      written = flush(out, written, bits, digits);
      digits = 0;
      bits = 0;
      padded = written;
    } else if (value !== blank) junk += 1;
  }
  written = flush(out, written, bits, digits);
  return { bytes: out.subarray(0, written), firstUnitEnd, junk };
}

/** Writes what two or three digits hold: one or two bytes. */
function flush(
  out: Uint8Array,
  written: number,
  bits: number,
  digits: number,
): number {
  if (digits === 2) out[written++] = bits >> 4;
  else if (digits === 3) {
    out[written++] = bits >> 10;
    out[written++] = bits >> 2;
  }
  return written;
}
