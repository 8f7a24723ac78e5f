// Deletes held messages so that none is deleted while it is released. Whoever
// deletes takes the next record of release.ts, which keeps others out; then the
// entry goes, then its records. Nothing is fsynced: a deletion that a power cut
// undoes is only repeated.
//
// Killed in between, the entry is there and its record says `deleting` (an empty
// one counts as a release, to be safe), or the entry has gone and a record
// without one is left, which tidy.ts removes.

import { open, unlink } from "node:fs/promises";
import { join } from "node:path";

import { isEntryId } from "./entry.ts";
import { errorCode } from "../error-code.ts";
import { makeFolder } from "./hold.ts";
import { recordsName, releaseState } from "./release.ts";
import { locate, type Place } from "./store.ts";

/** `gone`: somebody else was first. `releasing`: begun and not ended, so it may be under way. */
export type Removal = "removed" | "gone" | "releasing";

export interface RemoveOptions {
  /** From `readRecords`, perhaps some time ago. */
  readonly records: ReadonlyMap<string, number>;
  /** Also where a release has not ended. */
  readonly force: boolean;
  readonly now: number;
}

export async function remove(
  path: string,
  place: Place,
  { records, force, now }: RemoveOptions,
): Promise<Removal> {
  if (!isEntryId(place.id)) throw new Error(`${place.id} is no ID`);
  const folder = join(path, recordsName);
  const last = records.get(place.id) ?? 0;
  const { kind } = await releaseState(path, place.id, records);
  if (kind === "releasing" && !force) return "releasing";
  const record = (n: number): string => join(folder, `${place.id},${n}`);
  try {
    await makeRecord(record(last + 1), now).catch(async (error: unknown) => {
      if (errorCode(error) !== "ENOENT") throw error;
      await makeFolder(folder);
      await makeRecord(record(last + 1), now);
    });
  } catch (error) {
    // Somebody began since `records` was read.
    if (errorCode(error) === "EEXIST") return "releasing";
    throw error;
  }
  let removed: boolean;
  try {
    removed = await unlinkEntry(path, place);
  } catch (error) {
    await unlink(record(last + 1)).catch(() => undefined);
    throw error;
  }
  for (let n = last + 1; n > 0; n--)
    await unlink(record(n)).catch((error: unknown) => {
      if (errorCode(error) !== "ENOENT") throw error;
    });
  return removed ? "removed" : "gone";
}

async function makeRecord(path: string, now: number): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    try {
      const time = new Date(now).toISOString();
      await file.writeFile(`deleting ${time} pid ${process.pid}\n`);
    } finally {
      await file.close();
    }
  } catch (error) {
    // Half of it would be taken for a release.
    await unlink(path).catch(() => undefined);
    throw error;
  }
}

/** An IMAP server may have moved or flagged it since it was found. */
async function unlinkEntry(path: string, place: Place): Promise<boolean> {
  for (let at: Place | null = place; at !== null; at = locate(path, place.id))
    try {
      await unlink(at.file);
      return true;
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  return false;
}
