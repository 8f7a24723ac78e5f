// BinHex 4.0 (RFC 1741 appendix A, and the format description of Peter Lewis)
// inside text parts and as whole attachments. Three layers, outermost first:
// 64 printable characters between colons, run-length encoding with 0x90, then
//
//   0          1   length of the name, n
//   1          n   name
//   1+n        1   version, 0
//   2+n        4   Macintosh file type
//   6+n        4   creator
//   10+n       2   flags
//   12+n       4   length of the data fork, d
//   16+n       4   length of the resource fork, r
//   20+n       2   CRC of all the above
//   22+n       d   data fork
//   22+n+d     2   CRC
//   24+n+d     r   resource fork
//   24+n+d+r   2   CRC
//
// Numbers are big-endian; the CRC is CCITT's (0x1021, from 0).

import type { Budget } from "../budget.ts";
import { latin1 } from "../mime/bytes.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { findLine, isText } from "./text-lines.ts";

const noValue = 255;
const values = new Uint8Array(256).fill(noValue);
for (const [value, char] of Array.from(
  "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr",
).entries())
  values[char.charCodeAt(0)] = value;

const colon = 0x3a;
const runMark = 0x90;
const announcement = "(This file must be converted with BinHex";

export const binhex: Extractor = {
  format: "binhex",

  recognizes(candidate: Candidate): boolean {
    return isText(candidate) && findStart(candidate, 0) >= 0;
  },

  *entries(candidate: Candidate, budget: Budget): Generator<Entry> {
    const { bytes } = candidate;
    let start = findStart(candidate, 0);
    while (start >= 0) {
      const { decoded, end, remarks } = decode(bytes, start, budget);
      for (const name of remarks)
        yield { kind: "remark", finding: "malformed", name };
      yield* forks(decoded, budget);
      start = findStart(candidate, end);
    }
  },
};

/** Offset of the first character after the opening colon; -1 for none. */
function findStart(candidate: Candidate, from: number): number {
  const { bytes, declaredType } = candidate;
  const announced = findLine(bytes, announcement, from);
  // Where the type says BinHex, the announcement may have been cut off.
  const isDeclared =
    declaredType !== null && /^application\/(mac-)?binhex/.test(declaredType);
  if (announced < 0 && !(isDeclared && from === 0)) return -1;
  const line = findLine(bytes, ":", announced < 0 ? 0 : announced);
  return line < 0 ? -1 : line + 1;
}

/** The two outer layers: 6-bit characters, then runs. */
function decode(
  bytes: Uint8Array,
  start: number,
  budget: Budget,
): { decoded: Uint8Array; end: number; remarks: string[] } {
  const output = new ChargedBytes(budget);
  const remarks = new Set<string>();
  let bits = 0;
  let count = 0;
  let last = 0;
  let inRun = false;
  let at = start;
  for (; at < bytes.length; at++) {
    const char = bytes[at] ?? 0;
    if (char === colon) break;
    const value = values[char] ?? noValue;
    if (value === noValue) {
      if (char > 0x20) remarks.add("binhex-characters");
      continue;
    }
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const byte = (bits >> count) & 0xff;
    if (inRun) {
      inRun = false;
      // A count of 0 stands for the mark itself, which can then be repeated.
      if (byte === 0) output.push((last = runMark));
      else for (let i = 1; i < byte; i++) output.push(last);
    } else if (byte === runMark) inRun = true;
    else output.push((last = byte));
  }
  if (at >= bytes.length) remarks.add("binhex-no-end");
  return { decoded: output.finish(), end: at, remarks: [...remarks] };
}

const fixedBytes = 22;

/** The inner layer. */
function* forks(decoded: Uint8Array, budget: Budget): Generator<Entry> {
  const nameBytes = decoded[0] ?? 0;
  const headerEnd = fixedBytes + nameBytes;
  if (decoded.length < headerEnd) {
    // Too short for a header: give the bytes as they are.
    budget.chargePart();
    yield fork("binhex", null, decoded);
    yield remark("binhex-truncated");
    return;
  }
  const view = new DataView(decoded.buffer, decoded.byteOffset, decoded.length);
  const name = latin1(decoded, 1, 1 + nameBytes);
  if (!isSum(decoded, 0, headerEnd - 2)) yield remark("binhex-checksum");

  const dataEnd = headerEnd + view.getUint32(12 + nameBytes);
  const data = decoded.subarray(headerEnd, dataEnd);
  budget.chargePart();
  yield fork(name, name, data);
  if (dataEnd + 2 > decoded.length) yield remark("binhex-truncated");
  else if (!isSum(decoded, headerEnd, dataEnd)) yield remark("binhex-checksum");

  const resourceEnd = dataEnd + 2 + view.getUint32(16 + nameBytes);
  const resource = decoded.subarray(dataEnd + 2, resourceEnd);
  if (resource.length > 0) {
    budget.chargePart();
    yield fork(`${name}/resource fork`, null, resource);
  }
  // The last group of characters may hold up to two bytes of padding.
  const rest = decoded.subarray(resourceEnd + 2);
  if (rest.length > 2) {
    budget.chargePart();
    yield fork(`${name}/after the forks`, null, rest);
    yield remark("binhex-trailing");
  }
}

function fork(
  place: string,
  filename: string | null,
  content: Uint8Array,
): Entry {
  return { kind: "read", place, filename, declaredType: null, content };
}

function remark(name: string): Entry {
  return { kind: "remark", finding: "malformed", name, aboutLastEntry: true };
}

const crcTable = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++)
    crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0);
  return crc;
});

/** The big-endian CRC at `end` is that of the bytes from `start` to `end`. */
function isSum(bytes: Uint8Array, start: number, end: number): boolean {
  let crc = 0;
  for (let at = start; at < end; at++)
    crc =
      ((crc << 8) & 0xffff) ^ (crcTable[(crc >> 8) ^ (bytes[at] ?? 0)] ?? 0);
  return crc === (((bytes[end] ?? 0) << 8) | (bytes[end + 1] ?? 0));
}

// Ignored: file type, creator and flags (no such file system here), the
// resource fork's CRC (its bytes are looked at either way), and the older .hex
// and .hcx encodings, which no mail program has written since the 1980s.
