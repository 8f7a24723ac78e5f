// The MAPI properties (MS-OXPROPS) that qsift looks at, in a form that TNEF
// (tnef-properties.ts) and Outlook's .msg (msg.ts) share.

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

/** Keeps one more value of a property. */
export function addValue(
  properties: Map<number, MapiValue[]>,
  id: number,
  value: MapiValue,
): void {
  const values = properties.get(id);
  if (values === undefined) properties.set(id, [value]);
  else values.push(value);
}

// Ignored: recipients' tables, named properties, times, and all other
// properties: none of them carries a file or a body that a mail reader shows.
