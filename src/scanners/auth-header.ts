// The header as signers saw it, for auth-dkim.ts: fields begin at every line
// that does not begin with a blank, the first empty line ends them (RFC 5322
// 2.2, RFC 6376 3.4). Other parts of this program read headers more leniently,
// to see what some mail reader might see; a signature knows one reading.
//
// qmail keeps mail with LF line ends and signers see CRLF (RFC 6376 5.3), so
// each LF without a CR gets one. mailauth's own parser is not used: it needs
// quadratic time for long fields.

import type { Field } from "mailauth/lib/dkim/dkim-verifier.js";

const LF = 0x0a;
const CR = 0x0d;

export interface SignedMessage {
  readonly fields: readonly Field[];
  /** Offset of the body, after the empty line. */
  readonly bodyStart: number;
}

/** Null where the header is above one of the limits. */
export function readSignedMessage(
  bytes: Uint8Array,
  maxHeaderBytes: number,
  maxFields: number,
): SignedMessage | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  let from = 0;
  let start = 0;
  while (start < buffer.length) {
    const lf = buffer.indexOf(LF, start);
    const next = lf === -1 ? buffer.length : lf + 1;
    if (next > maxHeaderBytes || fields.length > maxFields) return null;
    const isEmpty = lf === start || (lf === start + 1 && buffer[start] === CR);
    if (start > from && (isEmpty || !isBlank(buffer[start]))) {
      fields.push(fieldOf(buffer, from, start));
      from = start;
    }
    if (isEmpty) return { fields, bodyStart: next };
    start = next;
  }
  if (start > from) fields.push(fieldOf(buffer, from, start));
  return { fields, bodyStart: buffer.length };
}

function fieldOf(buffer: Buffer, from: number, to: number): Field {
  const text = buffer
    .toString("latin1", from, to)
    .replace(/\r?\n$/, "")
    .replace(/\r?\n/g, "\r\n");
  const colon = text.indexOf(":");
  const name = (colon === -1 ? text : text.slice(0, colon)).trim();
  return {
    key: name.toLowerCase(),
    casedKey: name,
    line: Buffer.from(text, "latin1"),
  };
}

const pieceBytes = 256 * 1024;
const CRLF = Buffer.from([CR, LF]);

/** The body from `start` on in pieces that end at line ends, each LF as CRLF. */
export function* bodyPieces(
  bytes: Uint8Array,
  start: number,
): Generator<Uint8Array> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  while (at < buffer.length) {
    // Whole lines: mailauth keeps an unfinished one, and looks at it again with
    // each piece.
    const lf = buffer.indexOf(LF, Math.min(at + pieceBytes, buffer.length));
    const end = lf === -1 ? buffer.length : lf + 1;
    yield withCrlf(buffer.subarray(at, end));
    at = end;
  }
  // RFC 6376 3.4.3: a last line without CRLF gets one.
  if (buffer.length > start && buffer.at(-1) !== LF) yield CRLF;
}

function withCrlf(piece: Buffer): Buffer {
  let missing = 0;
  for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1))
    if (piece[at - 1] !== CR) missing += 1;
  if (missing === 0) return piece;
  const result = Buffer.allocUnsafe(piece.length + missing);
  let from = 0;
  let to = 0;
  for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1)) {
    if (piece[at - 1] === CR) continue;
    to += piece.copy(result, to, from, at);
    result[to] = CR;
    to += 1;
    from = at;
  }
  piece.copy(result, to, from);
  return result;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}
