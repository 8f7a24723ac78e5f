// The 512-byte header of tar (POSIX 1003.1 ustar, and what v7 and GNU tar
// have in its place), and the records of pax headers. Called by tar.ts.

import { asBuffer } from "../mime/bytes.ts";
import { hasSignature, u8 } from "./archive-bytes.ts";
import { archiveName, untilNul } from "./archive-name.ts";

export const blockBytes = 512;

export interface TarHeader {
  readonly name: string;
  readonly size: number;
  /** One character; "\0" of v7 is "0". */
  readonly type: string;
  readonly linkName: string;
  readonly isSumRight: boolean;
}

/**
 * Name 0 (100), mode 100, owner 108, group 116, size 124 (12), time 136, sum
 * 148 (8), type 156, link's target 157 (100), magic 257 (6), version 263,
 * owner's name 265, group's name 297, devices 329 and 337, prefix 345 (155).
 * Null where neither magic nor sum is right.
 */
export function readTarHeader(bytes: Uint8Array, at: number): TarHeader | null {
  if (at < 0 || at + blockBytes > bytes.length) return null;
  const isUstar = hasSignature(bytes, "ustar", at + 257);
  const isSumRight = checkSum(bytes, at);
  if (!isUstar && !isSumRight) return null;
  const name = archiveName(untilNul(bytes, at, 100));
  // GNU's magic is "ustar  \0": it has times and sparse maps at 345.
  const prefix =
    isUstar && u8(bytes, at + 262) === 0
      ? archiveName(untilNul(bytes, at + 345, 155))
      : "";
  const type = u8(bytes, at + 156);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    size: tarNumber(bytes, at + 124, 12),
    type: type === 0 ? "0" : String.fromCharCode(type),
    linkName: archiveName(untilNul(bytes, at + 157, 100)),
    isSumRight,
  };
}

/** Octal, or with the first bit set base 256 (GNU); -1 where it is neither. */
export function tarNumber(
  bytes: Uint8Array,
  at: number,
  length: number,
): number {
  if (u8(bytes, at) & 0x80) {
    // FF at the start is a negative number.
    let value = u8(bytes, at) & 0x7f;
    if (u8(bytes, at) === 0xff) return -1;
    for (let i = 1; i < length; i++) value = value * 256 + u8(bytes, at + i);
    return value;
  }
  const text = asBuffer(untilNul(bytes, at, length))
    .toString("latin1")
    .trim();
  if (text === "") return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : -1;
}

/** The sum of all bytes, its own taken as blanks; some old programs added signed bytes. */
function checkSum(bytes: Uint8Array, at: number): boolean {
  const stated = tarNumber(bytes, at + 148, 8);
  if (stated <= 8 * 32) return false;
  let sum = 0;
  let signed = 0;
  for (let i = 0; i < blockBytes; i++) {
    const byte = i >= 148 && i < 156 ? 32 : u8(bytes, at + i);
    sum += byte;
    signed += (byte << 24) >> 24;
  }
  return stated === sum || stated === signed;
}

export interface PaxRecords {
  /** Of the keywords that tar.ts knows. */
  readonly values: ReadonlyMap<string, string>;
  /** GNU sparse format 0.0: offset and length in turn. */
  readonly sparse: readonly number[];
  readonly isSound: boolean;
}

const paxKeywords = new Set([
  "path",
  "linkpath",
  "size",
  "GNU.sparse.name",
  "GNU.sparse.map",
  "GNU.sparse.major",
  "GNU.sparse.minor",
  "GNU.sparse.size",
  "GNU.sparse.realsize",
]);

/** "length keyword=value\n" in turn; the length counts itself and the line end. */
export function readPax(data: Uint8Array): PaxRecords {
  const values = new Map<string, string>();
  const sparse: number[] = [];
  let at = 0;
  while (at < data.length) {
    // Twenty digits are more than any length.
    const blank = data.subarray(at, at + 20).indexOf(32);
    const length = tarDecimal(data.subarray(at, at + Math.max(0, blank)));
    const end = at + length;
    // Padding with zeros is common enough.
    if (data.subarray(at, at + 1)[0] === 0) break;
    if (blank <= 0 || length <= blank + 1 || end > data.length)
      return { values, sparse, isSound: false };
    const record = data.subarray(at + blank + 1, end - 1);
    const equals = record.subarray(0, 64).indexOf(61);
    const keyword = archiveName(record.subarray(0, Math.max(0, equals)));
    const value = record.subarray(equals + 1);
    if (keyword === "GNU.sparse.offset" || keyword === "GNU.sparse.numbytes")
      sparse.push(tarDecimal(value));
    else if (paxKeywords.has(keyword))
      values.set(keyword, archiveName(value.subarray(0, 1 << 20)));
    at = end;
  }
  return { values, sparse, isSound: true };
}

function tarDecimal(bytes: Uint8Array): number {
  const text = asBuffer(bytes.subarray(0, 20)).toString("latin1");
  return /^[0-9]+$/.test(text) ? Number(text) : 0;
}
