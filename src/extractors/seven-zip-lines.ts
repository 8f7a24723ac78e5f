// The text that 7-Zip writes, as lines. Used by seven-zip-host.ts.

/** Longest line that is looked at; entry names may be long. */
const maxLineBytes = 65_536;

/** Bytes to lines; what exceeds maxLineBytes of a line is dropped. */
export class LineSplitter {
  #rest = Buffer.alloc(0);

  push(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(10, start);
      const piece = bytes.subarray(start, end < 0 ? bytes.length : end);
      this.#rest = Buffer.concat([
        this.#rest,
        piece.subarray(0, Math.max(0, maxLineBytes - this.#rest.length)),
      ]);
      if (end < 0) return lines;
      lines.push(this.#rest.toString("utf8"));
      this.#rest = Buffer.alloc(0);
      start = end + 1;
    }
  }
}
