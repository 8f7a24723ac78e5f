// What expanding one message may cost. Extractors charge every byte before
// they keep it, and every entry before they yield it; going over throws
// LimitReached, which the expander turns into a `limit` finding.

import { LimitReached, type Limits } from "./limits.ts";

export class Budget {
  readonly limits: Limits;
  #bytes = 0;
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
    return Math.min(this.#allowedBytes - this.#bytes, this.limits.partBytes);
  }

  /** Account for `count` bytes about to be kept. */
  chargeBytes(count: number): void {
    if (count > this.limits.partBytes)
      throw new LimitReached(
        "partBytes",
        `a part of ${count} bytes, at most ${this.limits.partBytes} expected`,
      );
    this.#bytes += count;
    if (this.#bytes <= this.#allowedBytes) return;
    const limit =
      this.#bytes > this.limits.expandedBytes
        ? "expandedBytes"
        : "expansionRatio";
    throw new LimitReached(
      limit,
      `${this.#bytes} bytes unpacked, at most ${this.#allowedBytes} allowed`,
    );
  }

  /** Account for one part about to be made. */
  chargePart(): void {
    this.#parts += 1;
    if (this.#parts > this.limits.parts)
      throw new LimitReached("parts", `more than ${this.limits.parts} parts`);
  }
}
