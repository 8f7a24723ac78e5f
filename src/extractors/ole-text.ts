// Text as Microsoft's formats hold it (MS-CFB, MS-OXTNEF, MS-OXMSG, MS-OLEDS,
// RTF ...): UTF-16, code pages by number, NUL-ended strings. Nothing throws;
// what lies beyond the end reads as the empty string.

import { decodeCharset } from "../mime/charset.ts";
import { asBuffer } from "../mime/bytes.ts";

/** UTF-16LE; an odd last byte is left out. */
export function utf16(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): string {
  return asBuffer(bytes.subarray(start, end)).toString("utf16le");
}

/** Up to the first NUL of a string. */
export function untilNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}

// Windows code pages by number that WHATWG's Encoding Standard knows too.
const codepages: ReadonlyMap<number, string> = new Map([
  [866, "ibm866"],
  [874, "windows-874"],
  [932, "shift_jis"],
  [936, "gbk"],
  [949, "euc-kr"],
  [950, "big5"],
  [1200, "utf-16le"],
  [1201, "utf-16be"],
  [10000, "macintosh"],
  [20127, "us-ascii"],
  [20866, "koi8-r"],
  [20932, "euc-jp"],
  [21866, "koi8-u"],
  [50220, "iso-2022-jp"],
  [50221, "iso-2022-jp"],
  [50222, "iso-2022-jp"],
  [51932, "euc-jp"],
  [51949, "euc-kr"],
  [54936, "gb18030"],
  [65000, "utf-7"],
  [65001, "utf-8"],
]);

/** A code page's charset name; windows-1252 for those not known. */
export function codepageCharset(codepage: number): string {
  if (codepage >= 1250 && codepage <= 1258) return `windows-${codepage}`;
  if (codepage >= 28592 && codepage <= 28606)
    return `iso-8859-${codepage - 28590}`;
  return codepages.get(codepage) ?? "windows-1252";
}

/** Bytes of a code page as text. Never throws; wrong bytes become U+FFFD. */
export function decodeCodepage(bytes: Uint8Array, codepage: number): string {
  return decodeCharset(bytes, codepageCharset(codepage));
}
