// A multipart's body (RFC 2046 5.1) into tasks for its parts: every boundary
// declared, strict and loose delimiters, what stands before, after and across
// them. walk.ts calls it.

import type { Agenda, Task } from "./agenda.ts";
import { base64DecodedBytes, decodeBase64 } from "./base64.ts";
import { asBuffer, latin1Bytes } from "./bytes.ts";
import {
  contentEnd,
  findDashLines,
  findDelimiters,
  firstLineFrom,
  guessBoundary,
  type Delimiter,
  type Delimiters,
} from "./delimiters.ts";
import type { PartHeader } from "./part-header.ts";
import { decodeQuotedPrintable } from "./quoted-printable.ts";
import type { MimeRemark } from "./remarks.ts";
import type { WalkItem } from "./walk-item.ts";

/** One boundary of one multipart. */
interface Boundary {
  readonly value: string;
  readonly because: MimeRemark | null;
  readonly bytes: Uint8Array;
  readonly isStrict: boolean;
}

/** A longer preamble or epilogue is reported as a text part of its own. */
const longTextBytes = 4096;

/**
 * Queues the parts of the multipart `task`, whose body starts at `from`; the
 * generator's result is true where a boundary has delimiters.
 */
export function* openMultipart(
  agenda: Agenda,
  task: Task,
  header: PartHeader,
  from: number,
  type: string,
): Generator<WalkItem, boolean> {
  const { source } = task;
  let isSplit = false;
  const split = (
    whole: Task,
    delimiters: readonly Delimiter[],
    boundary: string,
  ) => {
    const inner: Task = {
      ...whole,
      depth: task.depth + 1,
      around: [...task.around, boundary],
      // RFC 2046 5.1.5.
      defaultType:
        type === "multipart/digest" ? "message/rfc822" : "text/plain",
    };
    return splitParts(agenda, inner, from, delimiters);
  };
  for (const boundary of boundariesOf(task, header, from)) {
    const { value, because } = boundary;
    const found = delimitersOf(agenda, task, boundary, from, task.to);
    const { strict } = found;
    const loose = boundary.isStrict ? null : found.loose;
    const usual = strict.length > 0 ? strict : loose;
    if (usual === null) continue;
    const odd = strict.length > 0 ? because : "mime-delimiter-odd";
    if (isSplit)
      agenda.later(() => split(agenda.otherReading(task, odd), usual, value));
    else yield* split({ ...task, because: task.because ?? odd }, usual, value);
    isSplit = true;
    if (loose !== null && loose !== usual)
      agenda.later(() =>
        split(agenda.otherReading(task, "mime-delimiter-odd"), loose, value),
      );
    if (
      task.to < source.bytes.length &&
      !usual.some((delimiter) => delimiter.isClose) &&
      !task.around.includes(value)
    )
      agenda.later(() => {
        // An outer delimiter ended this multipart, but readers that look for
        // the inner boundary alone go on after it.
        const to = source.bytes.length;
        const all = delimitersOf(agenda, task, boundary, from, to).strict;
        if (!all.some((delimiter) => delimiter.start >= task.to)) return [];
        const whole = agenda.otherReading(task, "mime-boundaries-crossed");
        return split({ ...whole, to }, all, value);
      });
  }
  if (!isSplit && header.boundaries.length > 0) {
    // No boundary that we read is there, and one that we do not may be.
    const guess = guessBoundary(source.bytes, source.lines, from, task.to);
    if (guess !== null && opensAsPart(source.bytes, from, task.to)) {
      const boundary = {
        value: "",
        because: "mime-boundary-syntax",
        bytes: guess,
        isStrict: true,
      } as const;
      const { strict } = delimitersOf(agenda, task, boundary, from, task.to);
      if (strict.length > 0)
        agenda.later(() =>
          split(agenda.otherReading(task, boundary.because), strict, ""),
        );
    }
  }
  for (const encoding of header.encodings)
    // Raw parts of a quoted-printable multipart are what everybody sees.
    if (encoding === "base64" || (encoding !== "identity" && !isSplit))
      agenda.later(() => openEncoded(agenda, task, header, from, encoding));
  return isSplit;
}

function boundariesOf(
  { source, to }: Task,
  header: PartHeader,
  from: number,
): Boundary[] {
  if (header.boundaries.length > 0)
    return header.boundaries.map((reading) => ({
      ...reading,
      bytes: /[^\0-\xFF]/.test(reading.value)
        ? Buffer.from(reading.value)
        : latin1Bytes(reading.value),
    }));
  // None declared: some readers take the first line that could be a delimiter.
  const guess = guessBoundary(source.bytes, source.lines, from, to);
  return guess === null
    ? []
    : [{ value: "", because: null, bytes: guess, isStrict: false }];
}

function delimitersOf(
  agenda: Agenda,
  { source }: Task,
  boundary: Boundary,
  from: number,
  to: number,
): Delimiters {
  const { bytes, lines } = source;
  const count = firstLineFrom(lines, to) - firstLineFrom(lines, from);
  agenda.spend(16 * count + 64);
  const max = agenda.budget.limits.parts + 1;
  return findDelimiters(bytes, lines, boundary.bytes, from, to, max);
}

/** RFC 2045 6.4 forbids it, and some readers decode it all the same: a multipart encoded as a whole. */
function* openEncoded(
  agenda: Agenda,
  task: Task,
  header: PartHeader,
  from: number,
  encoding: "base64" | "quoted-printable",
): Generator<WalkItem> {
  const raw = task.source.bytes.subarray(from, task.to);
  agenda.spend(raw.length);
  agenda.budget.chargeBytes(
    encoding === "base64" ? base64DecodedBytes(raw.length) : raw.length,
  );
  const bytes =
    encoding === "base64"
      ? decodeBase64(raw).bytes
      : decodeQuotedPrintable(raw);
  const lines = findDashLines(bytes);
  if (bytes === raw || lines.count === 0) return;
  const decoded: Task = {
    ...agenda.otherReading(task, "mime-encoded-multipart"),
    source: { id: agenda.newSourceId(), bytes, lines },
    from: 0,
    to: bytes.length,
  };
  const plain: PartHeader = { ...header, encodings: ["identity"] };
  yield* openMultipart(agenda, decoded, plain, 0, header.types[0] ?? "");
}

/** Queues the parts between delimiters. `task` is the multipart, `from` the start of its body. */
function* splitParts(
  agenda: Agenda,
  task: Task,
  from: number,
  delimiters: readonly Delimiter[],
): Generator<WalkItem> {
  const { source } = task;
  const prefix = task.section === "" ? "" : `${task.section}.`;
  const section = (part: number) => `${prefix}${part}${task.suffix}`;
  const parts: Task[] = [];
  const endOf = (start: number, next: number | undefined) =>
    next === undefined ? task.to : contentEnd(source.bytes, start, next);
  const preambleEnd = endOf(from, delimiters[0]?.start);
  yield* readOutside(agenda, task, from, preambleEnd, "preamble", section(0));
  let closed = 0;
  let lastEnd = preambleEnd;
  for (const [i, { next, isClose }] of delimiters.entries()) {
    const end = Math.max(next, endOf(next, delimiters[i + 1]?.start));
    if (source.id === 0)
      yield {
        kind: "aside",
        what: "delimiter",
        range: { from: lastEnd, to: next },
      };
    lastEnd = end;
    const place = section(parts.length + 1);
    if (isClose) {
      closed += 1;
      const again = closed > 1 ? `${place}~${closed}` : place;
      yield* readOutside(agenda, task, next, end, "epilogue", again);
    } else
      parts.push({
        ...task,
        from: next,
        to: end,
        section: place,
        suffix: "",
        because: task.because ?? (closed > 0 ? "mime-part-after-close" : null),
      });
  }
  for (const part of parts.reverse()) agenda.push(part);
}

/** Preamble or epilogue: nobody shows it, unless it can be opened. */
function* readOutside(
  agenda: Agenda,
  task: Task,
  from: number,
  to: number,
  what: "preamble" | "epilogue",
  section: string,
): Generator<WalkItem> {
  if (to <= from) return;
  const { source } = task;
  if (source.id === 0) yield { kind: "aside", what, range: { from, to } };
  const canOpen = opensAsPart(source.bytes, from, to);
  if (!canOpen && to - from < longTextBytes) return;
  agenda.later(() => {
    agenda.push({
      ...task,
      from,
      to,
      section: `${section}~${what}`,
      suffix: "",
      because: task.because ?? (canOpen ? `mime-part-in-${what}` : null),
    });
    return [];
  });
}

/** It begins like a part, or with an encoding that stands in text. */
function opensAsPart(bytes: Uint8Array, from: number, to: number): boolean {
  const head = asBuffer(bytes).toString(
    "latin1",
    from,
    Math.min(to, from + longTextBytes),
  );
  return /^(content-(type|transfer-encoding)\s{0,9}[:(]|begin(-base64)? [0-7]{3} |=ybegin |\(this file must be conv)/im.test(
    head,
  );
}
