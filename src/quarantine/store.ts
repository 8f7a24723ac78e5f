// Finds and reads what the quarantine holds: `list` for all heads, `read` for
// one entry. The command line calls it. Entries are found by ID in `new` and,
// where an IMAP server has moved them, in `cur` under the ID and Maildir flags.
//
// An entry is whole when its file has exactly the size that its head states;
// everything else is reported as damaged, with the file's place, never hidden.
// Synchronous reads: listing 100,000 heads this way costs a fraction of as
// many promises, and nothing else runs in this process meanwhile. To choose
// among many, survey.ts spares the reading.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { lstatSync, readdirSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";

import { errorCode } from "../error-code.ts";
import { type Folder, folders } from "../decision.ts";
import { type EntryHead, isEntryId } from "./entry.ts";
import { headEnd } from "./format-head.ts";
import { DamagedEntry, parseHead } from "./parse-head.ts";

/** A place where an entry's file was seen. */
export interface Place {
  readonly id: string;
  readonly folder: Folder;
  readonly file: string;
}

/** An entry whose head was read and whose size is right. */
export interface HeldEntry extends Place {
  readonly kind: "entry";
  readonly head: EntryHead;
  /** Where the received bytes begin in the file. */
  readonly offset: number;
}

export interface Damaged extends Place {
  readonly kind: "damaged";
  readonly reason: string;
}

const chunkBytes = 64 * 1024;

/** Most heads are smaller; the first read takes no more. */
const firstBytes = 4 * 1024;

/** For heads, which are read one after the other: a new buffer for each costs more than the reading. */
const headChunk = Buffer.allocUnsafe(chunkBytes);

/** An envelope of `envelope_bytes` with every byte encoded as three, and room for fields. */
const headBytes = 256 * 1024 * 1024;

/** All entries in `only` (default: every folder), oldest first. Reads the heads alone. */
export function* list(
  path: string,
  only: readonly Folder[] = folders,
): Generator<HeldEntry | Damaged> {
  const places = only.flatMap((folder) => placesIn(path, folder));
  places.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (const place of places) {
    const found = readPlace(place);
    if (found !== null) yield found;
  }
}

/** The entry with that ID; null where there is none, or `id` has no ID's form. */
export function read(path: string, id: string): HeldEntry | Damaged | null {
  const place = locate(path, id);
  return place === null ? null : readPlace(place);
}

/**
 * Throws DamagedEntry where the received bytes have not the recorded sha256.
 * Asked before a release: half a message must not have gone out by then, so
 * the bytes are read twice.
 */
export function verifyBytes(entry: HeldEntry): void {
  const hash = createHash("sha256");
  for (const piece of readBytes(entry)) hash.update(piece);
  if (hash.digest("hex") !== entry.head.sha256)
    throw new DamagedEntry("the received bytes have another sha256");
}

/** The received bytes in pieces. Throws DamagedEntry where the file has become shorter. */
export function* readBytes(entry: HeldEntry): Generator<Uint8Array> {
  const file = openEntry(entry.file);
  try {
    yield* pieces(file, entry.offset, entry.head.size);
  } finally {
    closeSync(file);
  }
}

/** The whole file in pieces, our fields with it. */
export function* readFile(entry: HeldEntry): Generator<Uint8Array> {
  const file = openEntry(entry.file);
  try {
    yield* pieces(file, 0, entry.offset + entry.head.size);
  } finally {
    closeSync(file);
  }
}

function* pieces(
  file: number,
  from: number,
  size: number,
): Generator<Uint8Array> {
  let at = from;
  let left = size;
  while (left > 0) {
    const piece = Buffer.allocUnsafe(Math.min(chunkBytes, left));
    const count = readSync(file, piece, 0, piece.length, at);
    if (count === 0)
      throw new DamagedEntry(`${size} bytes expected, ${size - left} found`);
    yield piece.subarray(0, count);
    at += count;
    left -= count;
  }
}

/** Where the entry with that ID is. */
export function locate(path: string, id: string): Place | null {
  if (!isEntryId(id)) return null;
  const found = locateDirectly(path, id);
  if (found !== null) return found;
  for (const folder of folders) {
    const moved = placesIn(path, folder).find((place) => place.id === id);
    if (moved) return moved;
  }
  return null;
}

/** What IMAP servers mostly set: Passed, Replied, Seen, Trashed, Flagged, in ASCII order. */
const usualFlags = ["", "S", "F", "FS", "RS", "T", "ST", "PS"];

/** The same without a look at the names in `cur`, of which there may be many: not under every set of flags. */
export function locateDirectly(path: string, id: string): Place | null {
  if (!isEntryId(id)) return null;
  const names = [
    join("new", id),
    ...usualFlags.map((flags) => join("cur", `${id}:2,${flags}`)),
  ];
  for (const folder of folders)
    for (const name of names) {
      const file = join(path, folder, name);
      try {
        if (lstatSync(file).isFile()) return { id, folder, file };
      } catch (error) {
        if (!isAbsence(error)) throw error;
      }
    }
  return null;
}

/** By the names alone, in no order. */
export function placesIn(path: string, folder: Folder): Place[] {
  const places: Place[] = [];
  for (const name of ["new", "cur"]) {
    const from = join(path, folder, name);
    for (const file of namesIn(from)) {
      // In cur a name has flags: "ID:2,S".
      const flags = file.indexOf(":");
      const id = flags < 0 ? file : file.slice(0, flags);
      if (isEntryId(id)) places.push({ id, folder, file: `${from}/${file}` });
    }
  }
  return places;
}

/** Names of files that are no entry's: an IMAP server's copies, a stranger's. */
export function foreignIn(path: string, folder: Folder): string[] {
  return ["new", "cur"].flatMap((name) => {
    const from = join(path, folder, name);
    return namesIn(from)
      .filter((file) => !isEntryId(file.split(":", 1)[0] ?? ""))
      .map((file) => `${from}/${file}`);
  });
}

/** Names in a folder; none where it is not there. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

/** Null where the file has gone in the meantime. */
export function readPlace(place: Place): HeldEntry | Damaged | null {
  let file: number;
  try {
    file = openEntry(place.file);
  } catch (error) {
    if (isAbsence(error)) return null;
    return { ...place, kind: "damaged", reason: String(error) };
  }
  try {
    const { text, offset } = readHeadText(file);
    const head = parseHead(text);
    if (head.id !== place.id)
      throw new DamagedEntry("its ID is not its file's name");
    const size = fstatSync(file).size - offset;
    if (size !== head.size)
      throw new DamagedEntry(
        `${head.size} bytes of message expected, ${size} found`,
      );
    return { ...place, kind: "entry", head, offset };
  } catch (error) {
    const reason =
      error instanceof DamagedEntry ? error.message : String(error);
    return { ...place, kind: "damaged", reason };
  } finally {
    closeSync(file);
  }
}

/** Reads on while there are only lines of ours, so that a foreign file costs one read. */
function readHeadText(file: number): { text: string; offset: number } {
  const read: string[] = [];
  let tail = "";
  let length = 0;
  while (length < headBytes) {
    const wanted = length === 0 ? firstBytes : chunkBytes;
    const count = readSync(file, headChunk, 0, wanted, length);
    if (count === 0) break;
    const piece = headChunk.toString("latin1", 0, count);
    if (length === 0 && !piece.startsWith("X-Qsift-Quarantine: "))
      throw new DamagedEntry("it does not begin with X-Qsift-Quarantine");
    // The end may stand across two pieces; a line end before it is ours.
    const seam = `${tail}${piece}`;
    const end = seam.indexOf(`\n${headEnd}`);
    if (end >= 0) {
      const before = length - tail.length + end + 1;
      read.push(piece);
      return {
        text: read.join("").slice(0, before),
        offset: before + headEnd.length,
      };
    }
    read.push(piece);
    length += count;
    tail = piece.slice(-headEnd.length);
  }
  throw new DamagedEntry("its head has no end");
}

function openEntry(file: string): number {
  // Never through a symbolic link, and never waiting for a FIFO's writer.
  const flags =
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const opened = openSync(file, flags);
  if (fstatSync(opened).isFile()) return opened;
  closeSync(opened);
  throw new DamagedEntry("it is no regular file");
}

function isAbsence(error: unknown): boolean {
  return errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
}
