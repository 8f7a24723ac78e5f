// What a scanner said of contents, kept by a key that has their digest and the
// scanner's signatures in it: bounded in number and in time. For scanners that
// are opened for many messages (`qsift daemon`); a door that lives for one has
// nothing to find in it.
//
// What is looked up moves to the end, so that what nobody asks for goes first.
// The time counts from the answer, not from its last use: signatures that come
// without a new version are heeded after it.

export interface CacheCounters {
  readonly entries: number;
  /** What did not have to be asked. */
  readonly hits: number;
  /** What was asked, and answered. */
  readonly misses: number;
}

interface Kept<T> {
  readonly value: T;
  readonly until: number;
}

export class DigestCache<T> implements CacheCounters {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #maxEntries: number;
  readonly #keepMs: number;
  readonly #now: () => number;
  #hits = 0;
  #misses = 0;

  /** With `maxEntries` 0 nothing is kept. `now`: milliseconds that never go back. */
  constructor(
    maxEntries: number,
    keepMs: number,
    now: () => number = () => performance.now(),
  ) {
    this.#maxEntries = maxEntries;
    this.#keepMs = keepMs;
    this.#now = now;
  }

  get entries(): number {
    return this.#kept.size;
  }

  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  /** Whether get() would have it; no hit. */
  has(key: string): boolean {
    const kept = this.#kept.get(key);
    return kept !== undefined && kept.until > this.#now();
  }

  get(key: string): T | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || !this.has(key)) {
      this.#kept.delete(key);
      return undefined;
    }
    this.#hits += 1;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.value;
  }

  set(key: string, value: T): void {
    this.#misses += 1;
    this.#kept.delete(key);
    this.#kept.set(key, { value, until: this.#now() + this.#keepMs });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#maxEntries) break;
      this.#kept.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }
}
