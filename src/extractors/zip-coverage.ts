// Which bytes of a zip file its entries use. Used to find what none uses,
// where entries overlap (D. Fifield, "A better zip bomb", 2019), and to bound
// the work where 10,000 entries name the same megabyte. Made by zip.ts.

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** All entries together may read so many times the file's length. Honest files read it once. */
const maxReadings = 4;
/** Small files may be read more often. */
const freeBytes = 1 << 20;

export class Coverage {
  readonly #length: number;
  readonly #entries: Range[] = [];
  readonly #others: Range[] = [];
  #read = 0;

  constructor(length: number) {
    this.#length = length;
  }

  /** A directory's bytes. */
  addDirectory(start: number, end: number): void {
    this.#others.push({ start, end });
  }

  /** An entry's bytes; `read` of them were looked at. */
  addEntry(start: number, end: number, read: number): void {
    this.#entries.push({ start, end: Math.min(end, this.#length) });
    this.#read += read;
  }

  get isExhausted(): boolean {
    return this.#read > maxReadings * this.#length + freeBytes;
  }

  get hasOverlaps(): boolean {
    let end = 0;
    for (const range of this.#entries.sort(byStart)) {
      if (range.start < end) return true;
      end = range.end;
    }
    return false;
  }

  /** What is not covered, in order. */
  gaps(): Range[] {
    const gaps: Range[] = [];
    let end = 0;
    for (const range of [...this.#entries, ...this.#others].sort(byStart)) {
      if (range.start > end) gaps.push({ start: end, end: range.start });
      end = Math.max(end, range.end);
    }
    if (end < this.#length) gaps.push({ start: end, end: this.#length });
    return gaps;
  }
}

function byStart(a: Range, b: Range): number {
  return a.start - b.start || a.end - b.end;
}
