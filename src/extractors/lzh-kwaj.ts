// The LZH method of KWAJ files (szdd.ts): LZ77 in a window of 4,096 blanks, with
// five prefix codes that are sent once. Described at
// www.cabextract.org.uk/libmspack/doc/szdd_kwaj_format.html.
//
// The data: six times 4 bits, how the lengths of each code are written (the
// sixth is not used); the lengths of the codes of match lengths (16 symbols),
// of match lengths after a run of literals (16), lengths of runs (32), upper
// six bits of distances (64), literals (256). Then:
//   match length 0: a run of literals, its length less 1; then the literals.
//                A run of 32 may be followed by another
//   else:        length less 2; the distance's upper six bits, its lower six
// Distance 0 is 4,096.

import { LzhBits } from "./lzh-bits.ts";
import { LzhCode } from "./lzh-code.ts";
import type { LzhOutput } from "./lzh-output.ts";

const symbolCounts = [16, 16, 32, 64, 256] as const;

/** `size`, the stated one, only tells the last symbol from what fills the last bytes. */
export function decodeKwajLzh(
  bytes: Uint8Array,
  size: number,
  output: LzhOutput,
): void {
  const bits = new LzhBits(bytes);
  const ways = Array.from({ length: 6 }, () => bits.read(4));
  const codes = symbolCounts.map(
    (count, i) => new LzhCode(readLengths(bits, ways[i] ?? 0, count)),
  );
  if (bits.isPastEnd() || codes.some((code) => !code.isPossible)) return;
  const read = (which: number): number => codes[which]?.read(bits) ?? -1;
  let isAfterRun = false;
  while (output.length < size || bits.left > 16) {
    const match = read(isAfterRun ? 1 : 0);
    if (match < 0 || bits.isPastEnd()) return;
    if (match > 0) {
      isAfterRun = false;
      const upper = read(3);
      const distance = (upper << 6) | bits.read(6);
      if (upper < 0 || bits.isPastEnd()) return;
      output.copy(distance === 0 ? 4096 : distance, match + 2);
      continue;
    }
    const run = read(2) + 1;
    isAfterRun = run !== 32;
    if (run === 0) return;
    for (let i = 0; i < run; i++) {
      const literal = read(4);
      if (literal < 0 || bits.isPastEnd()) return;
      output.push(literal);
    }
  }
}

function readLengths(bits: LzhBits, way: number, count: number): Uint8Array {
  const lengths = new Uint8Array(count);
  // All alike.
  if (way === 0) return lengths.fill(Math.log2(count));
  let length = 0;
  for (let symbol = 0; symbol < count; symbol++) {
    if (symbol === 0 || way >= 3) length = bits.read(4);
    // The same, one more, or 4 bits.
    else if (way === 1) {
      if (bits.read(1) === 1)
        length = bits.read(1) === 0 ? length + 1 : bits.read(4);
    }
    // One less, the same, one more, or 4 bits.
    else {
      const change = bits.read(2);
      length = change === 3 ? bits.read(4) : length + change - 1;
    }
    lengths[symbol] = length;
  }
  return lengths;
}
