// A file that 7-Zip creates: kept in memory, each byte charged before it is
// kept. Made by seven-zip-dialogue.ts, written to by seven-zip-host.ts.

import type { Budget } from "../budget.ts";
import { LimitReached } from "../limits.ts";
import type { OutputSink } from "./seven-zip-host.ts";

export class SevenZipOutput implements OutputSink {
  readonly #budget: Budget;
  #bytes = new Uint8Array(0);
  length = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.length) {
      if (end > this.#budget.limits.partBytes)
        throw new LimitReached(
          "partBytes",
          `a part of ${end} bytes, at most ${this.#budget.limits.partBytes} expected`,
        );
      this.#budget.chargeBytes(end - this.length);
      if (end > this.#bytes.length) this.#grow(end);
      this.length = end;
    }
    this.#bytes.set(bytes, position);
  }

  #grow(end: number): void {
    const larger = new Uint8Array(
      this.#bytes.length === 0 ? end : Math.max(end, 2 * this.length),
    );
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }

  /** Space reserved beforehand is not believed; what is cut off is. */
  truncate(length: number): void {
    if (length >= 0 && length < this.length) this.length = length;
  }

  content(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}
