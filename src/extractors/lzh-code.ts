// Prefix codes of the LZH family: canonical, the most significant bit first,
// shorter codes before longer ones, and of one length in the order of their
// symbols. Used by lzh-*.ts.

import type { LzhBits } from "./lzh-bits.ts";

const maxBits = 16;
/** Codes of up to this many bits are found by one look-up. A larger table would cost more than a small block is worth. */
const fastBits = 8;

export class LzhCode {
  /** For the next eight bits: symbol * 32 + bits, 0 where the code is longer. */
  readonly #fast = new Uint16Array(1 << fastBits);
  readonly #counts = new Uint16Array(maxBits + 1);
  readonly #symbols: Uint16Array;
  /** The one symbol of a code that takes no bits. */
  readonly #only: number | null;
  /** False where there are more codes than there can be. */
  readonly isPossible: boolean;

  /** Lengths by symbol, 0 where it has no code; or the only symbol. At most 512 symbols, 16 bits. */
  constructor(lengths: Uint8Array | number) {
    this.#only = typeof lengths === "number" ? lengths : null;
    const given = typeof lengths === "number" ? new Uint8Array(0) : lengths;
    const counts = this.#counts;
    for (const length of given)
      if (length > 0 && length <= maxBits) (counts[length] as number) += 1;
    const code = new Uint32Array(maxBits + 2);
    const index = new Uint16Array(maxBits + 2);
    let left = 1;
    let isPossible = given.every((length) => length <= maxBits);
    for (let bits = 1; bits <= maxBits; bits++) {
      const count = counts[bits] ?? 0;
      left = 2 * left - count;
      if (left < 0) isPossible = false;
      code[bits + 1] = ((code[bits] ?? 0) + count) * 2;
      index[bits + 1] = (index[bits] ?? 0) + count;
    }
    this.isPossible = isPossible;
    this.#symbols = new Uint16Array(given.length);
    if (!isPossible) return;
    given.forEach((bits, symbol) => {
      if (bits === 0) return;
      this.#symbols[index[bits] ?? 0] = symbol;
      (index[bits] as number) += 1;
      const own = code[bits] ?? 0;
      (code[bits] as number) += 1;
      const free = fastBits - bits;
      if (free >= 0)
        this.#fast.fill(symbol * 32 + bits, own << free, (own + 1) << free);
    });
  }

  /** The next symbol; -1 where the bits are no code. */
  read(bits: LzhBits): number {
    if (this.#only !== null) return this.#only;
    const next = bits.peek16();
    const fast = this.#fast[next >> (16 - fastBits)] ?? 0;
    if (fast !== 0) {
      bits.skip(fast & 31);
      return fast >> 5;
    }
    let first = 0;
    let index = 0;
    for (let length = 1; length <= maxBits; length++) {
      const count = this.#counts[length] ?? 0;
      const code = next >> (16 - length);
      if (code - first < count) {
        bits.skip(length);
        return this.#symbols[index + code - first] ?? -1;
      }
      index += count;
      first = (first + count) * 2;
    }
    return -1;
  }
}
