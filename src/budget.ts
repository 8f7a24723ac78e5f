// What expanding one message may cost. Extractors charge every byte before
// they keep it, and every entry before they yield it; going over throws
// LimitReached, which the expander turns into a `limit` finding.

import { LimitReached, type Limits } from "./limits.ts";

export class Budget {
  readonly limits: Limits;
  #bytes = 0;
  #windowBytes = 0;
  #bytesInWindow = 0;
  #parts = 0;
  readonly #allowedBytes: number;

  /** `messageBytes`: size of the received message, the base of the ratio. */
  constructor(limits: Limits, messageBytes: number) {
    this.limits = limits;
    this.#allowedBytes = Math.min(
      limits.expandedBytes,
      limits.expansionFreeBytes + limits.expansionRatio * messageBytes,
    );
  }

  /** Bytes that may still be produced. Use it to cap a decompressor's output. */
  get bytesLeft(): number {
    return Math.min(
      this.#allowedBytes - this.#bytes - this.#bytesInWindow,
      this.limits.partBytes,
    );
  }

  /**
   * Most memory of a decoder at work, set back to 0 when it is done. It fills
   * as the decoder writes, and counts as far as it is filled: a dictionary
   * that is only stated takes no memory.
   */
  set windowBytes(most: number) {
    this.#windowBytes = most;
    if (most === 0) this.#bytesInWindow = 0;
  }

  /** Account for `count` bytes about to be kept. */
  chargeBytes(count: number): void {
    if (count > this.limits.partBytes)
      throw new LimitReached(
        "partBytes",
        `a part of ${count} bytes, at most ${this.limits.partBytes} expected`,
      );
    this.#bytes += count;
    this.#bytesInWindow = Math.min(
      this.#windowBytes,
      this.#bytesInWindow + count,
    );
    const held = this.#bytes + this.#bytesInWindow;
    if (held <= this.#allowedBytes) return;
    // Used up for good: what comes after need not be tried.
    this.#bytes = held;
    throw new LimitReached(
      held > this.limits.expandedBytes ? "expandedBytes" : "expansionRatio",
      `${held} bytes unpacked, at most ${this.#allowedBytes} allowed`,
    );
  }

  /** Account for one part about to be made. */
  chargePart(): void {
    this.#parts += 1;
    if (this.#parts > this.limits.parts)
      throw new LimitReached("parts", `more than ${this.limits.parts} parts`);
  }
}
