// Reads what spamd answers; see the dialogue at the head of spamd.ts. Pure.
//
// Stricter than spamc: a field that is missing, doubled or not a plain decimal
// number, a length that does not fit, a code other than 0 - all throw.

import { findingName } from "./finding-name.ts";
import { quoted } from "./connection.ts";
import { ScannerFailure } from "./scanner.ts";

/** The rule that SpamAssassin adds when it stopped half-way. */
const timeLimitRule = "TIME_LIMIT_EXCEEDED";

export interface SymbolsReply {
  readonly score: number;
  /** Names of the rules that hit. */
  readonly findings: readonly string[];
}

/** `lost`: the error that ended the connection, if one did; a whole reply that came before it still counts. */
export function parseSymbolsReply(
  reply: Uint8Array,
  lost: Error | null,
): SymbolsReply {
  const { fields, body } = parseHead(reply, lost);
  const length = /^\d{1,9}$/.exec(onlyField(fields, "content-length"));
  // A reply of the right length is whole, whatever came after it: over TLS spamd
  // closes with our last alert unread, which resets the connection.
  if (length === null || Number(length[0]) !== body.length)
    throw (
      lost ??
      failure(
        `expected a body of ${onlyField(fields, "content-length")} bytes, found ${body.length}`,
      )
    );
  // Spam: True ; 8.7 / 5.0
  const spam =
    /^(?:True|False|Yes|No) ; (-?\d{1,6}(?:\.\d{1,6})?) \/ -?\d{1,6}(?:\.\d{1,6})?$/.exec(
      onlyField(fields, "spam"),
    );
  if (spam === null)
    throw failure(
      `expected a score, found ${quoted(Buffer.from(onlyField(fields, "spam"), "latin1"))}`,
    );
  const rules = body
    .toString("utf8")
    .split(",")
    .map((rule) => rule.trim())
    .filter((rule) => rule !== "");
  // The message's doing: the time was had, and elsewhere it would be spent too.
  if (rules.includes(timeLimitRule))
    throw new ScannerFailure("message", `partial score (${timeLimitRule})`);
  // SpamAssassin says -0.0 too.
  const score = Number(spam[1]) + 0;
  return { score, findings: rules.map(findingName) };
}

const places = ["local", "remote"] as const;
type TellPlace = (typeof places)[number];

/** Where something was done. */
export interface TellReply {
  readonly didSet: readonly TellPlace[];
  readonly didRemove: readonly TellPlace[];
}

/** Nothing done is a reply too. */
export function parseTellReply(
  reply: Uint8Array,
  lost: Error | null,
): TellReply {
  const { fields, body } = parseHead(reply, lost);
  // spamd ends the header with one line end more.
  if (lost !== null && body.length === 0) throw lost;
  if (body.length > 0 && !body.equals(Buffer.from("\r\n")))
    throw failure(`expected no body, found ${quoted(body)}`);
  const other = [...fields.keys()].find(
    (field) => field !== "didset" && field !== "didremove",
  );
  if (other !== undefined)
    throw failure(
      `expected DidSet and DidRemove, found ${quoted(Buffer.from(other, "latin1"))}`,
    );
  return {
    didSet: parsePlaces(fields, "didset"),
    didRemove: parsePlaces(fields, "didremove"),
  };
}

/** `local`, `local,remote`. */
function parsePlaces(fields: Head["fields"], field: string): TellPlace[] {
  if (!fields.has(field)) return [];
  const text = onlyField(fields, field);
  return text.split(",").map((word) => {
    const place = places.find((each) => each === word.trim());
    if (place === undefined)
      throw failure(
        `expected local or remote, found ${quoted(Buffer.from(text, "latin1"))}`,
      );
    return place;
  });
}

/** `SPAMD/1.5 0 PONG\r\n`, as the text of life. */
export function parsePong(reply: Uint8Array, lost: Error | null): string {
  const text = Buffer.from(reply).toString("latin1");
  if (/^SPAMD\/\d\.\d 0 PONG\r\n$/.test(text)) return text.trimEnd();
  if (reply.length === 0 && lost !== null) throw lost;
  throw failure(`expected PONG, found ${quoted(reply)}`);
}

interface Head {
  /** Values by lower-case name, in order. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
}

function parseHead(reply: Uint8Array, lost: Error | null): Head {
  const bytes = Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength);
  if (bytes.length === 0)
    throw lost ?? failure("connection closed without a reply");
  const lineEnd = bytes.indexOf("\r\n");
  const statusLine = bytes.toString("latin1", 0, Math.max(0, lineEnd));
  const status = /^SPAMD\/\d{1,3}\.\d{1,3} (\d{1,3}) /.exec(statusLine);
  if (status === null)
    throw lost ?? failure(`reply not understood: ${quoted(reply)}`);
  if (status[1] !== "0")
    throw failure(`spamd said ${quoted(bytes.subarray(0, lineEnd))}`);
  const headEnd = bytes.indexOf("\r\n\r\n", lineEnd);
  if (headEnd < 0)
    throw lost ?? failure(`connection closed within a reply: ${quoted(reply)}`);
  const fields = new Map<string, string[]>();
  // Without fields the blank line follows at once.
  const lines =
    headEnd === lineEnd
      ? []
      : bytes.toString("latin1", lineEnd + 2, headEnd).split("\r\n");
  for (const line of lines) {
    const field = /^([!-9;-~]{1,100}): ?([^\r\n]*)$/.exec(line);
    const fieldName = field?.[1]?.toLowerCase();
    if (fieldName === undefined)
      throw failure(
        `reply not understood: ${quoted(Buffer.from(line, "latin1"))}`,
      );
    const values = fields.get(fieldName) ?? [];
    values.push(field?.[2] ?? "");
    fields.set(fieldName, values);
  }
  return { fields, body: bytes.subarray(headEnd + 4) };
}

function onlyField(fields: Head["fields"], field: string): string {
  const values = fields.get(field) ?? [];
  const [value] = values;
  if (value === undefined || values.length > 1)
    throw failure(`expected one field ${field}, found ${values.length}`);
  return value;
}

function failure(message: string): ScannerFailure {
  return new ScannerFailure("failed", message);
}
