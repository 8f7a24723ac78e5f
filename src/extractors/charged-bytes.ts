// Output of a decoder that does not know how much it will produce: grows as
// needed, never past what the budget has left, and is charged when finished.
// Used by the decoders that are written here (LZW, LZSS, text encodings).

import type { Budget } from "../budget.ts";

const firstBytes = 4096;

export class ChargedBytes {
  readonly #budget: Budget;
  #bytes: Uint8Array;
  #length = 0;

  /** `expected` saves growing; a stated size may be given, it is not believed. */
  constructor(budget: Budget, expected = firstBytes) {
    this.#budget = budget;
    this.#bytes = new Uint8Array(
      Math.min(Math.max(expected, 16), 1 << 20, budget.bytesLeft),
    );
  }

  get length(): number {
    return this.#length;
  }

  push(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = byte;
  }

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length)
      this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The first `count` of `bytes`, last first: how LZW tables give their strings. */
  appendReversed(bytes: Uint8Array, count: number): void {
    const end = this.#length + count;
    if (end > this.#bytes.length) this.#grow(count);
    const to = this.#bytes;
    for (let at = this.#length, from = count - 1; at < end; at++, from--)
      to[at] = bytes[from] ?? 0;
    this.#length = end;
  }

  /** What was written; charged now. Nothing can be added afterwards. */
  finish(): Uint8Array {
    this.#budget.chargeBytes(this.#length);
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(by: number): void {
    const needed = this.#length + by;
    const most = this.#budget.bytesLeft;
    // Throws LimitReached: more than is left is never kept.
    if (needed > most) this.#budget.chargeBytes(needed);
    const grown = new Uint8Array(
      Math.min(Math.max(needed, this.#bytes.length * 2), most),
    );
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
