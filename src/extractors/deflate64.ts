// Our own reading of DEFLATE (RFC 1951) and of Deflate64, PKWARE's variant
// with a 64 KiB window (zip method 9). Node's zlib does the first much faster
// but gives nothing of a stream that is damaged, and does not know the
// second. Called by inflate.ts and gzip.ts.
//
// What was had before an error, the end of the input or the cap is kept.

import { Huffman, maxBits } from "./deflate64-huffman.ts";
import { grown, trimmed } from "./growing.ts";

export interface ByHand {
  readonly content: Uint8Array;
  /** Bytes of input that were used. */
  readonly consumed: number;
  readonly ending: "complete" | "truncated" | "damaged" | "limit";
}

// RFC 1951 3.2.5: lengths and distances, and how many more bits each has.
const lengthBase = Uint16Array.of(
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31],
  ...[35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258],
);
const lengthExtra = Uint8Array.of(
  ...[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2],
  ...[3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
);
// Deflate64: length code 285 has 16 more bits; distances go on to code 31.
const lengthBase64 = Uint16Array.from(lengthBase).fill(3, 28);
const lengthExtra64 = Uint8Array.from(lengthExtra).fill(16, 28);
const distanceExtra = Uint8Array.from({ length: 32 }, (_, i) =>
  i < 4 ? 0 : (i >> 1) - 1,
);
const distanceBase = Uint32Array.from({ length: 32 }, (_, i) =>
  i < 4 ? i + 1 : (((i & 1) + 2) << ((i >> 1) - 1)) + 1,
);
/** RFC 1951 3.2.7: the order in which the code lengths' own lengths come. */
const lengthOrder = Uint8Array.of(
  ...[16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15],
);

/** There are files of 500,000 empty streams. */
const firstBytes = 1024;

class Stop extends Error {
  readonly ending: ByHand["ending"];
  constructor(ending: ByHand["ending"]) {
    super(ending);
    this.ending = ending;
  }
}

export function inflateByHand(
  input: Uint8Array,
  cap: number,
  deflate64 = false,
): ByHand {
  const state = new Inflater(input, cap, deflate64);
  let ending: ByHand["ending"] = "complete";
  try {
    state.run();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    ending = error.ending;
  }
  return { content: state.content(), consumed: state.consumed(), ending };
}

class Inflater {
  readonly #input: Uint8Array;
  readonly #cap: number;
  readonly #lengthBase: Uint16Array;
  readonly #lengthExtra: Uint8Array;
  readonly #distances: number;
  #at = 0;
  #bits = 0;
  #bitCount = 0;
  #output: Uint8Array = new Uint8Array(0);
  #length = 0;

  constructor(input: Uint8Array, cap: number, deflate64: boolean) {
    this.#input = input;
    this.#cap = cap;
    this.#lengthBase = deflate64 ? lengthBase64 : lengthBase;
    this.#lengthExtra = deflate64 ? lengthExtra64 : lengthExtra;
    this.#distances = deflate64 ? 32 : 30;
  }

  content(): Uint8Array {
    return trimmed(this.#output, this.#length);
  }

  consumed(): number {
    return this.#at - (this.#bitCount >> 3);
  }

  /** RFC 1951 3.2.3: blocks until the one that is marked as the last. */
  run(): void {
    for (;;) {
      const last = this.#take(1);
      const type = this.#take(2);
      if (type === 0) this.#stored();
      else if (type === 1) this.#compressed(fixedLiterals(), fixedDistances());
      else if (type === 2) this.#dynamic();
      else throw new Stop("damaged");
      if (last === 1) return;
    }
  }

  #take(count: number): number {
    if (!this.#fill(count)) throw new Stop("truncated");
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  /** At least `count` bits, at most 24 are asked for. */
  #fill(count: number): boolean {
    while (this.#bitCount < count) {
      const byte = this.#input[this.#at];
      if (byte === undefined) return false;
      this.#at += 1;
      this.#bits |= byte << this.#bitCount;
      this.#bitCount += 8;
    }
    return true;
  }

  /** Room for `count` more bytes; fewer where the cap is nearer. */
  #room(count: number): number {
    const possible = Math.min(count, this.#cap - this.#length);
    const needed = this.#length + possible;
    if (needed > this.#output.length) {
      this.#output = grown(
        this.#output,
        this.#length,
        Math.min(this.#cap, Math.max(needed, firstBytes)),
        this.#cap,
      );
    }
    return possible;
  }

  /** RFC 1951 3.2.4. */
  #stored(): void {
    this.#at -= this.#bitCount >> 3;
    this.#bits = 0;
    this.#bitCount = 0;
    const length = this.#take(16);
    const inverse = this.#take(16);
    if ((length ^ inverse) !== 0xffff) throw new Stop("damaged");
    const piece = this.#input.subarray(this.#at, this.#at + length);
    const possible = this.#room(piece.length);
    this.#output.set(piece.subarray(0, possible), this.#length);
    this.#length += possible;
    this.#at += possible;
    if (possible < piece.length) throw new Stop("limit");
    if (piece.length < length) throw new Stop("truncated");
  }

  /** RFC 1951 3.2.7. */
  #dynamic(): void {
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const codes = this.#take(4) + 4;
    const order = new Uint8Array(19);
    for (let i = 0; i < codes; i++) order[lengthOrder[i] ?? 0] = this.#take(3);
    const table = codesOf(order);
    const lengths = new Uint8Array(literals + distances);
    for (let i = 0; i < lengths.length;) {
      const symbol = this.#symbol(table);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      const value = symbol === 16 ? lengths[i - 1] : 0;
      if (value === undefined) throw new Stop("damaged");
      const repeat =
        symbol === 16
          ? 3 + this.#take(2)
          : symbol === 17
            ? 3 + this.#take(3)
            : 11 + this.#take(7);
      if (i + repeat > lengths.length) throw new Stop("damaged");
      lengths.fill(value, i, i + repeat);
      i += repeat;
    }
    this.#compressed(
      codesOf(lengths.subarray(0, literals)),
      codesOf(lengths.subarray(literals)),
    );
  }

  #compressed(literals: Huffman, distances: Huffman): void {
    for (;;) {
      const symbol = this.#symbol(literals);
      if (symbol < 256) {
        if (this.#length === this.#output.length && this.#room(1) === 0)
          throw new Stop("limit");
        this.#output[this.#length++] = symbol;
        continue;
      }
      if (symbol === 256) return;
      const length =
        (this.#lengthBase[symbol - 257] ?? 0) +
        this.#take(this.#lengthExtra[symbol - 257] ?? 0);
      const code = this.#symbol(distances);
      if (symbol > 285 || code >= this.#distances) throw new Stop("damaged");
      const distance =
        (distanceBase[code] ?? 0) + this.#take(distanceExtra[code] ?? 0);
      if (distance > this.#length) throw new Stop("damaged");
      const possible = this.#room(length);
      const output = this.#output;
      let to = this.#length;
      for (const end = to + possible; to < end; to++)
        output[to] = output[to - distance] ?? 0;
      this.#length = to;
      if (possible < length) throw new Stop("limit");
    }
  }

  #symbol(table: Huffman): number {
    this.#fill(maxBits);
    const found = table.find(this.#bits);
    const count = found & 15;
    if (count === 0)
      throw new Stop(this.#bitCount < maxBits ? "truncated" : "damaged");
    if (count > this.#bitCount) throw new Stop("truncated");
    this.#bits >>>= count;
    this.#bitCount -= count;
    return found >> 4;
  }
}

function codesOf(lengths: Uint8Array): Huffman {
  const table = new Huffman(lengths);
  if (!table.isPossible) throw new Stop("damaged");
  return table;
}

let fixed: { literals: Huffman; distances: Huffman } | null = null;

/** RFC 1951 3.2.6. */
function fixedTables(): { literals: Huffman; distances: Huffman } {
  fixed ??= {
    literals: new Huffman(
      new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280),
    ),
    distances: new Huffman(new Uint8Array(32).fill(5)),
  };
  return fixed;
}

function fixedLiterals(): Huffman {
  return fixedTables().literals;
}

function fixedDistances(): Huffman {
  return fixedTables().distances;
}
