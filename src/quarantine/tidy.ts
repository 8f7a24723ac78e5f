// Removes what killed processes have left in the quarantine: files in tmp, and
// records of messages that are there no more. Only what is older than 36 hours,
// as Maildir has it (https://cr.yp.to/proto/maildir.html): younger ones may be
// at work.

import { lstatSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";

import { folders } from "../decision.ts";
import { errorCode } from "../error-code.ts";
import { recordsName } from "./release.ts";

const staleMs = 36 * 3_600_000;

/** `isHeld`: whether there is a message with that ID. Returns how many were removed. */
export function tidy(
  path: string,
  now: number,
  isHeld: (id: string) => boolean,
  dryRun: boolean,
): number {
  let removed = 0;
  const removeStale = (file: string): void => {
    try {
      const { mtimeMs } = lstatSync(file);
      if (now - mtimeMs < staleMs) return;
      if (!dryRun) unlinkSync(file);
      removed += 1;
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  };
  for (const folder of folders) {
    const tmp = join(path, folder, "tmp");
    for (const name of namesOf(tmp)) removeStale(join(tmp, name));
  }
  const records = join(path, recordsName);
  for (const name of namesOf(records))
    if (!isHeld(name.split(",", 1)[0] ?? "")) removeStale(join(records, name));
  return removed;
}

function namesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
