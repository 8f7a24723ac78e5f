// What a dictionary decoder (LZW, LZ77) writes, which is also what it copies
// from: grows as needed, never past what the budget has left, charged at the
// end. Used by the decoders of compress.ts and lz4.ts.

import type { Budget } from "../budget.ts";

const FIRST_BYTES = 4096;

export class ArchiveOutput {
  readonly #budget: Budget;
  #bytes = new Uint8Array(0);
  #length = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get length(): number {
    return this.#length;
  }

  push(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = byte;
  }

  append(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Repeat `length` bytes from `distance` back; the two may overlap. False where that is before the start. */
  copy(distance: number, length: number): boolean {
    if (distance <= 0 || distance > this.#length) return false;
    this.#grow(length);
    const bytes = this.#bytes;
    const end = this.#length + length;
    for (let to = this.#length; to < end; to++)
      bytes[to] = bytes[to - distance] ?? 0;
    this.#length = end;
    return true;
  }

  /** What was written; charged now. */
  finish(): Uint8Array {
    this.#budget.chargeBytes(this.#length);
    return this.#bytes.subarray(0, this.#length);
  }

  /** Room for `count` more; throws LimitReached where the budget has less. */
  #grow(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const most = this.#budget.bytesLeft;
    if (needed > most) this.#budget.chargeBytes(needed);
    const larger = new Uint8Array(
      Math.min(Math.max(needed, 2 * this.#bytes.length, FIRST_BYTES), most),
    );
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
