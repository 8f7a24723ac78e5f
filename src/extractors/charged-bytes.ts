// Output of a decoder that does not know how much it will produce: grows as
// needed, never past what the budget has left, and is charged when finished.
// What LZ77 and its like copy from is here too. Used by all decoders that are
// written here but deflate, whose caller charges.

import type { Budget } from "../budget.ts";
import { grown, trimmed } from "./growing.ts";

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

  /** Repeats `length` bytes from `distance` back; the two may overlap. False where that is before the start. */
  copy(distance: number, length: number): boolean {
    if (distance <= 0 || distance > this.#length) return false;
    const end = this.#length + length;
    if (end > this.#bytes.length) this.#grow(length);
    const bytes = this.#bytes;
    for (let to = this.#length; to < end; to++)
      bytes[to] = bytes[to - distance] ?? 0;
    this.#length = end;
    return true;
  }

  /** What was written from `start` on, as long as nothing more is. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  /** What was written; charged now. Nothing can be added afterwards. */
  finish(): Uint8Array {
    this.#budget.chargeBytes(this.#length);
    return trimmed(this.#bytes, this.#length);
  }

  #grow(by: number): void {
    const needed = this.#length + by;
    const most = this.#budget.bytesLeft;
    // Throws LimitReached: more than is left is never kept.
    if (needed > most) this.#budget.chargeBytes(needed);
    this.#bytes = grown(this.#bytes, this.#length, needed, most);
  }
}
