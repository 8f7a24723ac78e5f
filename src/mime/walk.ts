// Takes a message apart by byte offsets, in the union of readings: where mail
// readers would see different parts, every plausible reading is followed, and
// what only an unusual one shows is reported with a remark. extractors/mime.ts
// calls it. RFC 2045 and 2046.
//
// No recursion. Embedded messages are leaves: the expander opens them in turn.
// The names of all remarks stand in remarks.ts.

import type { Budget } from "../budget.ts";
import { limitFindingName } from "../limits.ts";
import { Agenda, type Task } from "./agenda.ts";
import { asBuffer, isBlankText, SPACE, TAB } from "./bytes.ts";
import { hidesAscii } from "./charset.ts";
import { findDashLines } from "./delimiters.ts";
import {
  parseHeader,
  type HeaderReading,
  type OtherReading,
} from "./header.ts";
import { readLeaf, type LeafInput } from "./leaf.ts";
import { openMultipart } from "./multipart.ts";
import { readPartHeader, type PartHeader } from "./part-header.ts";
import type { MimeRemark } from "./remarks.ts";
import type { WalkItem } from "./walk-item.ts";

/** Takes `bytes` apart. Throws LimitReached where the budget for decoded bytes ends. */
export function* walkMessage(
  bytes: Uint8Array,
  budget: Budget,
): Generator<WalkItem> {
  const agenda = new Agenda(budget, bytes.length);
  agenda.push({
    source: { id: agenda.newSourceId(), bytes, lines: findDashLines(bytes) },
    from: 0,
    to: bytes.length,
    section: "",
    suffix: "",
    depth: 0,
    around: [],
    defaultType: "text/plain",
    because: null,
  });
  yield* walkTasks(agenda);
  for (;;) {
    const reading = agenda.nextReading();
    if (reading === undefined) break;
    yield* reading();
    yield* walkTasks(agenda);
  }
  if (agenda.isIncomplete) yield limit("", "mime-readings");
}

function* walkTasks(agenda: Agenda): Generator<WalkItem> {
  for (;;) {
    const task = agenda.nextTask();
    if (task === undefined) break;
    if (agenda.isNewPart(task)) yield* walkPart(agenda, task);
  }
}

function* walkPart(agenda: Agenda, task: Task): Generator<WalkItem> {
  const { source, from, to, section } = task;
  const kind = section === "" ? "message" : "part";
  const header = parseHeader(
    source.bytes,
    agenda.budget.limits,
    from,
    to,
    kind,
  );
  agenda.spend(header.bodyStart - from + 64);
  for (const name of header.limits)
    yield limit(section, limitFindingName(name));
  yield* noteAbout(agenda, task, header.remarks, false);
  yield* walkBody(agenda, task, header);
  for (const other of header.others)
    if (
      !isPlainText(task, readPartHeader(other.fields)) ||
      opensAsText(source.bytes, other.bodyStart, to)
    )
      agenda.later(() =>
        walkBody(agenda, agenda.otherReading(task, other.because), other),
      );
    else if (
      other.fields.length < header.fields.length &&
      !(kind === "message" && isInsideField(source.bytes, other)) &&
      !isBareText(task, readPartHeader(header.fields))
    )
      // Plain text shows nothing new; but who ends the header there, as ClamAV
      // does, never sees what others decode or open.
      yield* noteAbout(agenda, task, [other.because], false);
}

/** A part whose header was read, in one reading. */
function* walkBody(
  agenda: Agenda,
  task: Task,
  { fields, bodyStart: from }: HeaderReading,
): Generator<WalkItem> {
  const { source, section } = task;
  const header = readPartHeader(fields);
  if (source.id === 0)
    yield {
      kind: "aside",
      what: "header",
      range: { from: task.from, to: from },
    };
  const multipart = header.types.find(isMultipart);
  let isSplit = false;
  if (multipart !== undefined && task.depth >= agenda.budget.limits.depth)
    yield limit(section, "depth");
  else if (multipart !== undefined)
    isSplit = yield* openMultipart(agenda, task, header, from, multipart);
  const types = typesOf(task, header);
  const leaf: LeafInput = {
    header,
    types: isSplit ? types.filter((type) => !isMultipart(type)) : types,
    section: (section === "" ? "1" : section) + task.suffix,
    content: source.bytes.subarray(from, task.to),
    range: source.id === 0 ? { from, to: task.to } : null,
  };
  if (!isSplit) yield* walkLeaf(agenda, task, leaf, from);
  yield* noteAbout(agenda, task, header.remarks, !isSplit);
  if (!isSplit) return;
  if (leaf.types.length > 0)
    // A multipart for some readers, and one body for others.
    agenda.later(() => {
      const other = agenda.otherReading(task, "mime-two-types");
      const place = leaf.section + other.suffix.slice(task.suffix.length);
      return walkLeaf(agenda, other, { ...leaf, section: place }, from);
    });
}

function* walkLeaf(
  agenda: Agenda,
  task: Task,
  leaf: LeafInput,
  from: number,
): Generator<WalkItem> {
  const encodings = agenda.newEncodings(
    task,
    from,
    leaf.header.encodings,
    openedAs(leaf),
  );
  if (encodings.length === 0) return;
  if (task.because !== null) {
    agenda.spend(leaf.content.length + 64);
    if (isBlankText(leaf.content)) {
      if (leaf.range !== null)
        yield { kind: "aside", what: "blank", range: leaf.range };
      return;
    }
  }
  for (const item of readLeaf(leaf, encodings, agenda.budget))
    if (item.kind === "remark") yield* agenda.note(item.name, item.aboutLast);
    else yield item;
  if (task.because !== null) yield* agenda.note(task.because, true);
}

/** What a type or a charset does with the bytes, beyond their transfer encoding: what opens as nothing else is read once. */
function openedAs({ types, header: { charset } }: LeafInput): string {
  const isMessage = types.some((type) => type.startsWith("message/"));
  const hidden = charset !== null && hidesAscii(charset) ? charset : "";
  return `${isMessage ? "message" : ""} ${hidden}`;
}

/** In an unusual reading only what it shows is worth a remark, not how it is written. */
function* noteAbout(
  agenda: Agenda,
  task: Task,
  remarks: readonly MimeRemark[],
  aboutLast: boolean,
): Generator<WalkItem> {
  if (task.because !== null) return;
  for (const name of remarks) yield* agenda.note(name, aboutLast);
}

/** Empty where none is declared and the part is text. */
function typesOf(
  { defaultType }: Task,
  { types }: PartHeader,
): readonly string[] {
  return types.length > 0 || defaultType === "text/plain"
    ? types
    : [defaultType];
}

/** What a reader shows as it is: a header that ends early matters only if the body is then decoded or opened. */
function isPlainText(task: Task, header: PartHeader): boolean {
  return (
    typesOf(task, header).every((type) => type.startsWith("text/")) &&
    header.encodings.every((encoding) => encoding === "identity")
  );
}

/** The same bytes for who reads the header to its end and for who does not. */
function isBareText(task: Task, header: PartHeader): boolean {
  return (
    typesOf(task, header).every((type) => type === "text/plain") &&
    header.encodings.every((encoding) => encoding === "identity") &&
    !header.isUnknownEncoding
  );
}

/**
 * The line of white space has continuation lines on both sides. SpamAssassin's
 * reports are written so, and stand above Content-Type in one ham in a hundred.
 */
function isInsideField(bytes: Uint8Array, other: OtherReading): boolean {
  const next = bytes[other.bodyStart];
  return (
    other.because === "mime-header-blank-line" &&
    (next === SPACE || next === TAB)
  );
}

/** Text that readers open without MIME. Enough of it is looked at to see how it begins. */
function opensAsText(bytes: Uint8Array, from: number, to: number): boolean {
  const head = asBuffer(bytes).toString(
    "latin1",
    from,
    Math.min(to, from + 65_536),
  );
  return /^(begin(-base64)? [0-7]{3} |=ybegin |\(this file must be conv)/im.test(
    head,
  );
}

function isMultipart(type: string): boolean {
  return type.startsWith("multipart/");
}

function limit(section: string, name: string): WalkItem {
  return { kind: "limit", section, name };
}
