// Where multipart delimiters may stand (RFC 2046 5.1.1). One pass over the
// bytes notes every line that begins with `--`; each multipart then looks only
// at those within it. So the cost does not grow with the number of multiparts
// times the size of the message.

import { asBuffer, CR, DASH, isBlank, LF, NUL, SPACE, TAB } from "./bytes.ts";

/** Lines that begin with `--`, in order. */
export interface DashLines {
  readonly count: number;
  /** Offset of the line's first byte. */
  readonly starts: Int32Array;
  /** Offset of its first dash; later than the start where the line is indented. */
  readonly dashes: Int32Array;
}

export interface Delimiter {
  /** Offset of the delimiter line's first byte. */
  readonly start: number;
  /** Offset after its line end: the next part's first byte. */
  readonly next: number;
  readonly isClose: boolean;
}

export interface Delimiters {
  /** As the standard says: at the start of a line, nothing but blanks after it. */
  readonly strict: readonly Delimiter[];
  /** With those that only some readers see: indented, after a bare CR, text after the boundary. Null where there are none. */
  readonly loose: readonly Delimiter[] | null;
}

export function findDashLines(bytes: Uint8Array): DashLines {
  const buffer = asBuffer(bytes);
  let starts = new Int32Array(64);
  let dashes = new Int32Array(64);
  let count = 0;
  let lineFrom = 0;
  for (;;) {
    // A search by the runtime passes base64 and empty lines twenty times as
    // fast as a loop here; after a hit the rest of its line is of no interest.
    const dash = buffer.indexOf(DASH, lineFrom);
    if (dash < 0) break;
    let start = dash;
    while (start > lineFrom && isLineBlank(bytes[start - 1])) start -= 1;
    const before = start > lineFrom ? bytes[start - 1] : LF;
    if (bytes[dash + 1] === DASH && (before === LF || before === CR)) {
      if (count === starts.length) {
        starts = grow(starts);
        dashes = grow(dashes);
      }
      starts[count] = start;
      dashes[count] = dash;
      count += 1;
    }
    let at = dash + 1;
    let byte = bytes[at];
    while (byte !== LF && byte !== CR && byte !== undefined) byte = bytes[++at];
    lineFrom = at + 1;
    if (lineFrom >= bytes.length) break;
  }
  return { count, starts, dashes };
}

/** What may stand before an indented delimiter. */
function isLineBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === NUL;
}

/** Delimiters of `boundary` among the lines from `from` to `to`; at most `max`, and the last part then reaches to the end. */
export function findDelimiters(
  bytes: Uint8Array,
  lines: DashLines,
  boundary: Uint8Array,
  from: number,
  to: number,
  max: number,
): Delimiters {
  const strict: Delimiter[] = [];
  const loose: Delimiter[] = [];
  const first = firstLineFrom(lines, from);
  for (let i = first; i < lines.count; i++) {
    const start = lines.starts[i] ?? 0;
    if (start >= to) break;
    const dash = lines.dashes[i] ?? 0;
    let after = matchEnd(bytes, dash + 2, boundary, to);
    if (after < 0) continue;
    if (strict.length >= max || loose.length >= max) break;
    const isClose = bytes[after] === DASH && bytes[after + 1] === DASH;
    if (isClose) after += 2;
    while (after < to && isBlank(bytes[after] ?? 0)) after += 1;
    // CR CR LF: what text tools make of CRLF.
    let lineEnd = after;
    while (lineEnd < to && bytes[lineEnd] === CR) lineEnd += 1;
    const isLine =
      dash === start &&
      (start === 0 || bytes[start - 1] === LF) &&
      (lineEnd >= to || bytes[lineEnd] === LF);
    if (isLine) {
      const delimiter = { start, next: Math.min(lineEnd + 1, to), isClose };
      strict.push(delimiter);
      loose.push(delimiter);
    } else loose.push({ start, next: afterLine(bytes, after, to), isClose });
  }
  return { strict, loose: looseOnly(strict, loose) };
}

/** Offset where the content before a delimiter ends: RFC 2046 5.1.1: the line end before it belongs to it. */
export function contentEnd(
  bytes: Uint8Array,
  from: number,
  delimiterStart: number,
): number {
  let end = delimiterStart;
  if (end > from && bytes[end - 1] === LF) end -= 1;
  if (end > from && bytes[end - 1] === CR) end -= 1;
  return end;
}

/** Index of the first dash line that starts at `from` or later. */
export function firstLineFrom(lines: DashLines, from: number): number {
  let low = 0;
  let high = lines.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines.starts[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The boundary that the first dash line between `from` and `to` would stand for; null where there is none. */
export function guessBoundary(
  bytes: Uint8Array,
  lines: DashLines,
  from: number,
  to: number,
): Uint8Array | null {
  const first = firstLineFrom(lines, from);
  const start = lines.starts[first] ?? 0;
  if (first >= lines.count || start >= to) return null;
  const boundary = (lines.dashes[first] ?? 0) + 2;
  let end = boundary;
  while (end < to && end < boundary + 200 && (bytes[end] ?? 0) > SPACE)
    end += 1;
  return end > boundary ? bytes.subarray(boundary, end) : null;
}

function looseOnly(
  strict: readonly Delimiter[],
  loose: readonly Delimiter[],
): readonly Delimiter[] | null {
  return loose.length > strict.length ? loose : null;
}

/** Offset after `boundary` where it stands at `at`, else -1. */
function matchEnd(
  bytes: Uint8Array,
  at: number,
  boundary: Uint8Array,
  to: number,
): number {
  const end = at + boundary.length;
  if (end > to) return -1;
  for (let i = 0; i < boundary.length; i++)
    if (bytes[at + i] !== boundary[i]) return -1;
  return end;
}

function afterLine(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== LF && bytes[at] !== CR) at += 1;
  if (bytes[at] === CR && bytes[at + 1] === LF) at += 1;
  return Math.min(at + 1, to);
}

function grow(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
