// The lines of a header, one after another, each with what it can be: the
// bytes' side of header.ts, which makes readings of them. RFC 5322 2.2 and 4.5.
//
// Where lines end, and what can be a field's name, is decided here and nowhere
// else. Each byte is looked at a bounded number of times, however long a line.

import { COLON, CR, isBlank, LF, NUL, SPACE, TAB } from "./bytes.ts";

/** No field that anybody knows has a longer name, but blanks or a comment may follow it. */
export const longestName = 1000;

export type HeaderLineKind =
  /** Empty: the header ends for everybody. */
  | "end"
  /** CR CR LF or more: empty for us, a line with a CR in it for some. */
  | "odd-end"
  /** Begins with a blank and holds nothing else. */
  | "blank"
  /** RFC 5322 2.2.3: continues the line before. */
  | "folded"
  | "field"
  /** `From ` and `>From ` lines of mbox files stand in headers without harm. */
  | "mbox"
  /** No line that a header can have. */
  | "other";

export interface HeaderLine {
  readonly kind: HeaderLineKind;
  readonly start: number;
  /** After its content. */
  readonly end: number;
  /** After its line end. */
  readonly next: number;
  /** Of a field; else -1. */
  readonly colon: number;
}

export class HeaderLines {
  readonly #buffer: Buffer;
  readonly #crEndsLine: boolean;
  #at: number;
  // Each is looked for once and kept until passed: a search for every line
  // would cost a pass over the rest of the message where there is none.
  #nextLf = -1;
  #nextCr = -1;
  #hasBareCr = false;

  /** `crEndsLine`: a bare CR ends a line too. */
  constructor(buffer: Buffer, from: number, crEndsLine: boolean) {
    this.#buffer = buffer;
    this.#at = from;
    this.#crEndsLine = crEndsLine;
  }

  /** A CR that is not part of a line end was met. */
  get hasBareCr(): boolean {
    return this.#hasBareCr;
  }

  /** Null where the bytes end. */
  next(): HeaderLine | null {
    const buffer = this.#buffer;
    const start = this.#at;
    if (start >= buffer.length) return null;
    if (this.#nextLf < start) this.#nextLf = indexOrEnd(buffer, LF, start);
    if (this.#nextCr < start) this.#nextCr = indexOrEnd(buffer, CR, start);
    let end = this.#nextLf;
    let next = Math.min(end + 1, buffer.length);
    if (this.#nextCr < end) {
      // CR CR LF is what text tools make of CRLF; it is one line end.
      end = trimCr(buffer, start, end);
      if (this.#nextCr < end) {
        this.#hasBareCr = true;
        if (this.#crEndsLine) {
          end = this.#nextCr;
          next = end + 1;
        }
      }
    }
    this.#at = next;
    const colon = fieldColon(buffer, start);
    const kind = kindOf(buffer, start, end, next, colon);
    return { kind, start, end, next, colon: kind === "field" ? colon : -1 };
  }
}

function kindOf(
  buffer: Buffer,
  start: number,
  end: number,
  next: number,
  colon: number,
): HeaderLineKind {
  if (end === start) return next - start > 2 ? "odd-end" : "end";
  const first = buffer[start];
  if (first === SPACE || first === TAB)
    return isBlankLine(buffer, start, end) ? "blank" : "folded";
  if (colon >= 0 && colon < end) return "field";
  return /^>?From /.test(peek(buffer, start)) ? "mbox" : "other";
}

/** Offset of the colon that ends the field name at `at`, or -1 where no field starts there. */
export function fieldColon(buffer: Buffer, at: number): number {
  const first = buffer[at];
  if (first === SPACE || first === TAB) return -1;
  // RFC 5322 2.2 and 4.5: printable ASCII, and blanks before the colon. We
  // bear with NUL, controls and 8-bit in the name, and with a comment after it.
  let nameBytes = 0;
  let blanks = false;
  let depth = 0;
  for (let i = at; i < buffer.length; i++) {
    const byte = buffer[i] ?? 0;
    if (byte === SPACE && depth === 0) blanks = true;
    else if (byte === LF || byte === CR) return -1;
    else if (depth > 0) {
      if (byte === 0x28) depth += 1;
      else if (byte === 0x29) depth -= 1;
    } else if (byte === COLON) return i > at ? i : -1;
    else if (byte === 0x28 && i > at) depth = 1;
    else if (byte !== NUL && isBlank(byte)) blanks = true;
    else if (blanks || ++nameBytes > longestName) return -1;
  }
  return -1;
}

/** A line that is no field, and looks like one of MIME's to who trims lines or reads names loosely. */
export function resemblesMimeField(buffer: Buffer, at: number): boolean {
  while (isBlankOrOdd(buffer[at] ?? LF)) at += 1;
  const head = buffer.toString("latin1", at, at + 32);
  return /^Content-(Type|Transfer-Encoding|Disposition)(?![\w-])/i.test(head);
}

/** Offset of the first line that is neither empty nor blank. */
export function skipBlankLines(buffer: Buffer, from: number): number {
  let start = from;
  for (let at = from; at < buffer.length; at++) {
    const byte = buffer[at] ?? 0;
    if (byte === LF || byte === CR) start = at + 1;
    else if (byte !== SPACE && byte !== TAB) break;
  }
  return start;
}

/** Enough of a line to tell its first words. */
export function peek(buffer: Buffer, at: number): string {
  return buffer.toString("latin1", at, at + 16);
}

/** End of the text from `from` without the blanks before `to`. */
export function trimEnd(buffer: Buffer, from: number, to: number): number {
  while (to > from && isBlank(buffer[to - 1] ?? 0)) to -= 1;
  return to;
}

function indexOrEnd(buffer: Buffer, byte: number, from: number): number {
  const found = buffer.indexOf(byte, from);
  return found < 0 ? buffer.length : found;
}

function isBlankLine(buffer: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++)
    if (!isBlank(buffer[at] ?? 0) && buffer[at] !== CR) return false;
  return true;
}

/** Blanks, controls, no-break spaces and the bytes of a byte order mark. */
function isBlankOrOdd(byte: number): boolean {
  return (byte <= SPACE && byte !== LF && byte !== CR) || byte >= 0x7f;
}

function trimCr(buffer: Buffer, from: number, to: number): number {
  while (to > from && buffer[to - 1] === CR) to -= 1;
  return to;
}
