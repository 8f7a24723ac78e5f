// Finds the held messages that a filter means, of 100,000 within a second. The names in the folders say what there is; the index only saves
// opening the files. What it doesn't know is read from its file and added to
// it; what can't be read is damaged. So nothing is hidden by an index that is
// missing, old or spoilt.

import { type Folder, folders } from "../decision.ts";
import { type EntryHead, isEntryId } from "./entry.ts";
import type { Matcher } from "./filter.ts";
import { appendRows, readRows, replaceIndex } from "./index-file.ts";
import { formatRow, type IndexRow } from "./index-row.ts";
import {
  type Damaged,
  type HeldEntry,
  namesIn,
  type Place,
  placesIn,
  readPlace,
} from "./store.ts";

/** What a listing is sorted by and a cap is counted in; the file has the rest. */
export interface Facts {
  readonly receivedAt: number;
  readonly size: number;
  readonly headSize: number;
  readonly score: number | null;
}

/** A message that the filter may mean: its head decides. */
export interface Candidate extends Place {
  readonly facts: Facts;
}

export interface Survey {
  /** In no order. */
  readonly found: readonly Candidate[];
  /** Not those that the index knew when they were whole. */
  readonly damaged: readonly Damaged[];
}

export interface SurveyOptions {
  /** Default: every folder. */
  readonly only?: readonly Folder[] | undefined;
  /** Default: all messages are meant. */
  readonly matcher?: Matcher;
  /** Hears of the files that have to be opened. */
  readonly onRead?: (done: number, total: number) => void;
}

/** Rows of what has gone that are not worth a new file. */
const staleRows = 1000;

/** Rows that are added with one write. */
const rowsAtOnce = 500;

export function survey(path: string, options: SurveyOptions = {}): Survey {
  const { only = folders, matcher, onRead } = options;
  const known = new Set<string>();
  const wanted = new Map<string, Facts>();
  let rows = 0;
  readRows(path, (row) => {
    const { id } = row;
    rows += 1;
    known.add(id);
    if (matcher === undefined || matcher.mayMatch(row))
      wanted.set(id, factsOf(row));
  });

  const found: Candidate[] = [];
  const unknown: Place[] = [];
  let count = 0;
  for (const folder of only)
    for (const name of ["new", "cur"]) {
      const from = `${path}/${folder}/${name}`;
      for (const file of namesIn(from)) {
        const id = idOf(file);
        count += 1;
        if (known.has(id)) {
          const facts = wanted.get(id);
          if (facts !== undefined)
            found.push({ id, folder, file: `${from}/${file}`, facts });
        } else if (isEntryId(id))
          unknown.push({ id, folder, file: `${from}/${file}` });
      }
    }
  const read = readUnknown(path, unknown, matcher, onRead);
  // Rows of other folders are not stale.
  if (only.length === folders.length && rows > 2 * count + staleRows)
    compact(path);
  return { found: [...found, ...read.found], damaged: read.damaged };
}

/** In cur a name has flags: `ID:2,S`. */
function idOf(file: string): string {
  const colon = file.indexOf(":");
  return colon < 0 ? file : file.slice(0, colon);
}

function factsOf(row: IndexRow): Facts {
  const { receivedAt, size, headSize, score } = row;
  return { receivedAt, size, headSize, score };
}

export function factsOfEntry({ head, offset }: HeldEntry): Facts {
  return {
    receivedAt: head.receivedAt,
    size: head.size,
    headSize: offset,
    score: head.spam?.score ?? null,
  };
}

function readUnknown(
  path: string,
  places: readonly Place[],
  matcher: Matcher | undefined,
  onRead: SurveyOptions["onRead"],
): Survey {
  const found: Candidate[] = [];
  const damaged: Damaged[] = [];
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) appendRows(path, lines.join(""));
    lines = [];
  };
  for (const [index, place] of places.entries()) {
    const held = readPlace(place);
    onRead?.(index + 1, places.length);
    if (held?.kind === "damaged") damaged.push(held);
    if (held?.kind !== "entry") continue;
    lines.push(formatRow(held.head, held.offset));
    if (lines.length >= rowsAtOnce) flush();
    if (means(matcher, held.head))
      found.push({ ...place, facts: factsOfEntry(held) });
  }
  flush();
  return { found, damaged };
}

function means(matcher: Matcher | undefined, head: EntryHead): boolean {
  return matcher === undefined || matcher.matches(head);
}

/** Leaves out the rows of messages that have gone, and second ones. */
function compact(path: string): void {
  try {
    const ids = new Set(
      folders.flatMap((folder) => placesIn(path, folder).map(({ id }) => id)),
    );
    const lines: string[] = [];
    readRows(path, (row) => {
      if (ids.delete(row.id)) lines.push(row.line);
    });
    replaceIndex(path, lines);
  } catch {
    // It serves as it is.
  }
}

/**
 * Makes the index anew from the files alone. Throws where it can't be written.
 * `onEntry` hears of each file.
 */
export function rebuildIndex(
  path: string,
  onEntry: (done: number, total: number) => void,
): { readonly rows: number; readonly damaged: readonly Damaged[] } {
  const places = folders.flatMap((folder) => placesIn(path, folder));
  const damaged: Damaged[] = [];
  let rows = 0;
  const lines = function* (): Generator<string> {
    for (const [index, place] of places.entries()) {
      const held = readPlace(place);
      onEntry(index + 1, places.length);
      if (held?.kind === "damaged") damaged.push(held);
      if (held?.kind !== "entry") continue;
      rows += 1;
      yield formatRow(held.head, held.offset);
    }
  };
  replaceIndex(path, lines());
  return { rows, damaged };
}
