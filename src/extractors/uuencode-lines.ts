// One data line of uuencode or xxencode (uuencode.ts says what it looks like):
// its alphabets, how well a line fits, and what it holds.

import type { ChargedBytes } from "./charged-bytes.ts";
import { nextLine } from "./text-lines.ts";

export type Alphabet = Uint8Array;

/** In an alphabet: no character of it. */
const noValue = 255;
/** Bytes in each line but the last. */
const fullLine = 45;
export const uuAlphabet: Alphabet = new Uint8Array(256).fill(noValue);
for (let char = 0x20; char <= 0x60; char++)
  uuAlphabet[char] = (char - 0x20) & 63;
export const xxAlphabet: Alphabet = new Uint8Array(256).fill(noValue);
for (const [value, char] of Array.from(
  "+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
).entries())
  xxAlphabet[char.charCodeAt(0)] = value;

/**
 * How a line fits as data: `exact` in length and alphabet; `odd`, too short
 * (its blanks stripped) or too long, in the alphabet; `foreign`, exact in
 * length with characters from outside it (decoders that mask them read it); or
 * not at all.
 */
export function fitOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  alphabet: Alphabet,
): "exact" | "odd" | "foreign" | "none" {
  if (end - start > 130 || end === start) return "none";
  const count = alphabet[bytes[start] ?? 0] ?? noValue;
  if (count === noValue) return "none";
  let foreign = false;
  for (let at = start + 1; at < end; at++)
    if (alphabet[bytes[at] ?? 0] === noValue) foreign = true;
  const length = end - start - 1;
  const full = Math.ceil(count / 3) * 4;
  // Some encoders leave out the padding of the last group, some add a checksum.
  const least = Math.ceil((count * 4) / 3);
  const isExact = count > 0 && length >= least && length <= full + 1;
  if (foreign) return isExact ? "foreign" : "none";
  return isExact ? "exact" : "odd";
}

/**
 * A line of another length than encoders write, but for the last one, and that
 * is cut short: data with its blanks lost to some decoders, junk to others.
 */
export function isUneven(
  bytes: Uint8Array,
  start: number,
  end: number,
  stop: number,
  alphabet: Alphabet,
): boolean {
  const count = alphabet[bytes[start] ?? 0] ?? 0;
  if (count === 0 || count === fullLine) return false;
  const next = nextLine(bytes, end);
  const nextCount = alphabet[bytes[next] ?? 0] ?? noValue;
  return next < stop && nextCount > 0 && nextCount !== noValue;
}

export function decodeLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  alphabet: Alphabet,
  output: ChargedBytes,
): void {
  const value = (at: number): number => {
    if (at >= end) return 0;
    const byte = bytes[at] ?? 0;
    const known = alphabet[byte] ?? noValue;
    return known === noValue ? (byte - 0x20) & 63 : known;
  };
  let left = value(start);
  for (let at = start + 1; left > 0; at += 4) {
    const bits =
      (value(at) << 18) |
      (value(at + 1) << 12) |
      (value(at + 2) << 6) |
      value(at + 3);
    output.push(bits >> 16);
    if (left > 1) output.push((bits >> 8) & 0xff);
    if (left > 2) output.push(bits & 0xff);
    left -= 3;
  }
}
