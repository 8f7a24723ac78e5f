// Texts and numbers among MAPI properties, and the names of attachments.
// Called by tnef.ts, msg.ts and mapi-body.ts.

import { u32le } from "./archive-bytes.ts";
import { mapiId, type MapiProperties, mapiType } from "./mapi.ts";
import { decodeCodepage, untilNul, utf16 } from "./ole-text.ts";

// Strings are decoded for display only, so they may be cut: a name is shorter
// than 4 KiB, and nothing honest has eight.
const nameBytes = 4096;
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
