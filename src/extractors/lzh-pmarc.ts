// -pm2-, the method of PMarc 2 (a CP/M and MSX archiver, 1989): LZ77 in a window
// of 8 KiB, whose literals are places in a list of all byte values, the last
// used first. Called by lha.ts.
//
// The data: one bit that says nothing, then codes, which are sent anew after 1,
// 2, 4, 8, 12 ... KiB of output:
//   at 0 KiB  code of symbols, code of 5 distances
//   at 1, 2   code of 6, then 7 distances
//   at 4      1 bit: a code of symbols follows; code of 8 distances
//   from 8 on 1 bit: both follow
// Code of symbols: 5 bits how many, 3 bits shortest length m; m 0: only the
// last symbol is used, without bits. Else 3 bits for the width w, and for each
// symbol w bits: 0 not used, v: length m + v - 1.
// Code of distances, only there where it is needed: 3 bits of length for each.
//
// Symbols: 0-7 a byte, by its place in the list (`places`); 8-22 a match of 2 to
// 16 bytes, 23-28 one of 17 to 256 (`lengths`). A match of two has a distance of
// six bits, one of 256 has distance 1, the others have a symbol of the second
// code: 0 six bits, n: n + 5 bits below the first one.

import { LzhBits } from "./lzh-bits.ts";
import { LzhCode } from "./lzh-code.ts";
import type { LzhOutput } from "./lzh-output.ts";

/** First value, and bits that are added to it. */
type Range = readonly [first: number, bits: number];
const places: readonly Range[] = [
  [0, 3],
  [8, 3],
  [16, 4],
  [32, 5],
  [64, 5],
  [96, 5],
  [128, 6],
  [192, 6],
];
const lengths: readonly Range[] = [
  [17, 3],
  [25, 3],
  [33, 5],
  [65, 6],
  [129, 7],
  [256, 0],
];
/** What the list begins with: text, then control characters, then the rest. */
const firstOrder: readonly (readonly [first: number, last: number])[] = [
  [0x20, 0x7f],
  [0x00, 0x1f],
  [0xa0, 0xdf],
  [0x80, 0x9f],
  [0xe0, 0xff],
];

export function decodePm2(bytes: Uint8Array, output: LzhOutput): void {
  const bits = new LzhBits(bytes);
  bits.read(1);
  const codes = new Codes(bits);
  const list = new RecentBytes();
  let next = 0;
  while (!output.isFull()) {
    if (output.length >= next) {
      if (!codes.renew(next)) return;
      next += next < 4096 ? Math.max(1024, next) : 4096;
    }
    const symbol = codes.symbols.read(bits);
    if (symbol < 0) return;
    if (symbol < 8) {
      const byte = list.at(ranged(bits, places[symbol]));
      if (bits.isPastEnd()) return;
      output.push(byte);
      list.use(byte);
      continue;
    }
    const length =
      symbol < 23 ? symbol - 6 : ranged(bits, lengths[symbol - 23]);
    const distance = length === mostLength ? 1 : codes.distance(length);
    if (distance === 0 || length === 0 || bits.isPastEnd()) return;
    for (const byte of output.repeated(distance, length)) list.use(byte);
  }
}

/** 0 where there is no such symbol. */
function ranged(bits: LzhBits, range: Range | undefined): number {
  return range === undefined ? 0 : range[0] + bits.read(range[1]);
}

/** A match of this length has a distance of 1. */
const mostLength = 256;

class Codes {
  readonly #bits: LzhBits;
  symbols = new LzhCode(0);
  distances = new LzhCode(0);
  #needsDistances = false;

  constructor(bits: LzhBits) {
    this.#bits = bits;
  }

  /** False where what follows cannot be a code. */
  renew(at: number): boolean {
    const bits = this.#bits;
    const isNew = at === 0 || (at >= 4096 && bits.read(1) === 1);
    if (isNew) this.#readSymbols();
    const count = at === 0 ? 5 : at === 1024 ? 6 : at === 2048 ? 7 : 8;
    if (at <= 4096 || isNew) this.#readDistances(count);
    return (
      this.symbols.isPossible && this.distances.isPossible && !bits.isPastEnd()
    );
  }

  /** 0 where it cannot be. */
  distance(length: number): number {
    const bits = this.#bits;
    const code = length === 2 ? 0 : this.distances.read(bits);
    if (code < 0) return 0;
    return code === 0
      ? bits.read(6) + 1
      : (1 << (code + 5)) + bits.read(code + 5) + 1;
  }

  #readSymbols(): void {
    const bits = this.#bits;
    const count = bits.read(5);
    const shortest = bits.read(3);
    // Not where all symbols are bytes or matches of two, or of 256.
    this.#needsDistances = count >= 10 && !(count === 29 && shortest === 0);
    if (shortest === 0) {
      this.symbols = new LzhCode(Math.max(0, count - 1));
      return;
    }
    const width = bits.read(3);
    this.symbols = new LzhCode(
      Uint8Array.from({ length: count }, () => {
        const value = bits.read(width);
        return value === 0 ? 0 : shortest + value - 1;
      }),
    );
  }

  #readDistances(count: number): void {
    if (!this.#needsDistances) return;
    const given = Uint8Array.from({ length: count }, () => this.#bits.read(3));
    const used = given.filter((length) => length > 0).length;
    this.distances = new LzhCode(
      used === 1 ? given.findIndex((length) => length > 0) : given,
    );
  }
}

/** All byte values, the last used first. Linked, so that to use one costs the same for each. */
class RecentBytes {
  #first = 0x20;
  readonly #next = new Uint8Array(256);
  readonly #before = new Uint8Array(256);

  constructor() {
    const order = firstOrder.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    );
    order.forEach((byte, i) => {
      const next = order[(i + 1) % 256] ?? 0;
      this.#next[byte] = next;
      this.#before[next] = byte;
    });
  }

  /** The byte at a place, 0 the one used last. */
  at(place: number): number {
    let byte = this.#first;
    for (let i = 0; i < place; i++) byte = this.#next[byte] ?? 0;
    return byte;
  }

  use(byte: number): void {
    if (byte === this.#first) return;
    // The ring is closed: out of its place, and in before the first.
    const [before, next] = [this.#before[byte] ?? 0, this.#next[byte] ?? 0];
    this.#next[before] = next;
    this.#before[next] = before;
    const last = this.#before[this.#first] ?? 0;
    this.#next[last] = byte;
    this.#before[byte] = last;
    this.#next[byte] = this.#first;
    this.#before[this.#first] = byte;
    this.#first = byte;
  }
}
