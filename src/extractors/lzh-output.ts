// What the LZH decoders write and copy from: ends at the size that the archive
// states, since most of these methods have no end of their own, and has the
// window's first content before its start. Charged like every output.

import type { Budget } from "../budget.ts";
import { ChargedBytes } from "./charged-bytes.ts";

export class LzhOutput {
  readonly #output: ChargedBytes;
  readonly #size: number;

  /** `size`: where it ends. */
  constructor(budget: Budget, size: number) {
    this.#output = new ChargedBytes(budget);
    this.#size = size;
  }

  isFull(): boolean {
    return this.#output.length >= this.#size;
  }

  get length(): number {
    return this.#output.length;
  }

  push(byte: number): void {
    if (!this.isFull()) this.#output.push(byte);
  }

  /** Repeats `length` bytes from `distance` back. Before the start there are blanks. */
  copy(distance: number, length: number): void {
    let left = Math.min(length, this.#size - this.#output.length);
    for (; left > 0 && distance > this.#output.length; left--)
      this.#output.push(0x20);
    if (left > 0) this.#output.copy(distance, left);
  }

  /** As `copy`; gives what was written. */
  repeated(distance: number, length: number): Uint8Array {
    const start = this.#output.length;
    this.copy(distance, length);
    return this.#output.since(start);
  }

  finish(): Uint8Array {
    return this.#output.finish();
  }
}
