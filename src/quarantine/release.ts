// Keeps one release from being done twice. `.releases/ID,N` in the quarantine's
// folder is lock and record in one: made exclusively before qmail-queue starts,
// completed after it succeeded, removed where it is known to have failed.
//
//   beginRelease   O_EXCL create, "releasing TIME pid N", fsync file and folder
//   qmail-queue    commits, or not
//   endRelease     appends "released TIME", fsync  |  cancelRelease  unlink, fsync
//
// Killed between begin and end, the entry stays `releasing`: nobody can know
// whether qmail-queue committed, so a later release refuses and says so until
// the user asks for it again, which takes the next N. Two processes that ask
// at once try for the same N, and one of them gets it.

import { constants } from "node:fs";
import { open, readFile, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";

import { errorCode } from "../error-code.ts";
import { isEntryId } from "./entry.ts";
import { makeFolder, syncFolder } from "./hold.ts";

export type ReleaseState =
  | { readonly kind: "held" }
  /** Begun and not ended: still going on, or its process was killed. */
  | {
      readonly kind: "releasing" | "deleting";
      readonly since: string;
      readonly by: string;
    }
  | { readonly kind: "released"; readonly at: string };

/** A release that was begun, to be ended or cancelled. */
export interface Release {
  readonly id: string;
  readonly folder: string;
  readonly file: string;
}

/** Also of deletions under way (remove.ts). */
export const recordsName = ".releases";

/** Null where it may not begin: somebody has the entry, or had it. `again` overrides what is over. */
export async function beginRelease(
  path: string,
  id: string,
  again: boolean,
  now: number,
): Promise<Release | null> {
  if (!isEntryId(id)) throw new Error(`cannot release: ${id} is no ID`);
  const folder = join(path, recordsName);
  await makeFolder(folder);
  const last = (await readRecords(path)).get(id) ?? 0;
  if (last > 0 && (!again || (await isGoingOn(folder, id, last)))) return null;
  const file = join(folder, `${id},${last + 1}`);
  let record;
  try {
    record = await open(file, "wx", 0o600);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return null;
    throw error;
  }
  try {
    try {
      await record.writeFile(`releasing ${time(now)} pid ${process.pid}\n`);
      await record.sync();
    } finally {
      await record.close();
    }
    await syncFolder(folder);
  } catch (error) {
    await unlink(file).catch(() => undefined);
    throw error;
  }
  return { id, folder, file };
}

/** The last release is open, and its process alive (or another one has its number by now). */
async function isGoingOn(
  folder: string,
  id: string,
  n: number,
): Promise<boolean> {
  // Cancelled in the meantime: over.
  const text = await readFile(join(folder, `${id},${n}`), "latin1").catch(
    (error: unknown) => {
      if (errorCode(error) === "ENOENT") return "";
      throw error;
    },
  );
  const pid = Number(
    /^(?:releas|delet)ing \S+ pid (\d+)\n$/.exec(text)?.[1] ?? 0,
  );
  if (pid === 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** qmail-queue has taken the message. */
export async function endRelease(release: Release, now: number): Promise<void> {
  const record = await open(
    release.file,
    constants.O_WRONLY | constants.O_APPEND,
  );
  try {
    await record.writeFile(`released ${time(now)}\n`);
    await record.sync();
  } finally {
    await record.close();
  }
}

/** qmail-queue has certainly not taken it. */
export async function cancelRelease(release: Release): Promise<void> {
  await unlink(release.file);
  await syncFolder(release.folder);
}

/** ID → number of its last record, for all that were ever released. */
export async function readRecords(
  path: string,
): Promise<ReadonlyMap<string, number>> {
  let names: string[];
  try {
    names = await readdir(join(path, recordsName));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return new Map();
    throw error;
  }
  const records = new Map<string, number>();
  for (const name of names) {
    const [id, n] = name.split(",");
    if (id === undefined || !/^[1-9]\d{0,8}$/.test(n ?? "")) continue;
    records.set(id, Math.max(records.get(id) ?? 0, Number(n)));
  }
  return records;
}

/** `records`: from `readRecords`. The last release that ended counts, unless a later one is open. */
export async function releaseState(
  path: string,
  id: string,
  records: ReadonlyMap<string, number>,
): Promise<ReleaseState> {
  const last = records.get(id);
  if (last === undefined) return { kind: "held" };
  let text = "";
  try {
    text = await readFile(join(path, recordsName, `${id},${last}`), "latin1");
  } catch (error) {
    // Cancelled in the meantime.
    if (errorCode(error) === "ENOENT") return { kind: "held" };
    throw error;
  }
  const [begun = "", ended = ""] = text.split("\n");
  const at = /^released (\S{20,30})$/.exec(ended)?.[1];
  if (at !== undefined) return { kind: "released", at };
  const [, since = "an unknown time", by = "an unknown process"] =
    /^(?:releas|delet)ing (\S{20,30}) (pid \d+)$/.exec(begun) ?? [];
  const kind = begun.startsWith("deleting ") ? "deleting" : "releasing";
  return { kind, since, by };
}

function time(now: number): string {
  return new Date(now).toISOString();
}
