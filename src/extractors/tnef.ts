// TNEF, Outlook's `winmail.dat` (MS-OXTNEF): attachments with their names,
// embedded messages, the text, HTML and RTF bodies.
//
// Only the four bytes of the signature are needed. Checksums aren't verified
// (Outlook doesn't either, and Debian's tnef gives up on wrong ones), a length
// beyond the end means up to the end, and bytes that aren't attributes become
// an entry of their own.

import type { Budget } from "../budget.ts";
import { hasSignature, u32le } from "./archive-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import {
  addValue,
  mapiId,
  type MapiProperties,
  mapiType,
  type MapiValue,
} from "./mapi.ts";
import { bodies, textEntry } from "./mapi-body.ts";
import { attachmentNames, texts } from "./mapi-text.ts";
import { decodeCodepage, untilNul } from "./ole-text.ts";
import { parsePropertyList } from "./tnef-properties.ts";
import { chargingParts } from "./ole-parts.ts";

// Stream (2.1.3): signature (4) 0x223E9F78, legacy key (2, ignored), attributes.
const signature = "\x78\x9f\x3e\x22";
const streamHeaderBytes = 6;

// Attribute (2.1.3.2):
//  0  1  level     1 message, 2 attachment; ignored, the id says it all
//  1  4  id        low half name, high half type
//  5  4  length    of data
//  9  n  data
//  .  2  checksum  16-bit sum of data; ignored
const attributeHeaderBytes = 9;
const checksumBytes = 2;

const attribute = {
  messageClass: 0x0007_8008,
  subject: 0x0001_8004,
  body: 0x0002_800c,
  messageProperties: 0x0006_9003,
  oemCodepage: 0x0006_9007,
  attachmentStart: 0x0006_9002, // attAttachRendData
  attachmentData: 0x0006_800f,
  attachmentTitle: 0x0001_8010,
  attachmentMetafile: 0x0006_8011,
  attachmentTransportName: 0x0006_9001,
  attachmentProperties: 0x0006_9005,
} as const;

interface Attachment {
  /** attAttachData, given once in honest files. */
  readonly data: Uint8Array[];
  readonly names: string[];
  readonly properties: Map<number, MapiValue[]>;
}

export const tnef: Extractor = {
  format: "tnef",
  recognizes: ({ bytes }) => hasSignature(bytes, signature),
  entries: chargingParts(tnefEntries),
};

function* tnefEntries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
  const message = new Map<number, MapiValue[]>();
  let codepage = 1252;
  let attachment: Attachment | null = null;
  let attachments = 0;
  let isBroken = false;
  let at = streamHeaderBytes;
  while (at + attributeHeaderBytes <= bytes.length) {
    const level = bytes[at];
    if (level !== 1 && level !== 2) break;
    const id = u32le(bytes, at + 1);
    const length = u32le(bytes, at + 5);
    const start = at + attributeHeaderBytes;
    const data = bytes.subarray(start, start + length);
    isBroken ||= data.length < length;
    at = start + length + checksumBytes;
    if (id === attribute.attachmentStart) {
      if (attachment !== null)
        yield* attachmentEntries(attachment, ++attachments, codepage);
      attachment = newAttachment();
      continue;
    }
    // An attachment's attribute without a start: readers differ, we take it.
    if (isOfAttachment(id)) attachment ??= newAttachment();
    switch (id) {
      case attribute.oemCodepage:
        codepage = u32le(data, 0);
        break;
      case attribute.body:
        yield textEntry(
          "body.txt",
          "text/plain",
          mapiType.string8,
          data,
          codepage,
        );
        break;
      case attribute.messageClass:
        addValue(message, mapiId.messageClass, {
          type: mapiType.string8,
          bytes: data,
        });
        break;
      case attribute.subject:
        addValue(message, mapiId.subject, {
          type: mapiType.string8,
          bytes: data,
        });
        break;
      case attribute.messageProperties: {
        const list = parsePropertyList(data);
        isBroken ||= list.broken;
        merge(message, list.properties);
        break;
      }
      case attribute.attachmentData:
        attachment?.data.push(data);
        break;
      case attribute.attachmentMetafile:
        // A picture of the attachment, in other words somebody's bytes.
        yield {
          ...unnamed,
          place: `metafile-${attachments + 1}`,
          content: data,
        };
        break;
      case attribute.attachmentTitle:
      case attribute.attachmentTransportName:
        if (attachment !== null && attachment.names.length < maxNames)
          attachment.names.push(
            untilNul(decodeCodepage(data.subarray(0, 4096), codepage)),
          );
        break;
      case attribute.attachmentProperties: {
        const list = parsePropertyList(data);
        isBroken ||= list.broken;
        if (attachment !== null) merge(attachment.properties, list.properties);
        break;
      }
      default:
    }
  }
  if (attachment !== null)
    yield* attachmentEntries(attachment, ++attachments, codepage);
  yield* bodies(message, "", codepage, budget);
  for (const content of attachedContents(message))
    yield { ...unnamed, place: "message", content };
  if (isBroken)
    yield { kind: "remark", finding: "malformed", name: "tnef-truncated" };
  // Bytes that are no attribute; fewer than a header hold nothing.
  if (at + attributeHeaderBytes <= bytes.length)
    yield { ...unnamed, place: "rest", content: bytes.subarray(at) };
}

// Titles and transport names of one attachment; honest ones have one of each.
const maxNames = 8;

const unnamed = {
  kind: "read",
  filename: null,
  declaredType: null,
} as const;

function newAttachment(): Attachment {
  return { data: [], names: [], properties: new Map() };
}

function isOfAttachment(id: number): boolean {
  return (
    id === attribute.attachmentData ||
    id === attribute.attachmentTitle ||
    id === attribute.attachmentTransportName ||
    id === attribute.attachmentProperties
  );
}

function* attachmentEntries(
  { data, names, properties }: Attachment,
  number: number,
  codepage: number,
): Generator<Entry> {
  const [filename = null, ...otherFilenames] = attachmentNames(
    properties,
    codepage,
    names,
  );
  const place = filename ?? `attachment-${number}`;
  const declaredType =
    texts(properties, mapiId.attachMimeTag, codepage)[0]?.toLowerCase() ?? null;
  for (const content of data)
    yield {
      kind: "read",
      place,
      filename,
      otherFilenames,
      declaredType,
      content,
    };
  for (const content of attachedContents(properties))
    yield {
      kind: "read",
      place,
      filename,
      otherFilenames,
      declaredType: hasSignature(content, signature)
        ? "application/ms-tnef"
        : declaredType,
      content,
    };
}

function merge(into: Map<number, MapiValue[]>, from: MapiProperties): void {
  for (const [id, values] of from)
    for (const value of values) addValue(into, id, value);
}

// PidTagAttachDataBinary, or PidTagAttachDataObject (2.1.3.4.2): 16 bytes of
// interface identifier, then for IMessage a whole TNEF stream, for IStorage a
// compound file. What stands behind is told by its own first bytes, so the
// identifier is not looked at.
function* attachedContents(properties: MapiProperties): Generator<Uint8Array> {
  for (const { type, bytes } of properties.get(mapiId.attachData) ?? [])
    if (bytes.length > 0)
      yield type === mapiType.object && bytes.length > 16
        ? bytes.subarray(16)
        : bytes;
}

// Ignored: attributes of dates, priority, recipients (attRecipTable), owner,
// conversation and version: none carries a file; attAttachRendData's contents
// (kind and position of an icon); stated checksums and counts.
