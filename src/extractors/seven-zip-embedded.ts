// Archives behind something else: self-extracting programs and scripts, and
// pictures with an archive appended. The archive is an entry, opened in turn;
// it is a view of the same bytes and costs nothing. (zip.ts finds a zip file
// behind anything by itself, from its end; NSIS installers are recognised as
// a whole.)
//
// A signature alone is chance or a program that knows archives: what follows
// it is tested as well. Not looked for: programs packed by run-time packers
// (UPX and its like), whose unpacker is the program, Inno Setup and AutoIt.

import { crc32 } from "node:zlib";

import type { Entry, Extractor } from "./extractor.ts";
import {
  findSignature,
  hasSignature,
  u16le,
  u32le,
  u64le,
  u8,
} from "./archive-bytes.ts";

interface Embedded {
  readonly signature: string;
  readonly ending: string;
  /** How long the archive is where that is known: in it nothing is looked for. 0: no archive. */
  length(bytes: Uint8Array, at: number): number;
}

/** Archives that are looked for in one file. */
const MAX_FOUND = 8;
/** Signatures that are tested, for each kind. */
const MAX_TESTS = 1000;

const programs = ["MZ", "\x7fELF", "#!", "\0\0\x03\xf3"];
const pictures = ["\xff\xd8\xff", "GIF8", "\x89PNG", "BM"];

const archives: readonly Embedded[] = [
  { signature: "7z\xbc\xaf\x27\x1c", ending: "7z", length: length7z },
  { signature: "Rar!\x1a\x07\x00", ending: "rar", length: lengthRar4 },
  { signature: "Rar!\x1a\x07\x01\x00", ending: "rar", length: lengthRar5 },
  { signature: "MSCF\0\0\0\0", ending: "cab", length: lengthCab },
  { signature: "\x60\xea", ending: "arj", length: lengthArj },
  { signature: "-lh", ending: "lzh", length: lengthLha },
  {
    // Byte order mark at 28: MSI within an installer.
    signature: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ending: "ole",
    length: (bytes, at) => (u16le(bytes, at + 28) === 0xfffe ? 8 : 0),
  },
];

/** Scripts carry what tar and a compressor make. */
const compressed: readonly Embedded[] = [
  { signature: "\n\x1f\x8b\x08", ending: "gz", length: () => 4 },
  { signature: "\n\xfd7zXZ\0", ending: "xz", length: () => 7 },
  { signature: "\nBZh91AY&SY", ending: "bz2", length: () => 11 },
];

export const selfExtracting: Extractor = {
  format: "self-extracting",
  recognizes: ({ bytes }) =>
    [...programs, ...pictures].some((one) => hasSignature(bytes, one)),
  *entries({ bytes }, budget): Generator<Entry> {
    const found = [
      ...archives,
      ...(hasSignature(bytes, "#!") ? compressed : []),
    ]
      .flatMap((kind) => find(bytes, kind))
      .sort((a, b) => a.at - b.at);
    let end = 0;
    for (const { at, length, ending } of found.slice(0, MAX_FOUND)) {
      if (at < end) continue;
      end = at + length;
      const name = `embedded-${at}.${ending}`;
      budget.chargePart();
      yield {
        kind: "read",
        place: name,
        filename: name,
        declaredType: null,
        content: bytes.subarray(at),
      };
    }
  },
};

interface Found {
  readonly at: number;
  readonly length: number;
  readonly ending: string;
}

function find(bytes: Uint8Array, kind: Embedded): Found[] {
  const found: Found[] = [];
  // What these two searches are for stands a little before and after.
  const before = kind.signature === "-lh" ? 2 : 0;
  const after = kind.signature.startsWith("\n") ? 1 : 0;
  let from = 1 + before;
  for (let tests = 0; tests < MAX_TESTS && found.length < MAX_FOUND; tests++) {
    const at = findSignature(bytes, kind.signature, from);
    if (at < 0) break;
    const start = at - before + after;
    const length = kind.length(bytes, start);
    if (length > 0) found.push({ at: start, length, ending: kind.ending });
    from = at + 1;
  }
  return found;
}

/** Version 6 (2), CRC of what follows 8, then offset 12, size 20 and CRC 28 of the next header. */
function length7z(bytes: Uint8Array, at: number): number {
  return u8(bytes, at + 6) === 0 &&
    crc32(bytes.subarray(at + 12, at + 32)) === u32le(bytes, at + 8)
    ? 32 + u64le(bytes, at + 12) + u64le(bytes, at + 20)
    : 0;
}

/** The archive header: CRC 7, type 9 (73), flags 10, size 12. */
function lengthRar4(bytes: Uint8Array, at: number): number {
  const size = u16le(bytes, at + 12);
  const sum = crc32(bytes.subarray(at + 9, at + 7 + size)) & 0xffff;
  return u8(bytes, at + 9) === 0x73 && sum === u16le(bytes, at + 7) ? 7 : 0;
}

/** CRC 8 of what follows; size 12, one byte for a header as short as this; then the header. */
function lengthRar5(bytes: Uint8Array, at: number): number {
  const size = u8(bytes, at + 12);
  return size < 0x80 &&
    crc32(bytes.subarray(at + 12, at + 13 + size)) === u32le(bytes, at + 8)
    ? 8
    : 0;
}

/** CFHEADER: size 8, reserved 12, first file 16, reserved 20, version 24 (1.3). */
function lengthCab(bytes: Uint8Array, at: number): number {
  const size = u32le(bytes, at + 8);
  return u16le(bytes, at + 24) === 0x0103 && size >= 44 ? size : 0;
}

/** Size 2 of the basic header 4, then its CRC. */
function lengthArj(bytes: Uint8Array, at: number): number {
  const size = u16le(bytes, at + 2);
  if (size < 30 || size > 2600) return 0;
  const header = bytes.subarray(at + 4, at + 4 + size);
  // Its files begin with the same two bytes: they belong to it.
  return crc32(header) === u32le(bytes, at + 4 + size) ? bytes.length - at : 0;
}

/** Levels 0 and 1: size 0 of what follows 2, its sum 1. */
function lengthLha(bytes: Uint8Array, at: number): number {
  const size = u8(bytes, at);
  if (size < 22 || u8(bytes, at + 6) !== 0x2d || at + 2 + size > bytes.length)
    return 0;
  let sum = 0;
  for (let i = 2; i < 2 + size; i++) sum += u8(bytes, at + i);
  // Every member begins like this: all of them belong to the first.
  return (sum & 0xff) === u8(bytes, at + 1) ? bytes.length - at : 0;
}
