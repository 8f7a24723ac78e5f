// Looks quarantine entries up for a command: by a whole ID, or by a part of it
// that only one has, at its beginning or its end. Says what to do next where
// there is none.

import { folders } from "../decision.ts";
import { printable } from "../printable.ts";
import { DamagedEntry } from "../quarantine/parse-head.ts";
import {
  type Damaged,
  type HeldEntry,
  locateDirectly,
  type Place,
  placesIn,
  read,
  readPlace,
  verifyBytes,
} from "../quarantine/store.ts";
import { CommandFailure, exits } from "./io.ts";
import { describeMissing, quarantineExists } from "./quarantine-exists.ts";

/** Shorter ones would mean another message tomorrow. */
const leastIdPart = 4;
const shownIds = 5;

/** Finds places by ID; the names in the folders are read once, and only for a part of one. */
export function openFinder(path: string): (text: string) => Place {
  let all: readonly Place[] | null = null;
  return (text) => {
    const id = text.toLowerCase();
    const found = locateDirectly(path, id);
    if (found !== null) return found;
    all ??= folders.flatMap((folder) => placesIn(path, folder));
    const exact = all.find((place) => place.id === id);
    if (exact !== undefined) return exact;
    const matching =
      id.length < leastIdPart
        ? []
        : all.filter(
            (place) => place.id.startsWith(id) || place.id.endsWith(id),
          );
    const [first] = matching;
    if (first === undefined)
      throw failure(
        quarantineExists(path)
          ? `no entry ${text} in ${path}; \`qsift quarantine list\` shows what is held`
          : describeMissing(path),
      );
    if (matching.length === 1) return first;
    const ids = matching.slice(0, shownIds).map((place) => place.id);
    const rest = matching.length - ids.length;
    throw failure(
      `${text} is part of ${matching.length} IDs: ${ids.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}; give more of it`,
    );
  };
}

/** As it is now, wherever an IMAP server has put it meanwhile. Throws CommandFailure where it has gone. */
export function readHeld(path: string, place: Place): HeldEntry | Damaged {
  const found = readPlace(place) ?? read(path, place.id);
  if (found === null) throw failure("has been deleted");
  return found;
}

/** Throws CommandFailure for a damaged one too. */
export function readUndamaged(path: string, place: Place): HeldEntry {
  const found = readHeld(path, place);
  if (found.kind === "damaged") throw damaged(found.file, found.reason);
  return found;
}

/** The same for an entry whose bytes are about to be used. */
export function readWhole(path: string, place: Place): HeldEntry {
  const entry = readUndamaged(path, place);
  try {
    verifyBytes(entry);
  } catch (error) {
    if (!(error instanceof DamagedEntry)) throw error;
    throw damaged(entry.file, error.message);
  }
  return entry;
}

function damaged(file: string, reason: string): CommandFailure {
  return failure(
    `${printable(file)} is damaged and is not released: ${reason}`,
  );
}

export function failure(message: string): CommandFailure {
  return new CommandFailure(exits.notDone, message);
}
