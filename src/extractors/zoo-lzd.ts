// LZD, the LZW variant of zoo archives (lzd.c of zoo 2.1, in the public
// domain). Codes of 9 to 13 bits, least significant bit first; 256 empties the
// table, 257 ends the data, entries from 258 on. Used by zoo.ts.

import type { ChargedBytes } from "./charged-bytes.ts";

const clear = 256;
const end = 257;
const firstFree = 258;
const firstBits = 9;
const mostBits = 13;
const tableSize = 1 << mostBits;

/** Decodes until the end code, the end of the bytes, or a code that cannot be. */
export function decodeLzd(bytes: Uint8Array, output: ChargedBytes): void {
  // An entry is the string of another code and one character more.
  const prefix = new Uint16Array(tableSize);
  const last = new Uint8Array(tableSize);
  const reversed = new Uint8Array(tableSize);
  let free = firstFree;
  let bits = firstBits;
  let previous = -1;
  let firstOfPrevious = 0;

  let buffer = 0;
  let buffered = 0;
  let at = 0;
  for (;;) {
    while (buffered < bits) {
      if (at >= bytes.length) return;
      buffer |= (bytes[at++] ?? 0) << buffered;
      buffered += 8;
    }
    const code = buffer & ((1 << bits) - 1);
    buffer >>>= bits;
    buffered -= bits;

    if (code === end) return;
    if (code === clear) {
      free = firstFree;
      bits = firstBits;
      previous = -1;
      continue;
    }
    if (previous < 0) {
      if (code > 255) return;
      output.push(code);
      previous = code;
      firstOfPrevious = code;
      continue;
    }
    // The entry that this very code completes: the previous string and its
    // own first character.
    let count = 0;
    let link = code;
    if (code >= free) {
      if (code > free) return;
      reversed[count++] = firstOfPrevious;
      link = previous;
    }
    // An entry links to an earlier one only, so this ends.
    while (link > 255) {
      reversed[count++] = last[link] ?? 0;
      link = prefix[link] ?? 0;
    }
    reversed[count++] = link;
    firstOfPrevious = link;
    output.appendReversed(reversed, count);

    if (free < tableSize) {
      prefix[free] = previous;
      last[free] = firstOfPrevious;
      free += 1;
      if (free >= 1 << bits && bits < mostBits) bits += 1;
    }
    previous = code;
  }
}
