// Archives behind something else: self-extracting programs and scripts,
// pictures and whatever else is no archive with an archive appended. The archive is an entry, opened in turn;
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
import { isLhaHeader, readLhaHeader } from "./lha-header.ts";

interface Embedded {
  readonly signature: string;
  readonly ending: string;
  /** What it is searched for stands this far behind its first byte; negative: before. */
  readonly offset?: number;
  /** Cheap, to spare the sum in `length`. */
  readonly isLikely?: (bytes: Uint8Array, at: number) => boolean;
  /** How long the archive is where that is known: in it nothing is looked for. 0: no archive. */
  readonly length: (bytes: Uint8Array, at: number) => number;
}

/** Likely places of one kind that are tested: chance brings fewer than ten in a gigabyte. */
const maxTests = 1000;

// The last two are jumps: DOS programs without a header (.com).
const programs = ["MZ", "\x7fELF", "#!", "\0\0\x03\xf3", "\xe9", "\xeb"];
const pictures = ["\xff\xd8\xff", "GIF8", "\x89PNG", "BM"];

/** Unpackers look behind anything that is no archive itself. */
const hosts =
  /^(?:text|image|audio|video|font)\/|^application\/(?:octet-stream|pdf|rtf)$/;

const insideLha = { offset: 2, isLikely: isLhaHeader, length: lengthLha };

const archives: readonly Embedded[] = [
  { signature: "7z\xbc\xaf\x27\x1c\0", ending: "7z", length: length7z },
  {
    signature: "Rar!\x1a\x07\x00",
    ending: "rar",
    isLikely: (bytes, at) => u8(bytes, at + 9) === 0x73,
    length: lengthRar4,
  },
  { signature: "Rar!\x1a\x07\x01\x00", ending: "rar", length: lengthRar5 },
  {
    signature: "MSCF\0\0\0\0",
    ending: "cab",
    isLikely: (bytes, at) => u16le(bytes, at + 24) === 0x0103,
    length: lengthCab,
  },
  {
    signature: "\x60\xea",
    ending: "arj",
    isLikely: isLikelyArj,
    length: lengthArj,
  },
  { signature: "-lh", ending: "lzh", ...insideLha },
  { signature: "-lz", ending: "lzs", ...insideLha },
  { signature: "-pm", ending: "pma", ...insideLha },
  {
    // Byte order mark at 28: MSI within an installer.
    signature: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ending: "ole",
    length: (bytes, at) => (u16le(bytes, at + 28) === 0xfffe ? 8 : 0),
  },
];

/** Scripts carry what tar and a compressor make. */
const compressed: readonly Embedded[] = [
  { signature: "\n\x1f\x8b\x08", ending: "gz", offset: -1, length: () => 3 },
  { signature: "\n\xfd7zXZ\0", ending: "xz", offset: -1, length: () => 6 },
  { signature: "\nBZh91AY&SY", ending: "bz2", offset: -1, length: () => 10 },
];

export const selfExtracting: Extractor = {
  format: "self-extracting",
  recognizes: ({ bytes, detectedType }) =>
    [...programs, ...pictures].some((one) => hasSignature(bytes, one)) ||
    (hosts.test(detectedType) &&
      // LHA's mark is a word in text, and no header of it can be text.
      archives.some(
        (kind) =>
          !(
            kind.isLikely === isLhaHeader && detectedType.startsWith("text/")
          ) && isIn(bytes, kind),
      )),
  *entries({ bytes }, budget): Generator<Entry> {
    const kinds = [
      ...archives,
      ...(hasSignature(bytes, "#!") ? compressed : []),
    ].map((kind) => new Search(bytes, kind));
    let end = 1;
    for (let count = 0; ; count++) {
      for (const kind of kinds) kind.advance(end);
      const next = first(kinds);
      if (next === null) break;
      if (count >= budget.limits.embeddedArchives) {
        yield limit("embedded-archives");
        break;
      }
      end = next.at + next.length;
      const name = `embedded-${next.at}.${next.ending}`;
      budget.chargePart();
      yield {
        kind: "read",
        place: name,
        filename: name,
        declaredType: null,
        content: bytes.subarray(next.at),
      };
    }
    for (const { isGivenUp, ending } of kinds)
      if (isGivenUp) yield limit(`embedded-tests-${ending}`);
  },
};

function isIn(bytes: Uint8Array, kind: Embedded): boolean {
  const search = new Search(bytes, kind);
  search.advance(1);
  return search.isGivenUp || search.at < bytes.length;
}

function limit(name: string): Entry {
  return { kind: "unread", place: null, filename: null, reason: "limit", name };
}

/** One kind's next archive. */
class Search {
  readonly #bytes: Uint8Array;
  readonly #kind: Embedded;
  #from = 1;
  #tests = 0;
  /** Infinity: there are no more. */
  at = -1;
  length = 0;
  /** Too many places looked like one: what comes after was not tested. */
  isGivenUp = false;

  constructor(bytes: Uint8Array, kind: Embedded) {
    this.#bytes = bytes;
    this.#kind = kind;
  }

  get ending(): string {
    return this.#kind.ending;
  }

  /** To the first one at `end` or after; each place is looked at once. */
  advance(end: number): void {
    const { signature, offset = 0, isLikely, length } = this.#kind;
    while (this.at < end && !this.isGivenUp) {
      const from = Math.max(this.#from, end + offset);
      const found = findSignature(this.#bytes, signature, from);
      if (found < 0) {
        this.at = Infinity;
        return;
      }
      this.#from = found + 1;
      const at = found - offset;
      if (isLikely !== undefined && !isLikely(this.#bytes, at)) continue;
      this.#tests += 1;
      if (this.#tests > maxTests) {
        this.isGivenUp = true;
        this.at = Infinity;
        return;
      }
      this.length = length(this.#bytes, at);
      if (this.length > 0) this.at = at;
    }
  }
}

function first(kinds: readonly Search[]): Search | null {
  let best: Search | null = null;
  for (const kind of kinds) if (kind.at < (best?.at ?? Infinity)) best = kind;
  return best;
}

/** Version 6 (2), CRC of what follows 8, then offset 12, size 20 and CRC 28 of the next header. */
function length7z(bytes: Uint8Array, at: number): number {
  return crc32(bytes.subarray(at + 12, at + 32)) === u32le(bytes, at + 8)
    ? 32 + u64le(bytes, at + 12) + u64le(bytes, at + 20)
    : 0;
}

/** The archive header: CRC 7, type 9 (73), flags 10, size 12. */
function lengthRar4(bytes: Uint8Array, at: number): number {
  const size = u16le(bytes, at + 12);
  const sum = crc32(bytes.subarray(at + 9, at + 7 + size)) & 0xffff;
  return sum === u16le(bytes, at + 7) ? 7 : 0;
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
  return size >= 44 ? size : 0;
}

/** Size 2 of the basic header 4: its first part's size 4, file type 10 (2: the archive itself). */
function isLikelyArj(bytes: Uint8Array, at: number): boolean {
  const size = u16le(bytes, at + 2);
  const firstSize = u8(bytes, at + 4);
  return (
    size >= 30 &&
    size <= 2600 &&
    firstSize >= 30 &&
    firstSize <= size &&
    u8(bytes, at + 10) === 2
  );
}

/** The basic header's CRC stands behind it. Its files begin with the same two bytes, but are of another type. */
function lengthArj(bytes: Uint8Array, at: number): number {
  const size = u16le(bytes, at + 2);
  const header = bytes.subarray(at + 4, at + 4 + size);
  return crc32(header) === u32le(bytes, at + 4 + size) ? 4 + size : 0;
}

/** All members: each begins like an archive. */
function lengthLha(bytes: Uint8Array, at: number): number {
  let end = at;
  for (
    let header = readLhaHeader(bytes, at);
    header?.isSound === true && header.name !== "" && end < bytes.length;
    header = readLhaHeader(bytes, end)
  )
    end = header.start + header.packedBytes;
  return Math.min(end, bytes.length) - at;
}
