// A file that 7-Zip creates: kept in memory, each byte charged before it is
// kept. Made by seven-zip-dialogue.ts, written to by seven-zip-host.ts.

import type { Budget } from "../budget.ts";
import { LimitReached } from "../limits.ts";
import { grown, trimmed } from "./growing.ts";
import type { OutputSink } from "./seven-zip-host.ts";

export class SevenZipOutput implements OutputSink {
  readonly #budget: Budget;
  #bytes: Uint8Array = new Uint8Array(0);
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
      if (end > this.#bytes.length)
        this.#bytes = grown(
          this.#bytes,
          this.length,
          end,
          end + this.#budget.bytesLeft,
        );
      this.length = end;
    }
    this.#bytes.set(bytes, position);
  }

  /** Space reserved beforehand is not believed; what is cut off is. */
  truncate(length: number): void {
    if (length >= 0 && length < this.length) this.length = length;
  }

  /** Hard links ask more than once, and share the bytes. Nothing may be written afterwards. */
  content(): Uint8Array {
    this.#bytes = trimmed(this.#bytes, this.length);
    return this.#bytes;
  }
}
