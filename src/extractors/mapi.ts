// The MAPI properties (MS-OXPROPS) that qsift looks at, in a form that TNEF
// (tnef-properties.ts) and Outlook's .msg (msg.ts) share, and what both do
// with them: bodies, names of attachments, a summary of the header.

import type { Budget } from "../budget.ts";
import { u16le, u32le } from "./archive-bytes.ts";
import type { Entry } from "./extractor.ts";
import { decompressRtf } from "./lzfu.ts";
import {
  codepageCharset,
  decodeCodepage,
  untilNul,
  utf16,
} from "./ole-text.ts";

/** A property's value as it stood, without padding. */
export interface MapiValue {
  /** MS-OXCDATA 2.11.1: 0x1e string, 0x1f Unicode, 0x102 binary, 0x0d object, 3 integer. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** By property id; more than one value where the id was given twice or is multi-valued. */
export type MapiProperties = ReadonlyMap<number, readonly MapiValue[]>;

export const mapiType = {
  integer: 0x03,
  object: 0x0d,
  string8: 0x1e,
  unicode: 0x1f,
  binary: 0x102,
} as const;

export const mapiId = {
  messageClass: 0x001a,
  subject: 0x0037,
  transportHeaders: 0x007d,
  senderName: 0x0c1a,
  senderAddress: 0x0c1f,
  displayTo: 0x0e04,
  body: 0x1000,
  rtfCompressed: 0x1009,
  html: 0x1013,
  displayName: 0x3001,
  attachData: 0x3701,
  attachFilename: 0x3704,
  attachMethod: 0x3705,
  attachLongFilename: 0x3707,
  attachPathname: 0x3708,
  attachTransportName: 0x370c,
  attachLongPathname: 0x370d,
  attachMimeTag: 0x370e,
  internetCodepage: 0x3fde,
  messageCodepage: 0x3ffd,
} as const;

/** The ids above: whatever else a message states is not kept. */
export const wantedIds: ReadonlySet<number> = new Set(Object.values(mapiId));

// Strings are decoded for display only, so they may be cut: a name is shorter
// than 4 KiB, a received header than 1 MiB, and nothing honest has it eight times.
const nameBytes = 4096;
const headerBytes = 1 << 20;
const maxTexts = 8;

/** The textual values of a property, Unicode before 8-bit, empty ones left out. */
export function texts(
  properties: MapiProperties,
  id: number,
  codepage: number,
  maxBytes: number = nameBytes,
): string[] {
  const unicode: string[] = [];
  const narrow: string[] = [];
  for (const { type, bytes } of (properties.get(id) ?? []).slice(0, maxTexts)) {
    const text = bytes.subarray(0, maxBytes);
    if (type === mapiType.unicode) unicode.push(untilNul(utf16(text)));
    else if (type === mapiType.string8)
      narrow.push(untilNul(decodeCodepage(text, codepage)));
  }
  return [...unicode, ...narrow].filter((text) => text !== "");
}

/** The first integer value of a property. */
export function integer(properties: MapiProperties, id: number): number | null {
  const value = properties
    .get(id)
    ?.find(({ type }) => type === mapiType.integer);
  return value === undefined ? null : u32le(value.bytes, 0);
}

/**
 * Names of an attachment, the one that a mail reader shows first: the long
 * name before the short (8.3) one, Unicode before 8-bit. `others` come last.
 */
export function attachmentNames(
  properties: MapiProperties,
  codepage: number,
  others: readonly string[],
): string[] {
  const ids = [
    mapiId.attachLongFilename,
    mapiId.attachFilename,
    mapiId.attachLongPathname,
    mapiId.attachPathname,
    mapiId.attachTransportName,
  ];
  const names = ids.flatMap((id) => texts(properties, id, codepage));
  names.push(...others.filter((name) => name !== ""));
  if (names.length === 0)
    names.push(...texts(properties, mapiId.displayName, codepage));
  return [...new Set(names)].slice(0, maxNames);
}

// Readings of one attachment's name; honest ones have two or three.
const maxNames = 8;

/** Text, HTML and RTF bodies of a message, and what stood in its header. */
export function* bodies(
  properties: MapiProperties,
  place: string,
  codepage: number,
  budget: Budget,
): Generator<Entry> {
  yield* headerSummary(properties, place, codepage, budget);
  const htmlCodepage = integer(properties, mapiId.internetCodepage) ?? codepage;
  for (const { type, bytes } of properties.get(mapiId.body) ?? [])
    yield textEntry(`${place}body.txt`, "text/plain", type, bytes, codepage);
  for (const { type, bytes } of properties.get(mapiId.html) ?? [])
    yield textEntry(
      `${place}body.html`,
      "text/html",
      type,
      bytes,
      htmlCodepage,
    );
  for (const { bytes } of properties.get(mapiId.rtfCompressed) ?? []) {
    const rtf = decompressRtf(bytes, budget);
    yield rtf === null
      ? {
          kind: "unread",
          place: `${place}body.rtf`,
          filename: null,
          reason: "malformed",
          name: "mapi-rtf-broken",
        }
      : {
          kind: "read",
          place: `${place}body.rtf`,
          filename: null,
          declaredType: "application/rtf",
          content: rtf,
        };
  }
}

/** A body as it stands, with its charset named rather than converted. */
export function textEntry(
  place: string,
  declaredType: string,
  type: number,
  bytes: Uint8Array,
  codepage: number,
): Entry {
  const unicode = type === mapiType.unicode;
  const step = unicode ? 2 : 1;
  let end = bytes.length - (bytes.length % step);
  while (
    end >= step &&
    (unicode ? u16le(bytes, end - 2) : bytes[end - 1]) === 0
  )
    end -= step;
  return {
    kind: "read",
    place,
    filename: null,
    declaredType,
    charset: unicode ? "utf-16le" : codepageCharset(codepage),
    content: bytes.subarray(0, end),
  };
}

// For content rules: subject, sender and message class (`IPM.Note.SMIME`
// tells of a signed or encrypted message) as header lines, one text a message.
function* headerSummary(
  properties: MapiProperties,
  place: string,
  codepage: number,
  budget: Budget,
): Generator<Entry> {
  const lines: string[] = [];
  for (const headers of texts(
    properties,
    mapiId.transportHeaders,
    codepage,
    headerBytes,
  ))
    lines.push(headers.trimEnd());
  const fields = [
    ["X-Message-Class", mapiId.messageClass],
    ["From", mapiId.senderName],
    ["From", mapiId.senderAddress],
    ["To", mapiId.displayTo],
    ["Subject", mapiId.subject],
  ] as const;
  for (const [name, id] of fields)
    for (const text of texts(properties, id, codepage))
      lines.push(`${name}: ${text.replace(/[\r\n]/g, " ")}`);
  if (lines.length === 0) return;
  const content = Buffer.from(`${lines.join("\r\n")}\r\n`, "utf8");
  budget.chargeBytes(content.length);
  yield {
    kind: "read",
    place: `${place}header.txt`,
    filename: null,
    declaredType: "text/plain",
    charset: "utf-8",
    content,
    leaf: true,
  };
}

// Ignored: recipients' tables, named properties, times, and all other
// properties: none of them carries a file or a body that a mail reader shows.
