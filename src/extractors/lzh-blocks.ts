// The static method of ar002 and LHA 2 (Haruhiko Okumura, Haruyasu Yoshizaki):
// -lh4- to -lh7-, -lhx-, zoo's LZH, and LHARK's own -lh7-. LZ77 with two prefix
// codes for each block. Called by lha.ts and zoo.ts.
//
// A block:
//   16  symbols in the block
//       lengths of the code (A) in which the next lengths are written, 19 symbols
//       lengths of the code (B) of literals and match lengths
//       lengths of the code (C) of distances
//       the symbols
// Lengths of A and C: 5 bits (C: 4 in -lh4- and -lh5-) for how many there are;
// 0: one symbol has no bits, and follows in as many bits. Else each in 3
// bits, 7 being followed by a 1 for each further bit, and a 0; in A, after the
// third, 2 bits tell how many are 0.
// Lengths of B: 9 bits for how many; 0: the one symbol follows in 9 bits. Else
// symbols of A: 0 a zero, 1 and 4 bits a run of 3 zeros and more, 2 and 9 bits
// one of 20 and more; from 3 on the length + 2.
// Symbols of B: to 255 a byte, from 256 on a match of 3 bytes and more, with a
// distance: a symbol of C, the number of bits in it below the first one.

import { LzhBits } from "./lzh-bits.ts";
import { LzhCode } from "./lzh-code.ts";
import type { LzhOutput } from "./lzh-output.ts";

export interface LzhVariant {
  /** Bits of the count of distance codes: 4 with windows of 4 or 8 KiB, 5 above. */
  readonly countBits: number;
  /** A block without symbols is the end; else it has 65,536 of them, as in LHa for UNIX. */
  readonly endsWithEmptyBlock?: boolean;
  /** LHARK's symbols for lengths and distances. */
  readonly isLhark?: boolean;
}

const lengthSymbols = 19;
const zerosAfter = 3;
const mostSymbols = 510;

/** Decodes until the output is full, the bytes end, or a code that cannot be. */
export function decodeLzhBlocks(
  bytes: Uint8Array,
  variant: LzhVariant,
  output: LzhOutput,
): void {
  const bits = new LzhBits(bytes);
  while (!output.isFull()) {
    let left = bits.read(16);
    if (left === 0) {
      if (variant.endsWithEmptyBlock === true) return;
      left = 65_536;
    }
    const lengths = readCode(bits, 5, lengthSymbols, zerosAfter);
    const symbols = lengths === null ? null : readSymbolCode(bits, lengths);
    const distances = readCode(bits, variant.countBits, 64, null);
    if (symbols === null || distances === null || bits.isPastEnd()) return;
    for (; left > 0 && !output.isFull(); left--) {
      const symbol = symbols.read(bits);
      if (symbol < 0 || bits.isPastEnd()) return;
      if (symbol < 256) {
        output.push(symbol);
        continue;
      }
      const length =
        variant.isLhark === true
          ? larkLength(bits, symbol - 256)
          : symbol - 256 + 3;
      const code = distances.read(bits);
      // No window is larger than 64 KiB, of LHA's than 1 MiB.
      if (code < 0 || code > (variant.isLhark === true ? 31 : 20)) return;
      const distance =
        variant.isLhark === true
          ? larkDistance(bits, code)
          : code === 0
            ? 1
            : 2 ** (code - 1) + bits.read(code - 1) + 1;
      if (bits.isPastEnd()) return;
      output.copy(distance, length);
    }
  }
}

/** Codes A and C. Null where they cannot be. */
function readCode(
  bits: LzhBits,
  countBits: number,
  mostCodes: number,
  zeros: number | null,
): LzhCode | null {
  const count = Math.min(bits.read(countBits), mostCodes);
  if (count === 0) return new LzhCode(bits.read(countBits));
  const lengths = new Uint8Array(mostCodes + 3);
  for (let at = 0; at < count;) {
    let length = bits.read(3);
    // Nothing is longer than 16 bits.
    if (length === 7) while (length <= 16 && bits.read(1) === 1) length += 1;
    lengths[at++] = length;
    if (at === zeros) at += bits.read(2);
  }
  const code = new LzhCode(lengths);
  return code.isPossible ? code : null;
}

/** Code B. */
function readSymbolCode(bits: LzhBits, inCode: LzhCode): LzhCode | null {
  const count = Math.min(bits.read(9), mostSymbols);
  if (count === 0) return new LzhCode(bits.read(9));
  const lengths = new Uint8Array(mostSymbols);
  for (let at = 0; at < count;) {
    const symbol = inCode.read(bits);
    if (symbol < 0 || bits.isPastEnd()) return null;
    if (symbol > 2) lengths[at++] = symbol - 2;
    else
      at +=
        symbol === 0 ? 1 : symbol === 1 ? bits.read(4) + 3 : bits.read(9) + 20;
  }
  const code = new LzhCode(lengths);
  return code.isPossible ? code : null;
}

/** LHARK: four lengths for each number of further bits, as deflate has them; 32 is 514. */
function larkLength(bits: LzhBits, code: number): number {
  if (code < 8) return code + 3;
  if (code >= 32) return 514;
  const more = (code - 4) >> 2;
  return ((4 + (code & 3)) << more) + bits.read(more) + 3;
}

/** LHARK: two distances for each number of further bits. */
function larkDistance(bits: LzhBits, code: number): number {
  if (code < 4) return code + 1;
  const more = (code - 2) >> 1;
  return ((2 + (code & 1)) << more) + bits.read(more) + 1;
}

// Not read: -lh2- and -lh3-, which no released program wrote.
