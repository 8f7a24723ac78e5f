// The records of a zip file, as APPNOTE.TXT 6.3.10 has them. Reading only:
// what is to be believed where they disagree, zip-member.ts decides.

import { hasSignature, u16le, u32le, u64le, u8 } from "./archive-bytes.ts";

/** What the local and the central header both say. */
export interface ZipHeader {
  /** Offset of its signature. */
  readonly at: number;
  /** Offset after it: for a local header, of the data. */
  readonly end: number;
  readonly flags: number;
  readonly method: number;
  /** Of the last change, as DOS has it; only a cipher looks at it. */
  readonly time: number;
  readonly crc: number;
  /** Compressed size. */
  readonly packed: number;
  readonly size: number;
  readonly name: Uint8Array;
  readonly extra: Uint8Array;
}

export interface CentralHeader extends ZipHeader {
  /** Offset of the local header, counted from the start of the archive. */
  readonly localAt: number;
}

export const localSignature = "PK\x03\x04";
export const centralSignature = "PK\x01\x02";
export const endSignature = "PK\x05\x06";
export const descriptorSignature = "PK\x07\x08";

/** 4.4.4: bits of `ZipHeader.flags`. */
export const zipFlag = {
  encrypted: 1,
  /** Sizes and CRC follow the data; in the local header they may be 0. */
  descriptor: 1 << 3,
  strongEncryption: 1 << 6,
  utf8: 1 << 11,
  /** The central directory is encrypted, local headers are masked. */
  masked: 1 << 13,
} as const;

/**
 * 4.3.7: signature 0, version needed 4, flags 6, method 8, time 10, date 12
 * (ignored), CRC 14, compressed size 18, size 22, name length 26, extra
 * length 28, name 30, extra.
 */
export function readLocalHeader(
  bytes: Uint8Array,
  at: number,
): ZipHeader | null {
  if (!hasSignature(bytes, localSignature, at) || at + 30 > bytes.length)
    return null;
  const nameEnd = at + 30 + u16le(bytes, at + 26);
  const end = nameEnd + u16le(bytes, at + 28);
  const extra = bytes.subarray(nameEnd, end);
  const size = u32le(bytes, at + 22);
  const packed = u32le(bytes, at + 18);
  const wide = zip64Fields(extra, [size, packed]);
  return {
    at,
    end,
    flags: u16le(bytes, at + 6),
    method: u16le(bytes, at + 8),
    time: u16le(bytes, at + 10),
    crc: u32le(bytes, at + 14),
    packed: wide[1] ?? packed,
    size: wide[0] ?? size,
    name: bytes.subarray(at + 30, nameEnd),
    extra,
  };
}

/**
 * 4.3.12: signature 0, version made by 4, version needed 6, flags 8, method
 * 10, time 12, date 14, CRC 16, compressed size 20, size 24, name length 28,
 * extra length 30, comment length 32, disk 34, internal attributes 36,
 * external attributes 38 (ignored: they only say how to store it), local
 * header 42, name 46, extra, comment (ignored).
 */
export function readCentralHeader(
  bytes: Uint8Array,
  at: number,
): CentralHeader | null {
  if (!hasSignature(bytes, centralSignature, at) || at + 46 > bytes.length)
    return null;
  const nameEnd = at + 46 + u16le(bytes, at + 28);
  const extraEnd = nameEnd + u16le(bytes, at + 30);
  const extra = bytes.subarray(nameEnd, extraEnd);
  const size = u32le(bytes, at + 24);
  const packed = u32le(bytes, at + 20);
  const localAt = u32le(bytes, at + 42);
  const wide = zip64Fields(extra, [size, packed, localAt]);
  return {
    at,
    end: extraEnd + u16le(bytes, at + 32),
    flags: u16le(bytes, at + 8),
    method: u16le(bytes, at + 10),
    time: u16le(bytes, at + 12),
    crc: u32le(bytes, at + 16),
    packed: wide[1] ?? packed,
    size: wide[0] ?? size,
    localAt: wide[2] ?? localAt,
    name: bytes.subarray(at + 46, nameEnd),
    extra,
  };
}

export interface EndRecord {
  readonly at: number;
  /** Where the directory ends: here, or at the Zip64 end record. */
  readonly directoryEnd: number;
  readonly entries: number;
  readonly directorySize: number;
  readonly directoryAt: number;
}

/**
 * 4.3.16: signature 0, disk 4, disk of the directory 6, entries on this disk
 * 8, entries 10, directory size 12, directory offset 16, comment length 20,
 * comment (ignored).
 *
 * 4.3.15, the Zip64 locator, 20 bytes before: signature 0, disk 4, offset of
 * the Zip64 end record 8. 4.3.14, that record: signature 0, its size 4,
 * versions 12 and 14, disks 16 and 20, entries 24 and 32, directory size 40,
 * directory offset 48.
 */
export function readEndRecord(bytes: Uint8Array, at: number): EndRecord | null {
  if (!hasSignature(bytes, endSignature, at) || at + 22 > bytes.length)
    return null;
  if (hasSignature(bytes, "PK\x06\x07", at - 20)) {
    const stated = u64le(bytes, at - 12);
    // With a prefix the stated offset is too low: look right before, too.
    for (const wideAt of [stated, at - 20 - 56])
      if (hasSignature(bytes, "PK\x06\x06", wideAt))
        return {
          at,
          directoryEnd: wideAt,
          entries: u64le(bytes, wideAt + 32),
          directorySize: u64le(bytes, wideAt + 40),
          directoryAt: u64le(bytes, wideAt + 48),
        };
  }
  return {
    at,
    directoryEnd: at,
    entries: u16le(bytes, at + 10),
    directorySize: u32le(bytes, at + 12),
    directoryAt: u32le(bytes, at + 16),
  };
}

/** 4.5: id 0, size 2, data; the data of the field `id`, or null. */
export function extraField(extra: Uint8Array, id: number): Uint8Array | null {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + u16le(extra, at + 2);
    if (u16le(extra, at) === id) return extra.subarray(at + 4, end);
    at = end;
  }
  return null;
}

/** 4.5.3, field 0001: a 64-bit value for each of `values` that is all ones, in this order. */
function zip64Fields(
  extra: Uint8Array,
  values: readonly number[],
): (number | undefined)[] {
  if (!values.includes(0xffff_ffff)) return [];
  const field = extraField(extra, 0x0001);
  if (field === null) return [];
  let at = 0;
  return values.map((value) => {
    if (value !== 0xffff_ffff || at + 8 > field.length) return undefined;
    at += 8;
    return u64le(field, at - 8);
  });
}

/**
 * Whether a local header that no directory names is one, or chance: a known
 * version and method, and a name without control characters.
 */
export function isPlausible(bytes: Uint8Array, header: ZipHeader): boolean {
  return (
    u8(bytes, header.at + 4) <= 63 &&
    header.end <= bytes.length &&
    header.name.length > 0 &&
    header.name.every((byte) => byte >= 0x20) &&
    (header.method <= 20 || (header.method >= 93 && header.method <= 99))
  );
}
