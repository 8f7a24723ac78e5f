// The bytes of a hex run of RTF, as it is read piece by piece. For rtf.ts.
// Two digits of input make a byte, so what is kept is at most half the input
// (raw bytes of \bin: as much as the input).

import { hexValue } from "../mime/quoted-printable.ts";

export class HexSink {
  #bytes = new Uint8Array(256);
  #length = 0;
  /** First digit of a byte; -1: none. */
  #high = -1;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clone(): HexSink {
    const copy = new HexSink();
    copy.#bytes = this.#bytes.slice();
    copy.#length = this.#length;
    copy.#high = this.#high;
    return copy;
  }

  /** Hex digits (anything else is skipped), or raw bytes. */
  add(from: Uint8Array, start: number, end: number, isHex: boolean): void {
    this.#reserve(isHex ? ((end - start) >> 1) + 1 : end - start);
    if (!isHex) {
      this.#bytes.set(from.subarray(start, end), this.#length);
      this.#length += end - start;
      return;
    }
    for (let at = start; at < end; at++) {
      const digit = hexValue(from[at]);
      if (digit < 0) continue;
      if (this.#high < 0) this.#high = digit;
      else {
        this.#bytes[this.#length++] = (this.#high << 4) | digit;
        this.#high = -1;
      }
    }
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
