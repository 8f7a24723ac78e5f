// The index: one line for each held message in `.index` of the quarantine's
// folder, so that 100,000 messages are searched without opening them. It is a
// cache and nothing more. Whoever holds appends a line, survey.ts adds what is
// missing, and anybody may delete it.
//
// Many processes append at once: a line is one write to a file opened with
// O_APPEND. Where that is torn (a full disk, NFS), the line's sum tells. Nobody
// locks: a line that is lost because the file was replaced meanwhile costs one
// reading of that message's head.

import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

import { IndexRow } from "./index-row.ts";

const indexName = ".index";
const chunkBytes = 1024 * 1024;
/** A longer one is no row. */
const lineBytes = 16 * 1024;

/** Whom a new file is given to, by root. */
interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Never throws: what is not in the index is read from its file. `lines`: whole rows. */
export function appendRows(
  path: string,
  lines: string,
  owner: Owner | null = null,
): void {
  try {
    const file = openSync(
      join(path, indexName),
      constants.O_WRONLY |
        constants.O_APPEND |
        constants.O_CREAT |
        constants.O_NOFOLLOW |
        constants.O_NONBLOCK,
      0o600,
    );
    try {
      if (owner !== null) fchownSync(file, owner.uid, owner.gid);
      writeSync(file, Buffer.from(lines, "latin1"));
    } finally {
      closeSync(file);
    }
  } catch {
    // A full disk, a reader without the right to write.
  }
}

/**
 * Calls for every row that is whole, in order; a message may have several. The
 * row is the same object each time. For none where there is no index.
 */
export function readRows(path: string, onRow: (row: IndexRow) => void): void {
  let file: number;
  try {
    file = openSync(
      join(path, indexName),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch {
    return;
  }
  try {
    if (isPlainFile(file)) readRowsIn(file, onRow);
  } finally {
    close(file);
  }
}

function isPlainFile(file: number): boolean {
  try {
    return fstatSync(file).isFile();
  } catch {
    return false;
  }
}

/** After reading there is nothing that an error of close could tell. */
function close(file: number): void {
  try {
    closeSync(file);
  } catch {
    // It is closed all the same.
  }
}

function readRowsIn(file: number, onRow: (row: IndexRow) => void): void {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  const row = new IndexRow();
  /** Bytes of a line whose end was not in the last piece, at the front. */
  let begun = 0;
  for (;;) {
    let count: number;
    try {
      count = readSync(file, buffer, begun, chunkBytes - begun, null);
    } catch {
      // EIO: what could not be read is read from the messages' files.
      return;
    }
    if (count === 0) return;
    const length = begun + count;
    let at = 0;
    for (;;) {
      const end = row.read(buffer, at, length);
      if (end === length) break;
      if (row.isWhole) onRow(row);
      at = end + 1;
    }
    // No row is that long; what is left of this line fails its sum.
    begun = length - at > lineBytes ? 0 : length - at;
    if (begun > 0) buffer.copyWithin(0, at, length);
  }
}

/**
 * Puts these lines in the index's place, at once. Throws where it can't be
 * written; then the old one stays.
 */
export function replaceIndex(path: string, lines: Iterable<string>): void {
  const temporary = join(path, `${indexName}.${process.pid}`);
  const file = openSync(
    temporary,
    constants.O_WRONLY |
      constants.O_CREAT |
      constants.O_TRUNC |
      constants.O_NOFOLLOW,
    0o600,
  );
  try {
    try {
      let waiting = "";
      for (const line of lines) {
        waiting += line;
        if (waiting.length < chunkBytes) continue;
        writeAll(file, waiting);
        waiting = "";
      }
      writeAll(file, waiting);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, join(path, indexName));
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length;)
    at += writeSync(file, bytes, at, bytes.length - at);
}
