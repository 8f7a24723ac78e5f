// Looks one quarantine entry up for a command, or says what to do next.

import { printable } from "../printable.ts";
import { DamagedEntry } from "../quarantine/parse-head.ts";
import { type HeldEntry, read, verifyBytes } from "../quarantine/store.ts";
import { CommandFailure, exits } from "./io.ts";
import { describeMissing, quarantineExists } from "./quarantine-exists.ts";

/** Throws CommandFailure where there is no such entry, or it is damaged. */
export function findHeld(path: string, id: string): HeldEntry {
  const found = read(path, id);
  if (found === null)
    throw new CommandFailure(
      exits.notDone,
      quarantineExists(path)
        ? `no entry ${id} in ${path}; \`qsift quarantine list\` shows what is held`
        : describeMissing(path),
    );
  if (found.kind === "damaged") throw damaged(found.file, found.reason);
  return found;
}

/** The same for an entry whose bytes are about to be used. */
export function findWhole(path: string, id: string): HeldEntry {
  const entry = findHeld(path, id);
  try {
    verifyBytes(entry);
  } catch (error) {
    if (!(error instanceof DamagedEntry)) throw error;
    throw damaged(entry.file, error.message);
  }
  return entry;
}

function damaged(file: string, reason: string): CommandFailure {
  return new CommandFailure(
    exits.notDone,
    `${printable(file)} is damaged and is not released: ${reason}`,
  );
}
