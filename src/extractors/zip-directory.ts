// A central directory of a zip file, found by its end record, with or without
// a prefix (a self-extractor's program) counted in the offsets. Called by
// zip.ts.

import { asBuffer } from "../mime/bytes.ts";
import { u16le } from "./archive-bytes.ts";
import {
  type CentralHeader,
  centralSignature,
  endSignature,
  readCentralHeader,
  readEndRecord,
  readLocalHeader,
  type ZipHeader,
} from "./zip-records.ts";

export interface ZipDirectory {
  /** Offset of its first header. */
  readonly start: number;
  readonly end: number;
  /** Offset of the archive within the bytes. */
  readonly base: number;
  readonly headers: readonly CentralHeader[];
  /** It has as many headers as its end record says, and they are where that says. */
  readonly isAsStated: boolean;
}

/** 4.3.16: the end record has 22 bytes, its comment up to 65,535. */
const maxEndBytes = 22 + 65_535;

/** Offset of the last end record before `before`, or -1. */
export function findEndRecord(bytes: Uint8Array, before: number): number {
  return asBuffer(bytes.subarray(0, before)).lastIndexOf(
    endSignature,
    undefined,
    "latin1",
  );
}

/** The directories that an end record may mean; two where its size and its offset disagree. */
export function directoriesOf(bytes: Uint8Array, at: number): ZipDirectory[] {
  const record = readEndRecord(bytes, at);
  if (record === null) return [];
  const directories: ZipDirectory[] = [];
  const behind = record.directoryEnd - record.directorySize;
  // The place that its size tells is right with and without a prefix.
  for (const start of new Set([behind, record.directoryAt])) {
    const headers = walk(bytes, start);
    if (headers.length > 0)
      directories.push({
        start,
        end: headers.at(-1)?.end ?? start,
        base: start - record.directoryAt,
        headers,
        isAsStated:
          start === behind &&
          headers.length % 65_536 === record.entries % 65_536,
      });
  }
  return directories;
}

function walk(bytes: Uint8Array, start: number): CentralHeader[] {
  const headers: CentralHeader[] = [];
  for (let at = start; ;) {
    const header = readCentralHeader(bytes, at);
    if (header === null) return headers;
    headers.push(header);
    at = header.end;
  }
}

/** The local header of a directory's entry. */
export function localHeaderOf(
  bytes: Uint8Array,
  { base }: ZipDirectory,
  { localAt }: CentralHeader,
): ZipHeader | null {
  return (
    readLocalHeader(bytes, base + localAt) ?? readLocalHeader(bytes, localAt)
  );
}

/** The bytes end with a zip file, whatever they begin with. A comment may hold what looks like one more end record. */
export function endsLikeZip(bytes: Uint8Array): boolean {
  const from = Math.max(0, bytes.length - maxEndBytes);
  const tail = bytes.subarray(from);
  let found = findEndRecord(tail, tail.length);
  if (found < 0) return false;
  const central = asBuffer(bytes).indexOf(centralSignature, 0, "latin1");
  if (central < 0) return false;
  for (; found >= 0; found = findEndRecord(tail, found)) {
    const at = from + found;
    // Disk numbers are 0, or all ones where Zip64 has them.
    if (
      at > central &&
      at + 22 <= bytes.length &&
      [0, 0xffff].includes(u16le(bytes, at + 4))
    )
      return true;
  }
  return false;
}
