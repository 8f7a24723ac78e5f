// Symbian installation files of EPOC releases 3 to 6 and Symbian OS up to 8
// (.sis; Alexander Thoukydides, "Psion SIS file format"). Newer ones, from
// Symbian OS 9 on, are named as unsupported.
//
// Header, little-endian:
//    0  4  UID 1, of the application     4  4  UID 2: 0x1000006D or 0x10003A12
//    8  4  UID 3: 0x10000419            12  4  checksum of the UIDs
//   16  2  checksum                     18  2  number of languages
//   20  2  number of file records       22  2  number of requisites
//   24  2  language                     26  2  files installed
//   28  2  drive                        30  2  number of capabilities
//   32  4  version of the installer
//   36  2  options: 0x01 names in UTF-16, 0x08 data not compressed
//   38  2  type                         40  2  version, 42 2 minor
//   44  4  variant                      48  4  offset of the languages
//   52  4  offset of the file records   56  4  offset of the requisites
//   60  4  offset of the certificates   64  4  offset of the component name
// File record:
//    0  4  kind: 0 one file, 1 a file for each language, 2 options, 3 and 4
//          conditions, 5 else, 6 end
//    4  4  type                          8  4  details
//   12  4  length of the source name    16  4  its offset
//   20  4  length of the target name    24  4  its offset
//   28  then for each language: 4 length of the data; then as often 4 its
//       offset; and with UID 2 0x10003A12 as often 4 the size of the content,
//       4 length and 4 offset of the media type

import type { Budget } from "../budget.ts";
import { asBuffer } from "../mime/bytes.ts";
import { u16le, u32le } from "./archive-bytes.ts";
import { archiveName } from "./archive-name.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { inflateWithin } from "./inflate.ts";

const oldUid3 = 0x10000419;
const newUid1 = 0x10201a7a;
const release6 = 0x10003a12;

export const sis: Extractor = {
  format: "sis",

  recognizes({ bytes }: Candidate): boolean {
    return (
      bytes.length > 68 &&
      (u32le(bytes, 8) === oldUid3 || u32le(bytes, 0) === newUid1)
    );
  },

  *entries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
    if (u32le(bytes, 0) === newUid1) {
      yield unread("unsupported", "sis-version");
      return;
    }
    const languages = u16le(bytes, 18);
    const hasSizes = u32le(bytes, 4) === release6;
    let at = u32le(bytes, 52);
    for (let record = 0; record < u16le(bytes, 20); record++) {
      if (at + 4 > bytes.length) {
        yield unread("malformed", "sis-truncated");
        return;
      }
      const kind = u32le(bytes, at);
      if (kind > 1) {
        // A condition is as long as it says; the others have no data.
        if (kind === 3 || kind === 4) at += 8 + u32le(bytes, at + 4);
        else if (kind === 5 || kind === 6) at += 4;
        else {
          yield unread("unsupported", "sis-record");
          return;
        }
        continue;
      }
      const count = kind === 0 ? 1 : languages;
      const name = text(bytes, u32le(bytes, at + 24), u32le(bytes, at + 20));
      for (let i = 0; i < count; i++) {
        const length = u32le(bytes, at + 28 + 4 * i);
        const start = u32le(bytes, at + 28 + 4 * (count + i));
        yield* file(bytes, start, length, name, budget);
      }
      at += 28 + 8 * count + (hasSizes ? 4 * count + 8 : 0);
    }
  },
};

function* file(
  bytes: Uint8Array,
  start: number,
  length: number,
  name: string,
  budget: Budget,
): Generator<Entry> {
  budget.chargePart();
  const data = bytes.subarray(start, start + length);
  const isCompressed = (u16le(bytes, 36) & 0x08) === 0;
  // zlib: two bytes of header before the deflate stream.
  const inflated = isCompressed
    ? inflateWithin(data.subarray(2), budget)
    : null;
  // Records may name the same bytes again and again: they cost as if copied.
  if (inflated === null) budget.chargeBytes(data.length);
  yield {
    kind: "read",
    place: name,
    filename: name,
    declaredType: null,
    content: inflated?.content ?? data,
  };
  if (
    start + length > bytes.length ||
    (inflated !== null && inflated.ending !== "complete")
  )
    yield {
      kind: "remark",
      finding: "malformed",
      name: "sis-truncated",
      aboutLastEntry: true,
    };
}

// "!:\system\apps\..." has under 260 characters.
const nameBytes = 1024;

/** A name in either of the two encodings (options, bit 0). */
function text(bytes: Uint8Array, start: number, length: number): string {
  const name = bytes.subarray(start, start + Math.min(length, nameBytes));
  return u16le(bytes, 36) & 0x01
    ? asBuffer(name).toString("utf16le")
    : archiveName(name);
}

function unread(reason: "unsupported" | "malformed", name: string): Entry {
  return { kind: "unread", place: null, filename: null, reason, name };
}

// Ignored: checksums (the phone's installer warns and goes on), requisites,
// languages, certificates, and option records, after which reading stops with
// a finding.
