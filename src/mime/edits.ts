// Puts our fields on top and prefixes the names of fields that must not be
// believed; and takes both back. Bytes only: the message is never parsed
// further than where fields begin, and nothing is ever removed.
//
// A field begins at the start of the message, after LF, and after a bare CR
// (there are readers that end a line there). The header ends at the first line
// that is empty or holds a CR alone, so what some reader takes for the body is
// not touched. Inserting a prefix moves neither, which is why undoEdits finds
// the same places.

import { renamePrefix, type Edits } from "../decision.ts";

const LF = 0x0a;
const CR = 0x0d;

/**
 * Ascending offsets of all field names that `isOwn` says are ours or already
 * prefixed. `value` is what stands behind the name and the colon, up to where
 * some reader ends the field: folding included, one character a byte.
 */
export function findOwnFields(
  bytes: Uint8Array,
  isOwn: (name: string, value: () => string) => boolean,
): number[] {
  const found: number[] = [];
  for (const start of fieldStarts(bytes)) {
    const name = fieldName(bytes, start);
    if (name !== null && isOwn(name, () => fieldValue(bytes, start)))
      found.push(start);
  }
  return found;
}

/** The message with its edits, in chunks that are mostly views of `bytes`. */
export function* applyEdits(
  bytes: Uint8Array,
  edits: Edits,
): Generator<Uint8Array> {
  const prefix = Buffer.from(renamePrefix, "latin1");
  if (edits.top.length > 0) yield edits.top;
  let at = 0;
  for (const offset of edits.renamed) {
    if (offset > at) yield bytes.subarray(at, offset);
    yield prefix;
    at = offset;
  }
  if (at < bytes.length) yield bytes.subarray(at);
}

/**
 * The bytes as they were before applyEdits: all up to and including our
 * X-Qsift-Verdict field goes (whatever an MTA has put above ours too), and
 * every prefixed name loses one prefix. Returns null for bytes without our
 * fields. The block is known to end with X-Qsift-Verdict on a line of its own
 * (policy/fields.ts), and no incoming field of that name is left unprefixed.
 */
export function undoEdits(bytes: Uint8Array): Uint8Array | null {
  let top: number | null = null;
  for (const start of fieldStarts(bytes)) {
    if (fieldName(bytes, start)?.toLowerCase() !== "x-qsift-verdict") continue;
    const end = bytes.indexOf(LF, start);
    top = end === -1 ? bytes.length : end + 1;
    break;
  }
  if (top === null) return null;
  const rest = bytes.subarray(top);
  const prefix = renamePrefix.toLowerCase();
  const kept: Uint8Array[] = [];
  let at = 0;
  for (const start of fieldStarts(rest)) {
    const name = fieldName(rest, start);
    if (name?.toLowerCase().startsWith(prefix) !== true) continue;
    kept.push(rest.subarray(at, start));
    at = start + prefix.length;
  }
  kept.push(rest.subarray(at));
  return Buffer.concat(kept);
}

function* fieldStarts(bytes: Uint8Array): Generator<number> {
  let start = 0;
  while (start < bytes.length) {
    const lf = bytes.indexOf(LF, start);
    const end = lf === -1 ? bytes.length : lf;
    const line = bytes.subarray(start, end);
    if (line.length === 0 || (line.length === 1 && line[0] === CR)) return;
    yield start;
    // A CR before the LF is part of the line end, not a line end of its own.
    let cr = line.indexOf(CR);
    while (cr !== -1 && cr < line.length - 1) {
      yield start + cr + 1;
      cr = line.indexOf(CR, cr + 1);
    }
    start = end + 1;
  }
}

/** As much of a name as is worth comparing: longer ones are nobody's. */
const nameLength = 100;

/**
 * The name of the field that begins at `start`, null where none does. Blanks,
 * folds and a comment before the colon are passed over (obsolete syntax, RFC
 * 5322 4.5), and so are bytes that no name may hold, wherever they stand: some
 * reader will drop them, and take the field for ours.
 */
function fieldName(bytes: Uint8Array, start: number): string | null {
  let end = start;
  let name = "";
  while (isNameByte(bytes[end])) {
    const byte = bytes[end] ?? 0;
    if (byte > 0x20 && byte < 0x7f && name.length < nameLength)
      name += String.fromCharCode(byte);
    end += 1;
  }
  if (name === "") return null;
  let next = end;
  while (isBlank(bytes[next]) || isFold(bytes, next)) next += 1;
  return bytes[next] === 0x3a || bytes[next] === 0x28 ? name : null;
}

/**
 * Every byte is in one value only, so that all of them together cost one
 * reading. A bare CR that ends the field for some readers is its last byte.
 * Empty where a comment stands before the colon: nobody knows who reads what.
 */
function fieldValue(bytes: Uint8Array, start: number): string {
  let end = start;
  for (;;) {
    while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR)
      end += 1;
    const isCrlf = bytes[end] === CR && bytes[end + 1] === LF;
    const next = isCrlf ? end + 2 : end + 1;
    if (isBlank(bytes[next])) {
      end = next;
      continue;
    }
    if (bytes[end] === CR && !isCrlf) end += 1;
    break;
  }
  const field = Buffer.from(
    bytes.buffer,
    bytes.byteOffset + start,
    end - start,
  );
  const colon = field.indexOf(0x3a);
  const comment = field.indexOf(0x28);
  return comment !== -1 && comment < colon
    ? ""
    : field.toString("latin1", colon + 1);
}

/** All but a line end, a blank, a colon, and the parenthesis that begins a comment. */
function isNameByte(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    !isBlank(byte) &&
    byte !== LF &&
    byte !== CR &&
    byte !== 0x3a &&
    byte !== 0x28
  );
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

function isFold(bytes: Uint8Array, at: number): boolean {
  const lf = bytes[at] === CR ? at + 1 : at;
  return bytes[lf] === LF && isBlank(bytes[lf + 1]);
}
