// Our own reading of DEFLATE (RFC 1951) and of Deflate64, PKWARE's variant
// with a 64 KiB window (zip method 9). Node's zlib does the first much faster
// but gives nothing of a stream that is damaged, and does not know the
// second. Called by inflate.ts and zip-methods.ts.
//
// What was had before an error, the end of the input or the cap is kept.

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
const FIRST_BYTES = 1024;
const MAX_BITS = 15;
/** Codes of up to this many bits are found by one look-up. */
const FAST_BITS = 10;

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
  #output = new Uint8Array(0);
  #length = 0;

  constructor(input: Uint8Array, cap: number, deflate64: boolean) {
    this.#input = input;
    this.#cap = cap;
    this.#lengthBase = deflate64 ? lengthBase64 : lengthBase;
    this.#lengthExtra = deflate64 ? lengthExtra64 : lengthExtra;
    this.#distances = deflate64 ? 32 : 30;
  }

  content(): Uint8Array {
    return this.#output.subarray(0, this.#length);
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
      const larger = new Uint8Array(
        Math.min(
          this.#cap,
          Math.max(needed, 2 * this.#output.length, FIRST_BYTES),
        ),
      );
      larger.set(this.#output.subarray(0, this.#length));
      this.#output = larger;
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
    const table = new Huffman(order);
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
      new Huffman(lengths.subarray(0, literals)),
      new Huffman(lengths.subarray(literals)),
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
    this.#fill(MAX_BITS);
    const found = table.find(this.#bits);
    const count = found & 15;
    if (count === 0)
      throw new Stop(this.#bitCount < MAX_BITS ? "truncated" : "damaged");
    if (count > this.#bitCount) throw new Stop("truncated");
    this.#bits >>>= count;
    this.#bitCount -= count;
    return found >> 4;
  }
}

/** RFC 1951 3.2.2: canonical codes. `find` gives symbol * 16 + bits, 0 where there is no such code. */
class Huffman {
  readonly #fast = new Uint16Array(1 << FAST_BITS);
  readonly #count = new Uint16Array(MAX_BITS + 1);
  readonly #symbols: Uint16Array;

  constructor(lengths: Uint8Array) {
    for (const length of lengths) (this.#count[length] as number) += 1;
    this.#count[0] = 0;
    const next = new Uint16Array(MAX_BITS + 2);
    const code = new Uint32Array(MAX_BITS + 2);
    let left = 1;
    for (let bits = 1; bits <= MAX_BITS; bits++) {
      const count = this.#count[bits] ?? 0;
      left = 2 * left - count;
      // More codes than there can be. (Fewer is allowed: one distance code.)
      if (left < 0) throw new Stop("damaged");
      next[bits + 1] = (next[bits] ?? 0) + count;
      code[bits + 1] = ((code[bits] ?? 0) + count) << 1;
    }
    this.#symbols = new Uint16Array(lengths.length);
    lengths.forEach((bits, symbol) => {
      if (bits === 0) return;
      this.#symbols[next[bits] ?? 0] = symbol;
      (next[bits] as number) += 1;
      const reversed = reverse(code[bits] ?? 0, bits);
      (code[bits] as number) += 1;
      for (let i = reversed; i < this.#fast.length; i += 1 << bits)
        if (bits <= FAST_BITS) this.#fast[i] = symbol * 16 + bits;
    });
  }

  find(bits: number): number {
    const fast = this.#fast[bits & ((1 << FAST_BITS) - 1)] ?? 0;
    if (fast !== 0) return fast;
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      code = (code << 1) | ((bits >>> (length - 1)) & 1);
      const count = this.#count[length] ?? 0;
      if (code - first < count)
        return (this.#symbols[index + code - first] ?? 0) * 16 + length;
      index += count;
      first = (first + count) << 1;
    }
    return 0;
  }
}

function reverse(code: number, bits: number): number {
  let result = 0;
  for (let i = 0; i < bits; i++) result |= ((code >> i) & 1) << (bits - 1 - i);
  return result;
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
