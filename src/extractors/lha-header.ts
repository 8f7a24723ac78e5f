// Headers of LHA archives (LHA's header.doc, and LHa for UNIX for the types of
// extended headers), levels 0 to 3. Used by lha.ts and, to find archives behind
// programs, by seven-zip-embedded.ts.
//
// Level        0   1   2   3
//   size       0/1 0/1 0/2 24/4   of the header: 0 without its first two bytes
//   sum        1/1 1/1            of the bytes from 2 on
//   word size              0/2   4
//   method     2/5, "-lh5-"
//   packed     7/4                in level 1 extended headers are counted in
//   size      11/4                of the content
//   time      15/4                (ignored)
//   attribute 19/1                (ignored)
//   level     20/1
//   name      21/n+1 21/n+1       length, then name; Amiga: NUL and a comment
//   CRC       n+22/2 n+22/2 21/2 21/2
//   system    n+24/1 n+24/1 23/1 23/1   level 0: not always
//   next             n+25/2 24/2 28/4  size of the first extended header, 0 none
// Extended header: type (1), data, size of the next one (2, in level 3 4):
//   0x00 CRC of the header (ignored)  0x01 name  0x02 directory, its parts ended
//   by FF  0x42 packed and full size (8 each)  0x44 name, 0x45 directory in
//   UTF-16; others (times, owners, rights, comments) are ignored.

import { u16le, u32le, u64le, u8 } from "./archive-bytes.ts";
import { archiveName, untilNul } from "./archive-name.ts";

export interface LhaHeader {
  /** Without its hyphens: "lh5". */
  readonly method: string;
  readonly name: string;
  /** Letter of the system that wrote it; "" unknown. */
  readonly system: string;
  readonly size: number;
  readonly crc: number;
  /** Where the data is. */
  readonly start: number;
  readonly packedBytes: number;
  /** Level 0 and 1: the sum is right; else always true. */
  readonly isSound: boolean;
}

/** Extended headers of one file; honest ones have fewer than ten. */
const maxExtended = 64;
const methods = /^(?:lh[0-9a-ex]|lz[s0-9]|pm[0-9s])$/;

/** Its first 21 bytes look like a header's. */
export function isLhaHeader(bytes: Uint8Array, at = 0): boolean {
  const name = String.fromCharCode(...bytes.subarray(at + 3, at + 6));
  return (
    u8(bytes, at + 2) === 0x2d &&
    u8(bytes, at + 6) === 0x2d &&
    methods.test(name)
  );
}

/** Null where there is none. */
export function readLhaHeader(bytes: Uint8Array, at: number): LhaHeader | null {
  if (!isLhaHeader(bytes, at)) return null;
  switch (u8(bytes, at + 20)) {
    case 0:
    case 1:
      return readOldHeader(bytes, at);
    case 2:
    case 3:
      return readNewHeader(bytes, at);
    default:
      return null;
  }
}

function readOldHeader(bytes: Uint8Array, at: number): LhaHeader | null {
  const size = u8(bytes, at);
  const nameBytes = u8(bytes, at + 21);
  const end = at + 2 + size;
  // Up to the CRC. (PMarc's archives for CP/M state 2 less where there is none.)
  if (size < 20 + nameBytes || end > bytes.length) return null;
  let sum = 0;
  for (let i = at + 2; i < end; i++) sum += u8(bytes, i);
  const hasExtended = u8(bytes, at + 20) === 1;
  const extended = hasExtended
    ? readExtended(bytes, end, u16le(bytes, end - 2), 2)
    : noneExtended;
  const packed = u32le(bytes, at + 7);
  const crcAt = at + 22 + nameBytes;
  return {
    ...common(
      bytes,
      at,
      extended,
      archiveName(untilNul(bytes, at + 22, nameBytes)),
    ),
    system: crcAt + 2 < end ? String.fromCharCode(u8(bytes, crcAt + 2)) : "",
    crc: u16le(bytes, crcAt),
    start: end + extended.bytes,
    packedBytes: extended.packedBytes ?? Math.max(0, packed - extended.bytes),
    isSound: (sum & 0xff) === u8(bytes, at + 1),
  };
}

function readNewHeader(bytes: Uint8Array, at: number): LhaHeader | null {
  const isWide = u8(bytes, at + 20) === 3;
  const system = String.fromCharCode(u8(bytes, at + 23));
  const stated = isWide ? u32le(bytes, at + 24) : u16le(bytes, at);
  // LHA for OS-9 leaves out the two bytes of the size itself.
  const size = stated + (!isWide && system === "K" ? 2 : 0);
  const fixed = isWide ? 32 : 26;
  if (size < fixed || at + size > bytes.length) return null;
  const width = isWide ? 4 : 2;
  const next = isWide ? u32le(bytes, at + 28) : u16le(bytes, at + 24);
  const extended = readExtended(
    bytes.subarray(0, at + size),
    at + fixed,
    next,
    width,
  );
  return {
    ...common(bytes, at, extended, ""),
    system,
    crc: u16le(bytes, at + 21),
    start: at + size,
    packedBytes: extended.packedBytes ?? u32le(bytes, at + 7),
    isSound: true,
  };
}

function common(
  bytes: Uint8Array,
  at: number,
  extended: Extended,
  shortName: string,
): Pick<LhaHeader, "method" | "name" | "size"> {
  const { directory } = extended;
  const name = extended.name ?? shortName;
  return {
    method: String.fromCharCode(...bytes.subarray(at + 3, at + 6)),
    name:
      directory === "" || directory.endsWith("/")
        ? directory + name
        : `${directory}/${name}`,
    size: extended.size ?? u32le(bytes, at + 11),
  };
}

interface Extended {
  /** All together. */
  readonly bytes: number;
  readonly name: string | null;
  readonly directory: string;
  readonly packedBytes: number | null;
  readonly size: number | null;
}

const noneExtended: Extended = {
  bytes: 0,
  name: null,
  directory: "",
  packedBytes: null,
  size: null,
};

/** The chain from `start` on; `width` of a size's field. */
function readExtended(
  bytes: Uint8Array,
  start: number,
  firstSize: number,
  width: 2 | 4,
): Extended {
  let { name, directory, packedBytes, size } = noneExtended;
  let at = start;
  let next = firstSize;
  for (let count = 0; next > width && count < maxExtended; count++) {
    const end = at + next;
    if (end > bytes.length) break;
    const data = bytes.subarray(at + 1, end - width);
    switch (u8(bytes, at)) {
      case 0x01:
        name ??= archiveName(data);
        break;
      case 0x02:
        directory = data.length > maxPathBytes ? "" : pathOf(data);
        break;
      case 0x42:
        packedBytes = u64le(data, 0);
        size = u64le(data, 8);
        break;
      case 0x44:
        name = utf16(data);
        break;
      case 0x45:
        directory = utf16(data).replaceAll("\uffff", "/");
        break;
      default:
        break;
    }
    next = width === 2 ? u16le(bytes, end - 2) : u32le(bytes, end - 4);
    at = end;
  }
  return { bytes: at - start, name, directory, packedBytes, size };
}

const maxPathBytes = 4096;

/** FF ends each part; it is in no UTF-8 and in no Shift-JIS. */
function pathOf(data: Uint8Array): string {
  return archiveName(data.map((byte) => (byte === 0xff ? 0x2f : byte)));
}

function utf16(data: Uint8Array): string {
  return Buffer.from(data.subarray(0, maxPathBytes)).toString("utf16le");
}
