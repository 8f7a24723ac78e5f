// InstallShield: the setup.exe that carries its files behind the program, and
// cabinets of versions 5 and later (data1.cab, "ISc("). There is no official
// description; this follows files, and what the projects ISx and unshield
// found out. All numbers are little-endian.
//
// Behind the program (the PE overlay) stands one of
// a) plain files, one after another (to version 12):
//      name NUL, path NUL, version NUL, size in decimal NUL, content
// b) after at most a debug record, encoded files:
//      0  14  "InstallShield\0", or "ISSetupStream\0" (from 2012 on)
//     14   2  number of files
//     16  30  unknown
//    then for each file, after "InstallShield":
//      0  260  name, ended by NUL     260  4  flags: 2 encoded, 4 in blocks
//    264    4  unknown                268  4  size of the data
//    272    8  unknown                280  2  1: deflated (zlib)
//    282   30  unknown                312     data
//    and after "ISSetupStream":
//      0    4  length of the name, n    4  4  flags
//      8    2  unknown                 10  4  size of the data
//     14    8  unknown                 22  2  1: deflated
//     24    n  name, UTF-16          24+n     data
// The encoding: each byte's halves are swapped, then it is combined with the
// file's name and four fixed bytes, over and over (from the start again every
// 1024 bytes with flag 4).

import type { Budget } from "../budget.ts";
import { asBuffer } from "../mime/bytes.ts";
import { findSignature, hasSignature, u16le, u32le } from "./archive-bytes.ts";
import { archiveName, untilNul } from "./archive-name.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { inflateWithin } from "./inflate.ts";
import { openCabinet } from "./installshield-cabinet.ts";

const cabinetSignature = "ISc(";
const streamSignatures = ["InstallShield\0", "ISSetupStream\0"] as const;

export const installshield: Extractor = {
  format: "installshield",

  recognizes({ bytes }: Candidate): boolean {
    if (hasSignature(bytes, cabinetSignature)) return true;
    const overlay = overlayOf(bytes);
    return (
      overlay > 0 &&
      (readPlainHeader(bytes, overlay) !== null ||
        findStream(bytes, overlay) !== null)
    );
  },

  *entries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
    if (hasSignature(bytes, cabinetSignature)) {
      yield* openCabinet(bytes, budget);
      return;
    }
    const overlay = overlayOf(bytes);
    const stream = findStream(bytes, overlay);
    if (stream !== null) yield* openStream(bytes, stream, budget);
    else yield* openPlain(bytes, overlay, budget);
  },
};

/**
 * Offset after the last section of a Windows program, 0 where there is none
 * (Microsoft's PE format: 0x3C 4 offset of "PE\0\0"; from there 6 2 number of
 * sections, 20 2 size of the optional header, 24 that header, then 40 bytes a
 * section: 16 4 size of its data, 20 4 its offset).
 */
function overlayOf(bytes: Uint8Array): number {
  if (!hasSignature(bytes, "MZ")) return 0;
  const pe = u32le(bytes, 0x3c);
  if (!hasSignature(bytes, "PE\0\0", pe)) return 0;
  const sections = Math.min(u16le(bytes, pe + 6), 96);
  const table = pe + 24 + u16le(bytes, pe + 20);
  let end = 0;
  for (let i = 0; i < sections; i++) {
    const section = table + 40 * i;
    const sectionEnd = u32le(bytes, section + 16) + u32le(bytes, section + 20);
    end = Math.max(end, sectionEnd);
  }
  return end < bytes.length ? end : 0;
}

interface PlainHeader {
  readonly path: string;
  readonly start: number;
  readonly size: number;
}

const textBytes = 300;

function readPlainHeader(bytes: Uint8Array, at: number): PlainHeader | null {
  const texts: string[] = [];
  let start = at;
  while (texts.length < 4) {
    const text = untilNul(bytes, start, textBytes);
    if (text.length === textBytes || text.length === 0) return null;
    texts.push(archiveName(text));
    start += text.length + 1;
  }
  const [name = "", path = "", , size = ""] = texts;
  if (!path.endsWith(name) || !/^\d{1,10}$/.test(size)) return null;
  return { path, start, size: Number(size) };
}

function* openPlain(
  bytes: Uint8Array,
  overlay: number,
  budget: Budget,
): Generator<Entry> {
  let at = overlay;
  while (at < bytes.length) {
    const header = readPlainHeader(bytes, at);
    if (header === null) {
      yield remark("installshield-list");
      return;
    }
    const { path, start, size } = header;
    budget.chargePart();
    yield read(path, bytes.subarray(start, start + size));
    if (start + size > bytes.length)
      yield remark("installshield-truncated", true);
    at = start + size;
  }
}

interface Stream {
  readonly at: number;
  readonly isNew: boolean;
}

// A debug record (CodeView "NB10" and a path) may stand before it.
const debugRecordBytes = 1024;

function findStream(bytes: Uint8Array, overlay: number): Stream | null {
  const head = bytes.subarray(overlay, overlay + debugRecordBytes);
  for (const signature of streamSignatures) {
    const at = findSignature(head, signature);
    if (at >= 0)
      return { at: overlay + at, isNew: signature === streamSignatures[1] };
  }
  return null;
}

const streamHeaderBytes = 46;

function* openStream(
  bytes: Uint8Array,
  { at: begin, isNew }: Stream,
  budget: Budget,
): Generator<Entry> {
  const count = u16le(bytes, begin + 14);
  let at = begin + streamHeaderBytes;
  for (let i = 0; i < count; i++) {
    const nameBytes = isNew ? u32le(bytes, at) : 260;
    const start = at + (isNew ? 24 + nameBytes : 312);
    if (start > bytes.length) {
      yield remark("installshield-truncated");
      return;
    }
    const name = isNew
      ? asBuffer(bytes).toString(
          "utf16le",
          at + 24,
          at + 24 + Math.min(nameBytes, 1024),
        )
      : archiveName(untilNul(bytes, at, nameBytes));
    const flags = u32le(bytes, at + (isNew ? 4 : 260));
    const size = u32le(bytes, at + (isNew ? 10 : 268));
    const isDeflated = u16le(bytes, at + (isNew ? 22 : 280)) !== 0;

    const data = bytes.subarray(start, start + size);
    budget.chargePart();
    const decoded =
      (flags & 6) === 0 ? data : decode(data, name, flags, budget);
    const inflated = isDeflated
      ? inflateWithin(decoded.subarray(2), budget)
      : null;
    yield read(name, inflated?.content ?? decoded);
    if (
      start + size > bytes.length ||
      (inflated !== null && inflated.ending !== "complete")
    )
      yield remark("installshield-truncated", true);
    at = start + size;
  }
}

const fixedKey = [0x13, 0x35, 0x86, 0x07] as const;

function decode(
  data: Uint8Array,
  name: string,
  flags: number,
  budget: Budget,
): Uint8Array {
  budget.chargeBytes(data.length);
  const key = Buffer.from(name, "utf8");
  for (let i = 0; i < key.length; i++)
    key[i] = (key[i] ?? 0) ^ (fixedKey[i & 3] ?? 0);
  const block = (flags & 4) !== 0 ? 1024 : Number.POSITIVE_INFINITY;
  const decoded = new Uint8Array(data.length);
  let inBlock = 0;
  let inKey = 0;
  for (let i = 0; i < data.length; i++) {
    const byte = data[i] ?? 0;
    const swapped = ((byte << 4) | (byte >> 4)) & 0xff;
    decoded[i] = ~(swapped ^ (key[inKey] ?? 0));
    inKey += 1;
    inBlock += 1;
    if (inKey >= key.length) inKey = 0;
    if (inBlock >= block) {
      inBlock = 0;
      inKey = 0;
    }
  }
  return decoded;
}

function read(path: string, content: Uint8Array): Entry {
  return {
    kind: "read",
    place: path,
    filename: path,
    declaredType: null,
    content,
  };
}

function remark(name: string, aboutLastEntry = false): Entry {
  return { kind: "remark", finding: "malformed", name, aboutLastEntry };
}

// Ignored: versions of files and the unknown fields. Compiled scripts
// (setup.inx) are given as they are.
