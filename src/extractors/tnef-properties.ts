// The list of MAPI properties inside TNEF's attMsgProps and attAttachment
// (MS-OXTNEF 2.1.3.4, MsgPropertyList). Called by tnef.ts.

import { u16le, u32le } from "./archive-bytes.ts";
import {
  addValue,
  type MapiProperties,
  type MapiValue,
  wantedIds,
} from "./mapi.ts";

export interface PropertyList {
  readonly properties: MapiProperties;
  /** The list ended within a property, or an unknown type stood in it. */
  readonly broken: boolean;
}

// Flag in the type: several values follow.
const multiple = 0x1000;
const firstNamedId = 0x8000;

// Bytes of a value of fixed size, in the stream (padded to four).
const fixedBytes: ReadonlyMap<number, number> = new Map([
  [0x00, 0], // unspecified
  [0x01, 0], // null
  [0x02, 4], // int16
  [0x03, 4], // int32
  [0x04, 4], // float
  [0x05, 8], // double
  [0x06, 8], // currency
  [0x07, 8], // application time
  [0x0a, 4], // error
  [0x0b, 4], // boolean
  [0x14, 8], // int64
  [0x40, 8], // FILETIME
  [0x48, 16], // GUID
]);

// MsgPropertyList:
//  0  4  count   ignored: the bytes end the list
//  then for each property:
//  0  2  type    MS-OXCDATA 2.11.1, with flag 0x1000 for several values
//  2  2  id      at and above 0x8000 a named property; then follow
//     16 GUID    of the property set                                  ignored
//      4 kind    0 numbered, 1 with a name
//      4 number (kind 0); or length, name in UTF-16 padded to four    ignored
//     4  count   of values: only with the flag, and for string, binary and object
//     then values: fixed size; or length (4), bytes, padding to four
export function parsePropertyList(bytes: Uint8Array): PropertyList {
  const properties = new Map<number, MapiValue[]>();
  let at = 4;
  const done = (broken: boolean): PropertyList => ({ properties, broken });
  while (at + 4 <= bytes.length) {
    const type = u16le(bytes, at) & ~multiple;
    const isMultiple = (u16le(bytes, at) & multiple) !== 0;
    const id = u16le(bytes, at + 2);
    at += 4;
    if (id >= firstNamedId) {
      const kind = u32le(bytes, at + 16);
      at += 20;
      at += kind === 0 ? 4 : 4 + padded(u32le(bytes, at));
    }
    const size = fixedBytes.get(type);
    if (size === undefined && !isVariable(type)) return done(true);
    let count = 1;
    if (isMultiple || size === undefined) {
      // A count of 2^31 costs nothing: the bytes end first.
      count = u32le(bytes, at);
      at += 4;
    }
    if (size === 0) continue;
    for (; count > 0; count--) {
      if (at >= bytes.length) return done(true);
      const length = size ?? u32le(bytes, at);
      if (size === undefined) at += 4;
      const value = bytes.subarray(at, at + length);
      if (wantedIds.has(id)) addValue(properties, id, { type, bytes: value });
      at += padded(length);
      if (value.length < length) return done(true);
    }
  }
  return done(false);
}

/** String, Unicode, object, binary. */
function isVariable(type: number): boolean {
  return type === 0x1e || type === 0x1f || type === 0x0d || type === 0x102;
}

// Without bit operations, which would make 0xFFFFFFFF negative.
function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

// Ignored: named properties' names, and values of ids that mapi.ts doesn't list.
