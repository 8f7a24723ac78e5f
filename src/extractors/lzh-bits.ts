// Bits of LZH data, the most significant of each byte first. Used by the
// decoders of the LZH family (lzh-*.ts). Behind the last byte come zeros, and
// `isPastEnd` tells that some of them were used.

export class LzhBits {
  readonly #bytes: Uint8Array;
  /** Bits used so far; a Number, since 2^32 bits are half a gigabyte. */
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bits that are left; negative where zeros behind the end were used. */
  get left(): number {
    return this.#bytes.length * 8 - this.#at;
  }

  isPastEnd(): boolean {
    return this.left < 0;
  }

  /** The next 16 bits, which stay. */
  peek16(): number {
    const bytes = this.#bytes;
    const byte = Math.floor(this.#at / 8);
    const three =
      ((bytes[byte] ?? 0) << 16) |
      ((bytes[byte + 1] ?? 0) << 8) |
      (bytes[byte + 2] ?? 0);
    return (three >> (8 - (this.#at % 8))) & 0xffff;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** `count` bits, at most 32. */
  read(count: number): number {
    if (count > 16) return this.read(count - 16) * 0x1_0000 + this.read(16);
    const value = this.peek16() >> (16 - count);
    this.#at += count;
    return value;
  }
}
