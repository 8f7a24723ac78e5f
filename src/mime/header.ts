// The header of a message or part (RFC 5322 2.2, RFC 2046 5.1), found by byte
// offsets in one pass. The walker uses it for every part, others for the
// outermost header.
//
// Readers disagree about lines that are neither a field nor empty, about lines
// of white space and about bare CR. `fields` and `bodyStart` follow the most
// usual reading; every other plausible one stands in `others`. What a line is
// says header-lines.ts.

import type { LimitName, Limits } from "../limits.ts";
import type { HeaderField } from "../mail.ts";
import { asBuffer, CR, LF, SPACE, TAB } from "./bytes.ts";
import {
  fieldColon,
  HeaderLines,
  longestName,
  peek,
  resemblesMimeField,
  skipBlankLines,
  trimEnd,
  type HeaderLine,
} from "./header-lines.ts";
import { StrayLines } from "./header-stray-lines.ts";
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
  const remarks: MimeRemark[] = [...usual.remarks];
  const others = [...usual.others];
  let main: Scan = usual;
  if (begin > from && usual.fields.length > 0)
    remarks.push("mime-leading-blank-line");
  if (usual.hasBareCr) {
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
  if (main.fields.length === 0) {
    const late = skipBlankLines(buffer, from);
    // Fields after empty lines, of a message also with lines between that are none.
    if (
      late > begin &&
      (kind === "message" || /^Content-/i.test(peek(buffer, late)))
    )
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
  readonly remarks: readonly MimeRemark[];
  readonly limits: readonly LimitName[];
  readonly hasBareCr: boolean;
}

/** A line where some readers end the header: what the body begins with, and how many fields stand before. */
interface Cut {
  readonly at: number;
  readonly fields: number;
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
  const remarks: MimeRemark[] = [];
  const lines = new HeaderLines(buffer, from, crEndsLine);
  const strays = new StrayLines();
  // The field being read, and where its text ends.
  let open: HeaderLine | null = null;
  let textEnd = -1;
  let garbage: Cut | null = null;
  let blankLine: Cut | null = null;
  // The end for most readers, at a line that is not quite empty.
  let early: (Cut & { garbage: Cut | null; because: MimeRemark }) | null = null;
  let ended = false;
  let at = from;

  const flush = (end: number) => {
    if (open === null) return;
    const { start, colon } = open;
    if (reached.length === 0) {
      if (fields.length >= limits.headerFields) reached.push("headerFields");
      else if (end - from > limits.headerBytes) reached.push("headerBytes");
    }
    if (reached.length === 0 || fields.length === 0)
      fields.push({
        name: buffer.toString(
          "latin1",
          start,
          Math.min(trimEnd(buffer, start, colon), start + longestName),
        ),
        value: buffer.toString(
          "latin1",
          colon + 1,
          Math.min(textEnd, colon + 1 + limits.headerBytes),
        ),
        start,
        end,
      });
    open = null;
  };
  const cutAt = (offset: number): Cut => ({
    at: offset,
    fields: fields.length + (open === null ? 0 : 1),
  });

  while (!ended) {
    const line = lines.next();
    if (line === null) break;
    at = line.next;
    switch (line.kind) {
      case "end":
        flush(line.start);
        ended = true;
        break;
      case "odd-end":
        flush(line.start);
        early ??= { ...cutAt(at), garbage, because: "mime-bare-cr" };
        break;
      case "blank":
        textEnd = line.end;
        switch (followedBy(buffer, at)) {
          case "end":
            // Right before the empty line it changes nothing.
            break;
          case "header":
            // RFC 5322 4.2: an obsolete continuation. Many readers end the header here.
            blankLine ??= cutAt(at);
            break;
          case "text":
            flush(at);
            early ??= {
              ...cutAt(at),
              garbage,
              because: "mime-header-blank-line",
            };
        }
        break;
      case "folded":
        if (open === null) {
          garbage ??= cutAt(line.start);
          strays.add(fields.length - 1, line);
        }
        textEnd = line.end;
        break;
      case "field":
        flush(line.start);
        open = line;
        textEnd = line.end;
        break;
      case "mbox":
        flush(line.start);
        break;
      case "other":
        flush(line.start);
        garbage ??= cutAt(line.start);
        strays.add(fields.length - 1, line);
        if (early === null && resemblesMimeField(buffer, line.start))
          remarks.push("mime-field-name-odd");
        break;
      default:
        line.kind satisfies never;
    }
  }
  flush(at);

  const whole: HeaderReading = { fields, bodyStart: at };
  const upTo = (cut: Cut): HeaderReading => ({
    fields: fields.slice(0, cut.fields),
    bodyStart: cut.at,
  });
  let result = whole;
  if (early !== null) {
    result = upTo(early);
    if (ended && fields.length > early.fields)
      others.push({ ...whole, because: early.because });
    garbage = early.garbage;
  }
  if (garbage !== null) {
    const isEnded = ended || early !== null;
    if (isEnded && result.fields.length > garbage.fields)
      others.push({ ...upTo(garbage), because: "mime-header-garbage" });
    else {
      // No field follows: it is text, and the empty line was forgotten.
      if (isEnded && garbage.fields > 0)
        others.push({ ...result, because: "mime-header-garbage" });
      result = upTo(garbage);
    }
  }
  if (blankLine !== null && blankLine.fields <= result.fields.length)
    others.push({ ...upTo(blankLine), because: "mime-header-blank-line" });
  if (ended) {
    for (const read of strays.readings(buffer, fields, limits.headerBytes))
      others.push({
        fields: read,
        bodyStart: at,
        because: "mime-header-garbage",
      });
    if (strays.isFull) remarks.push("mime-header-garbage");
  }
  return {
    ...result,
    others,
    remarks,
    limits: reached,
    hasBareCr: lines.hasBareCr,
  };
}

/** What stands after a line of white space. */
function followedBy(buffer: Buffer, at: number): "end" | "header" | "text" {
  const first = buffer[at] ?? LF;
  if (first === CR || first === LF) return "end";
  return first === SPACE || first === TAB || fieldColon(buffer, at) >= 0
    ? "header"
    : "text";
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
