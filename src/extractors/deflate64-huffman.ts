// The canonical Huffman codes of DEFLATE (RFC 1951 3.2.2), for deflate64.ts:
// short codes by one look-up, long ones bit by bit.

export const maxBits = 15;
/** Codes of up to this many bits are found by one look-up. */
const fastBits = 10;

/** RFC 1951 3.2.2: canonical codes. `find` gives symbol * 16 + bits, 0 where there is no such code. */
export class Huffman {
  readonly #fast = new Uint16Array(1 << fastBits);
  readonly #count = new Uint16Array(maxBits + 1);
  readonly #symbols: Uint16Array;
  /** Not more codes than there can be. (Fewer are allowed: one distance code.) */
  isPossible = true;

  constructor(lengths: Uint8Array) {
    for (const length of lengths) (this.#count[length] as number) += 1;
    this.#count[0] = 0;
    const next = new Uint16Array(maxBits + 2);
    const code = new Uint32Array(maxBits + 2);
    let left = 1;
    for (let bits = 1; bits <= maxBits; bits++) {
      const count = this.#count[bits] ?? 0;
      left = 2 * left - count;
      if (left < 0) this.isPossible = false;
      next[bits + 1] = (next[bits] ?? 0) + count;
      code[bits + 1] = ((code[bits] ?? 0) + count) << 1;
    }
    this.#symbols = new Uint16Array(lengths.length);
    if (!this.isPossible) return;
    lengths.forEach((bits, symbol) => {
      if (bits === 0) return;
      this.#symbols[next[bits] ?? 0] = symbol;
      (next[bits] as number) += 1;
      const reversed = reverse(code[bits] ?? 0, bits);
      (code[bits] as number) += 1;
      for (let i = reversed; i < this.#fast.length; i += 1 << bits)
        if (bits <= fastBits) this.#fast[i] = symbol * 16 + bits;
    });
  }

  find(bits: number): number {
    const fast = this.#fast[bits & ((1 << fastBits) - 1)] ?? 0;
    if (fast !== 0) return fast;
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= maxBits; length++) {
      code = (code << 1) | ((bits >>> (length - 1)) & 1);
      const count = this.#count[length] ?? 0;
      if (code - first < count)
        return (this.#symbols[index + code - first] ?? 0) * 16 + length;
      index += count;
      first = (first + count) << 1;
    }
    return 0;
  }
}

function reverse(code: number, bits: number): number {
  let result = 0;
  for (let i = 0; i < bits; i++) result |= ((code >> i) & 1) << (bits - 1 - i);
  return result;
}
