// -lh1-, the method of LHarc 1 (Haruyasu Yoshizaki's LZHUF): LZ77 whose
// symbols are in an adaptive Huffman code and whose distances, up to 4,096, in a
// fixed one. Called by lha.ts.
//
// Symbols to 255 are bytes, the 58 from 256 on matches of 3 to 60 bytes; after
// one comes its distance less 1: the upper six bits in the fixed code, the
// lower six as they are.
//
// The tree's nodes stand in one array by rising frequency, the root last, the
// two children of a node side by side, so that a symbol that becomes more
// frequent only ever changes places with the last node as rare as it was.

import { LzhBits } from "./lzh-bits.ts";
import { LzhCode } from "./lzh-code.ts";
import type { LzhOutput } from "./lzh-output.ts";

const symbols = 256 + 58;
const nodes = 2 * symbols - 1;
const root = nodes - 1;
/** The root's frequency at which all are halved. */
const mostFrequent = 0x8000;

/** Lengths of the fixed code: 1 of 3 bits, 3 of 4, and so on. */
const distanceLengths = Uint8Array.from(
  [1, 3, 8, 12, 24, 16].flatMap((count, i) => Array<number>(count).fill(i + 3)),
);

export function decodeLh1(bytes: Uint8Array, output: LzhOutput): void {
  const bits = new LzhBits(bytes);
  const tree = new AdaptiveTree();
  const distances = new LzhCode(distanceLengths);
  while (!output.isFull()) {
    const symbol = tree.read(bits);
    if (bits.isPastEnd()) return;
    if (symbol < 256) {
      output.push(symbol);
      continue;
    }
    const upper = distances.read(bits);
    const distance = (upper << 6) + bits.read(6) + 1;
    if (bits.isPastEnd()) return;
    output.copy(distance, symbol - 256 + 3);
  }
}

class AdaptiveTree {
  readonly #frequency = new Uint16Array(nodes);
  /** The first of two child nodes; of a leaf `nodes` and its symbol. */
  readonly #child = new Uint16Array(nodes);
  /** Of nodes, then of symbols: their leaf. */
  readonly #parent = new Uint16Array(nodes + symbols);

  constructor() {
    for (let symbol = 0; symbol < symbols; symbol++)
      this.#setLeaf(symbol, nodes + symbol, 1);
    for (let node = symbols, child = 0; node < nodes; node++, child += 2)
      this.#join(node, child);
  }

  read(bits: LzhBits): number {
    let child = this.#child[root] ?? 0;
    while (child < nodes) child = this.#child[child + bits.read(1)] ?? nodes;
    this.#count(child);
    return child - nodes;
  }

  /** One more of the symbol whose leaf points to `leaf`. */
  #count(leaf: number): void {
    const frequency = this.#frequency;
    if ((frequency[root] ?? 0) >= mostFrequent) this.#halve();
    let node = this.#parent[leaf] ?? root;
    for (;;) {
      const before = frequency[node] ?? 0;
      let last = node;
      while (last < root && frequency[last + 1] === before) last += 1;
      if (last !== node) this.#swap(node, last);
      frequency[last] = before + 1;
      if (last === root) return;
      node = this.#parent[last] ?? root;
    }
  }

  #swap(one: number, other: number): void {
    const child = this.#child[one] ?? 0;
    this.#setChild(one, this.#child[other] ?? 0);
    this.#setChild(other, child);
  }

  #setChild(node: number, child: number): void {
    this.#child[node] = child;
    this.#parent[child] = node;
    if (child < nodes) this.#parent[child + 1] = node;
  }

  #setLeaf(node: number, leaf: number, frequency: number): void {
    this.#frequency[node] = frequency;
    this.#setChild(node, leaf);
  }

  /** `node` of the two children at `child`. */
  #join(node: number, child: number): void {
    this.#frequency[node] = this.#sum(child);
    this.#setChild(node, child);
  }

  #sum(child: number): number {
    return (this.#frequency[child] ?? 0) + (this.#frequency[child + 1] ?? 0);
  }

  /** Halves the leaves' frequencies, in their order, and builds the rest of the tree anew. */
  #halve(): void {
    const leaves: { leaf: number; frequency: number }[] = [];
    for (let node = 0; node < nodes; node++) {
      const leaf = this.#child[node] ?? 0;
      if (leaf >= nodes)
        leaves.push({
          leaf,
          frequency: ((this.#frequency[node] ?? 0) + 1) >> 1,
        });
    }
    const pairs: { child: number; frequency: number }[] = [];
    let nextLeaf = 0;
    let nextPair = 0;
    let child = 0;
    for (let node = 0; node < nodes; node++) {
      const pair = pairs[nextPair];
      const leaf = leaves[nextLeaf];
      // A pair comes after all leaves that are no more frequent.
      if (
        pair !== undefined &&
        (leaf === undefined || pair.frequency < leaf.frequency)
      ) {
        nextPair += 1;
        this.#join(node, pair.child);
      } else if (leaf !== undefined) {
        nextLeaf += 1;
        this.#setLeaf(node, leaf.leaf, leaf.frequency);
      }
      if (node > child) {
        pairs.push({ child, frequency: this.#sum(child) });
        child += 2;
      }
    }
  }
}
