// The names of a zip entry. APPNOTE.TXT 4.4.17 and appendix D: UTF-8 where
// flag 11 is set, else code page 437, and field 7075 may bring a UTF-8 name
// as well. Programs of other systems write their own character set without a
// word, most of them UTF-8. All readings are given, the likeliest first.

import { crc32 } from "node:zlib";

import { u32le } from "./archive-bytes.ts";
import { cp437Name, utf8Name } from "./archive-name.ts";
import { extraField, zipFlag, type ZipHeader } from "./zip-records.ts";

export function zipNames(header: ZipHeader): string[] {
  const names = new Set<string>();
  const utf8 = utf8Name(header.name);
  if (utf8 !== null) names.add(utf8);
  // Characters up to 7F are the same in both.
  if (utf8 === null || (header.flags & zipFlag.utf8) === 0)
    names.add(cp437Name(header.name));
  // Version 0 (1), CRC of the header's name 1, UTF-8 name 5. 4.6.9: to be
  // ignored where the CRC is another; some readers don't look.
  const field = extraField(header.extra, 0x7075);
  const other = field === null ? null : utf8Name(field.subarray(5));
  if (field === null || other === null) return [...names];
  return u32le(field, 1) === crc32(header.name)
    ? [...new Set([other, ...names])]
    : [...names.add(other)];
}
