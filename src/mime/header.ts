// The header of a message or part (RFC 5322 2.2, RFC 2046 5.1), found by byte
// offsets in one pass. The walker uses it for every part, others for the
// outermost header.
//
// Readers disagree about lines that are neither a field nor empty, about lines
// of white space and about bare CR. `fields` and `bodyStart` follow the most
// usual reading; every other plausible one stands in `others`.

import type { LimitName, Limits } from "../limits.ts";
import type { HeaderField } from "../mail.ts";
import { asBuffer, COLON, CR, isBlank, LF, SPACE, TAB } from "./bytes.ts";
import type { MimeRemark } from "./remarks.ts";

/** One way to read a header. */
export interface HeaderReading {
  readonly fields: readonly HeaderField[];
  /** Offset of the first byte of the body. */
  readonly bodyStart: number;
}

/** What other readers would read, with the remark that it is worth if it shows other content. */
export interface OtherReading extends HeaderReading {
  readonly because: MimeRemark;
}

export interface ParsedHeader extends HeaderReading {
  readonly others: readonly OtherReading[];
  readonly remarks: readonly MimeRemark[];
  /** Limits reached: fields after that were not looked at. */
  readonly limits: readonly LimitName[];
}

/**
 * Reads the header at `from`. For a part, an empty first line means that it
 * has no header; before a message's header, empty lines are skipped.
 */
export function parseHeader(
  bytes: Uint8Array,
  limits: Limits,
  from = 0,
  to = bytes.length,
  kind: "message" | "part" = "message",
): ParsedHeader {
  const buffer = asBuffer(bytes).subarray(0, to);
  const begin = skipLead(buffer, from, kind);
  const usual = scan(buffer, begin, limits, false);
  const remarks: MimeRemark[] = [];
  const others = [...usual.others];
  let main: Scan = usual;
  if (begin > from && usual.fields.length > 0)
    remarks.push("mime-leading-blank-line");
  if (usual.bareCr) {
    const other = scan(buffer, begin, limits, true);
    remarks.push("mime-bare-cr");
    // A message written with CR alone is one long line, or one long field.
    if (
      buffer.indexOf(LF, begin) < 0 ||
      (usual.fields.length <= 1 && other.fields.length > 1)
    )
      main = other;
    const second = main === usual ? other : usual;
    others.push({ ...second, because: "mime-bare-cr" });
  }
  if (kind === "part" && main.fields.length === 0) {
    const late = skipBlankLines(buffer, from);
    if (late > from && /^Content-/i.test(peek(buffer, late)))
      others.push({
        ...scan(buffer, late, limits, false),
        because: "mime-leading-blank-line",
      });
  }
  return {
    fields: main.fields,
    bodyStart: main.bodyStart,
    others,
    remarks,
    limits: main.limits,
  };
}

interface Scan extends HeaderReading {
  readonly others: readonly OtherReading[];
  readonly limits: readonly LimitName[];
  /** A CR that is not part of a line end stands in the header. */
  readonly bareCr: boolean;
}

/** `crEndsLine`: a bare CR ends a line too. */
function scan(
  buffer: Buffer,
  from: number,
  limits: Limits,
  crEndsLine: boolean,
): Scan {
  const fields: HeaderField[] = [];
  const reached: LimitName[] = [];
  const others: OtherReading[] = [];
  const to = buffer.length;
  let bareCr = false;
  // Each is looked for once and kept until passed: a search for every line
  // would cost a pass over the rest of the message where there is none.
  let nextLf = -1;
  let nextCr = -1;
  // The field being read: where it starts, its colon, and where its text ends.
  let start = -1;
  let colon = -1;
  let textEnd = -1;
  let garbage: { at: number; fields: number } | null = null;
  let blankLine: { after: number; fields: number } | null = null;
  let ended = false;
  let at = from;

  const flush = (end: number) => {
    if (start < 0) return;
    if (reached.length === 0) {
      if (fields.length >= limits.headerFields) reached.push("headerFields");
      else if (end - from > limits.headerBytes) reached.push("headerBytes");
    }
    if (reached.length === 0 || fields.length === 0)
      fields.push({
        name: buffer.toString("latin1", start, trimEnd(buffer, start, colon)),
        value: buffer.toString(
          "latin1",
          colon + 1,
          Math.min(textEnd, colon + 1 + limits.headerBytes),
        ),
        start,
        end,
      });
    start = -1;
  };

  while (at < to) {
    if (nextLf < at) nextLf = indexOrEnd(buffer, LF, at);
    if (nextCr < at) nextCr = indexOrEnd(buffer, CR, at);
    let lineEnd = nextLf;
    let next = Math.min(nextLf + 1, to);
    if (nextCr < lineEnd) {
      // CR CR LF is what text tools make of CRLF; it is one line end.
      const content = trimCr(buffer, at, lineEnd);
      if (nextCr < content) {
        bareCr = true;
        if (crEndsLine) {
          lineEnd = nextCr;
          next = nextCr + 1;
        } else lineEnd = content;
      } else lineEnd = content;
    }
    if (lineEnd === at) {
      flush(at);
      at = next;
      ended = true;
      break;
    }
    const first = buffer[at] ?? 0;
    if (first === SPACE || first === TAB) {
      if (isBlankLine(buffer, at, lineEnd)) {
        const after = buffer[next] ?? LF;
        if (after === CR || after === LF || next >= to) {
          // Right before the empty line it changes nothing.
        } else if (
          after === SPACE ||
          after === TAB ||
          fieldColon(buffer, next) >= 0
        ) {
          // RFC 5322 4.2: an obsolete continuation. Many readers end the header here.
          blankLine ??= {
            after: next,
            fields: fields.length + (start < 0 ? 0 : 1),
          };
        } else {
          flush(next);
          at = next;
          ended = true;
          break;
        }
      } else if (start < 0) garbage ??= { at, fields: fields.length };
      textEnd = lineEnd;
      at = next;
      continue;
    }
    flush(at);
    colon = fieldColon(buffer, at);
    if (colon >= 0 && colon < lineEnd) {
      start = at;
      textEnd = lineEnd;
    } else if (!isMboxLine(buffer, at))
      garbage ??= { at, fields: fields.length };
    at = next;
  }
  flush(at);
  let result: HeaderReading = { fields, bodyStart: at };
  if (garbage !== null) {
    const cut = {
      fields: fields.slice(0, garbage.fields),
      bodyStart: garbage.at,
    };
    if (ended && fields.length > garbage.fields)
      others.push({ ...cut, because: "mime-header-garbage" });
    else {
      // No field follows: it is text, and the empty line was forgotten.
      if (ended && garbage.fields > 0)
        others.push({ ...result, because: "mime-header-garbage" });
      result = cut;
    }
  }
  if (blankLine !== null && blankLine.fields <= result.fields.length)
    others.push({
      fields: fields.slice(0, blankLine.fields),
      bodyStart: blankLine.after,
      because: "mime-header-blank-line",
    });
  return { ...result, others, limits: reached, bareCr };
}

/** Offset of the colon that ends the field name at `at`, or -1 where no field starts there. */
function fieldColon(buffer: Buffer, at: number): number {
  // RFC 5322 2.2 and 4.5: printable ASCII, and blanks before the colon. We
  // bear with NUL, controls and 8-bit in the name, and with a comment after it.
  const end = Math.min(buffer.length, at + 1000);
  let blanks = false;
  let depth = 0;
  for (let i = at; i < end; i++) {
    const byte = buffer[i] ?? 0;
    if (byte === LF || byte === CR) return -1;
    if (depth > 0) {
      if (byte === 0x28) depth += 1;
      else if (byte === 0x29) depth -= 1;
    } else if (byte === COLON) return i > at ? i : -1;
    else if (byte === 0x28 && i > at) depth = 1;
    else if (byte !== 0 && isBlank(byte)) blanks = true;
    else if (blanks) return -1;
  }
  return -1;
}

/** `From ` and `>From ` lines of mbox files stand in headers without harm. */
function isMboxLine(buffer: Buffer, at: number): boolean {
  return /^>?From /.test(peek(buffer, at));
}

/** Offset of the first header line: after a byte order mark, an mbox line, and empty lines that fields follow. */
function skipLead(
  buffer: Buffer,
  from: number,
  kind: "message" | "part",
): number {
  let at = from;
  if (buffer[at] === 0xef && buffer[at + 1] === 0xbb && buffer[at + 2] === 0xbf)
    at += 3;
  if (kind === "part") return at;
  const late = skipBlankLines(buffer, at);
  if (late === at || fieldColon(buffer, late) >= 0) return late;
  return at;
}

function indexOrEnd(buffer: Buffer, byte: number, from: number): number {
  const found = buffer.indexOf(byte, from);
  return found < 0 ? buffer.length : found;
}

function skipBlankLines(buffer: Buffer, from: number): number {
  let start = from;
  for (let at = from; at < buffer.length; at++) {
    const byte = buffer[at] ?? 0;
    if (byte === LF || byte === CR) start = at + 1;
    else if (byte !== SPACE && byte !== TAB) break;
  }
  return start;
}

function peek(buffer: Buffer, at: number): string {
  return buffer.toString("latin1", at, Math.min(buffer.length, at + 16));
}

function isBlankLine(buffer: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++)
    if (!isBlank(buffer[at] ?? 0) && buffer[at] !== CR) return false;
  return true;
}

function trimCr(buffer: Buffer, from: number, to: number): number {
  while (to > from && buffer[to - 1] === CR) to -= 1;
  return to;
}

function trimEnd(buffer: Buffer, from: number, to: number): number {
  while (to > from && isBlank(buffer[to - 1] ?? 0)) to -= 1;
  return to;
}
