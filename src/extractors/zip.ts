// Zip files (PKWARE's APPNOTE.TXT 6.3.10). Readers disagree about which of
// two headers is right, so both are read: every entry of every central
// directory, and every local header that no directory names. Where local and
// central header differ, what each leads to is an entry. Differences are
// `malformed` remarks; honest files have none.
//
// Ignored: times, attributes, comments, disks (a split archive's first part
// gives what is in it), signatures. Directories without data are no entries.

import type { Budget } from "../budget.ts";
import {
  type Candidate,
  type Entry,
  type Extractor,
  passwordRemark,
} from "./extractor.ts";
import { findSignature, hasSignature, u16le } from "./archive-bytes.ts";
import type { ZipArchive } from "./zip-archive.ts";
import { Coverage } from "./zip-coverage.ts";
import {
  directoriesOf,
  endsLikeZip,
  findEndRecord,
  localHeaderOf,
  type ZipDirectory,
} from "./zip-directory.ts";
import { readDeferred, readMember } from "./zip-member.ts";
import {
  endSignature,
  isPlausible,
  localSignature,
  readLocalHeader,
} from "./zip-records.ts";

/** End records that are looked at; honest files have one. */
const maxEnds = 16;

export const zip: Extractor = {
  format: "zip",
  // "PK\7\8" and "PK00" mark split archives, with one part or more.
  recognizes: ({ bytes }) =>
    hasSignature(bytes, localSignature) ||
    hasSignature(bytes, endSignature) ||
    hasSignature(bytes, `PK\x07\x08${localSignature}`) ||
    hasSignature(bytes, `PK00${localSignature}`) ||
    endsLikeZip(bytes),
  entries: zipEntries,
};

function* zipEntries(
  { bytes, passwords }: Candidate,
  budget: Budget,
): Generator<Entry> {
  const archive: ZipArchive = {
    bytes,
    budget,
    passwords,
    opening: new Set(),
    coverage: new Coverage(bytes.length),
    deferred: [],
    remarks: new Set(),
  };
  yield* directories(archive);
  yield* orphans(archive);
  yield* readDeferred(archive);
  yield* trailing(archive);
  if (archive.coverage.isExhausted)
    yield {
      kind: "unread",
      place: null,
      filename: null,
      reason: "limit",
      name: "zip-overlap",
    };
  else if (archive.coverage.hasOverlaps) archive.remarks.add("zip-overlap");
  for (const name of archive.remarks)
    yield { kind: "remark", finding: "malformed", name };
  for (const password of archive.opening) yield* passwordRemark(password);
}

/**
 * The directory that the last end record names, then those of end records in
 * bytes that nothing uses yet: within an entry, they are those of a zip file
 * that was stored in this one.
 */
function* directories(archive: ZipArchive): Generator<Entry> {
  const { bytes, coverage, remarks } = archive;
  const seen = new Set<number>();
  let before = bytes.length;
  for (let tries = 0; tries < maxEnds && seen.size === 0; tries++) {
    before = findEndRecord(bytes, before);
    if (before < 0) break;
    for (const directory of directoriesOf(bytes, before))
      yield* directoryMembers(archive, directory, seen);
  }
  if (seen.size === 0) remarks.add("zip-directory-missing");
  if (seen.size > 1) remarks.add("zip-two-directories");
  for (const gap of coverage.gaps())
    for (
      let at = findSignature(bytes, endSignature, gap.start);
      at >= 0 && at < gap.end && seen.size <= maxEnds;
      at = findSignature(bytes, endSignature, at + 4)
    )
      for (const directory of directoriesOf(bytes, at)) {
        if (seen.has(directory.start)) continue;
        remarks.add("zip-two-directories");
        yield* directoryMembers(archive, directory, seen);
      }
}

function* directoryMembers(
  archive: ZipArchive,
  directory: ZipDirectory,
  seen: Set<number>,
): Generator<Entry> {
  const { bytes, coverage, remarks } = archive;
  seen.add(directory.start);
  if (!directory.isAsStated) remarks.add("zip-directory-mismatch");
  coverage.addDirectory(directory.start, directory.end);
  for (const central of directory.headers) {
    if (coverage.isExhausted) return;
    yield* readMember(
      archive,
      central,
      localHeaderOf(bytes, directory, central),
    );
  }
}

/** Behind the last end record and its comment: another file may be appended. */
function* trailing({ bytes, budget }: ZipArchive): Generator<Entry> {
  const at = findEndRecord(bytes, bytes.length);
  if (at < 0) return;
  const rest = bytes.subarray(at + 22 + u16le(bytes, at + 20));
  if (rest.length < 16 || rest.every((byte) => byte === 0)) return;
  budget.chargePart();
  yield {
    kind: "read",
    place: "trailing data",
    filename: null,
    declaredType: null,
    content: rest,
  };
}

/** Local headers that stand where no entry and no directory is. */
function* orphans(archive: ZipArchive): Generator<Entry> {
  const { bytes, coverage, remarks } = archive;
  for (const gap of coverage.gaps()) {
    const upToEnd = bytes.subarray(0, gap.end);
    let at = findSignature(upToEnd, localSignature, gap.start);
    while (at >= 0 && !coverage.isExhausted) {
      const local = readLocalHeader(bytes, at);
      at += 4;
      if (local !== null && isPlausible(bytes, local)) {
        remarks.add("zip-directory-mismatch");
        at = Math.max(at, yield* readMember(archive, null, local));
      }
      at = findSignature(upToEnd, localSignature, at);
    }
  }
}
