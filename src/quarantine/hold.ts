// Puts a message into the quarantine so that it survives a crash at any
// instruction: written to tmp, fsynced, renamed to new, the folder fsynced, and
// only then is the caller told. The filter calls it before it answers
// anything. Each folder is a Maildir (https://cr.yp.to/proto/maildir.html).
//
// Every failure throws with its cause and takes back what it can. A file left
// in tmp by a killed process is never listed. The index is told last: without
// its line the message is found all the same.

import { createHash } from "node:crypto";
import {
  chown,
  lstat,
  mkdir,
  open,
  rename,
  stat,
  unlink,
} from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

import { errorCode } from "../error-code.ts";
import { type Entry, isEntryId } from "./entry.ts";
import { formatHead } from "./format-head.ts";
import { appendRows } from "./index-file.ts";
import { formatRow } from "./index-row.ts";

/** Returns the entry's ID when it is durable. `path`: the quarantine's folder, absolute. */
export async function hold(path: string, entry: Entry): Promise<string> {
  if (!isEntryId(entry.id))
    throw new Error(`cannot hold a message: ${entry.id} is no ID`);
  try {
    await holdOnce(path, entry);
  } catch (error) {
    throw new Error(
      `cannot hold message ${entry.id} in ${join(path, entry.folder)}: ${String(error)}`,
      { cause: error },
    );
  }
  return entry.id;
}

async function holdOnce(path: string, entry: Entry): Promise<void> {
  const { bytes, ...rest } = entry;
  const fields = {
    ...rest,
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
  const head = formatHead(fields);
  const maildir = join(path, entry.folder);
  const owner = await ownerOf(path);
  for (const name of ["tmp", "new", "cur"])
    await makeFolder(join(maildir, name), owner);
  // Another process may have made them this instant and not synced them yet.
  await syncFolder(maildir);
  await syncFolder(path);

  const temporary = join(maildir, "tmp", entry.id);
  const held = join(maildir, "new", entry.id);
  const file = await open(temporary, "wx", 0o600);
  let placed = temporary;
  try {
    try {
      if (owner !== null) await file.chown(owner.uid, owner.gid);
      await file.writeFile(head);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    // rename would replace an older entry without a word. Nobody else can be
    // between these two steps with the same ID: tmp was opened exclusively.
    if (await exists(held)) throw new Error(`${held} is already there`);
    await rename(temporary, held);
    placed = held;
    await syncFolder(join(maildir, "new"));
  } catch (error) {
    // A held message whose sender is told to try again would arrive twice.
    await unlink(placed).catch(() => undefined);
    throw error;
  }
  appendRows(path, formatRow(fields, head.length), owner);
}

/** Whom a folder belongs to. */
interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * What root holds (mail of cron, say) must not lock the quarantine's owner
 * out: root gives it to whom the folder belongs. Null for all others.
 */
async function ownerOf(path: string): Promise<Owner | null> {
  if (process.geteuid?.() !== 0) return null;
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** Makes a folder and what is missing above it, each durable in its parent. */
export async function makeFolder(
  path: string,
  owner: Owner | null = null,
): Promise<void> {
  try {
    await makeOne(path, owner);
  } catch (error) {
    if (errorCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path), owner);
    // Once: where a file system answers ENOENT for ever (/proc), so would we.
    await makeOne(path, owner);
  }
}

async function makeOne(path: string, owner: Owner | null): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    throw error;
  }
  if (owner !== null) await chown(path, owner.uid, owner.gid);
  await syncFolder(dirname(path));
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder: FileHandle = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
