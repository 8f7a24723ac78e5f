// Which held messages a command is for: IDs or parts of them, IDs on standard
// input ("-"), or filters. Filters are put to the index first and then to the
// head of each file, so that what is acted on is what the file says.

import type { Config } from "../config.ts";
import { printable } from "../printable.ts";
import { makeMatcher } from "../quarantine/filter.ts";
import { readRecords, releaseState } from "../quarantine/release.ts";
import type { Damaged, HeldEntry, Place } from "../quarantine/store.ts";
import { readPlace } from "../quarantine/store.ts";
import { type Candidate, survey } from "../quarantine/survey.ts";
import { openFinder } from "./find-held.ts";
import { type FilterOptions, hasFilter } from "./held-filters.ts";
import { CommandFailure, exits, type Io } from "./io.ts";
import { openProgressBar } from "./progress-bar.ts";
import { readInput } from "./read-input.ts";
import type { Services } from "./services.ts";

export interface SelectOptions extends FilterOptions {
  /** Everything that is held; asked for in so many words. */
  readonly all?: true;
}

export interface Selection {
  /** In the order in which they were named; filtered ones oldest first. */
  readonly places: readonly Place[];
  /** IDs that name nothing; said on standard error. */
  readonly missing: number;
}

/** A million IDs and more. */
const inputBytes = 64 * 1024 * 1024;

/** Throws CommandFailure 2 where nothing or too much was asked for. */
export async function select(
  config: Config,
  ids: readonly string[],
  options: SelectOptions,
  io: Io,
  services: Services,
): Promise<Selection> {
  const { path } = config.quarantine;
  const isFiltered = hasFilter(options) || options.all === true;
  if (ids.length > 0 && isFiltered)
    throw usage("name IDs or give filters, not both");
  if (ids.length === 0 && !isFiltered)
    throw usage(
      'name IDs ("-" reads them from standard input), give a filter, or --all',
    );
  if (ids.length > 0) return selectById(path, await readIds(ids, io), io);
  const { entries, damaged } = await findEntries(path, options, io, services);
  const places: Place[] = [];
  for await (const entry of entries(byTime)) places.push(entry);
  // What can't be read can't be filtered, only named with all the rest.
  return {
    places: options.all === true ? [...places, ...damaged] : places,
    missing: 0,
  };
}

async function selectById(
  path: string,
  ids: readonly string[],
  io: Io,
): Promise<Selection> {
  const find = openFinder(path);
  const places = new Map<string, Place>();
  let missing = 0;
  for (const id of ids)
    try {
      const place = find(id);
      places.set(place.id, place);
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      missing += 1;
      await io.err.write(
        `qsift: ${printable(id)}: ${printable(error.message)}\n`,
      );
    }
  return { places: [...places.values()], missing };
}

/** "-" stands for the lines of standard input: the first word of each, or `id` of a JSON object. */
async function readIds(
  ids: readonly string[],
  io: Io,
): Promise<readonly string[]> {
  if (!ids.includes("-")) return ids;
  const text = Buffer.from(await readInput("-", io, inputBytes)).toString();
  const read = text.split("\n").flatMap((line) => {
    const id = line.startsWith("{")
      ? idOfRecord(line)
      : (line.trim().split(/\s/, 1)[0] ?? "");
    return id === "" ? [] : [id];
  });
  return ids.flatMap((id) => (id === "-" ? read : [id]));
}

function idOfRecord(line: string): string {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record === "object" && record !== null && "id" in record)
      return typeof record.id === "string" ? record.id : line.slice(0, 50);
  } catch {
    // Said as it stands.
  }
  return line.slice(0, 50);
}

export interface Entries {
  /** Those that the filters mean, in order, read one by one. */
  readonly entries: (order: Order) => AsyncGenerator<HeldEntry>;
  /** Grows while entries are read. */
  readonly damaged: readonly Damaged[];
}

export type Order = (a: Candidate, b: Candidate) => number;

/** By ID, which begins with the time and is the same in every listing. */
export const byTime: Order = (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export async function findEntries(
  path: string,
  options: FilterOptions,
  io: Io,
  services: Services,
): Promise<Entries> {
  const decode = await services.loadSubjectDecoder();
  const matcher = makeMatcher(options, decode);
  const bar = openProgressBar(io, "reading");
  const { found, damaged } = survey(path, {
    only: options.folder,
    matcher,
    onRead: bar.show,
  });
  await bar.hide();
  const all = [...damaged];
  return {
    damaged: all,
    entries: async function* (order) {
      const records =
        options.state === undefined ? null : await readRecords(path);
      for (const candidate of found.toSorted(order)) {
        const held = readPlace(candidate);
        if (held?.kind === "damaged") all.push(held);
        if (held?.kind !== "entry" || !matcher.matches(held.head)) continue;
        if (records !== null) {
          const state = await releaseState(path, held.id, records);
          if (state.kind !== options.state) continue;
        }
        yield held;
      }
    },
  };
}

function usage(message: string): CommandFailure {
  return new CommandFailure(exits.usage, message);
}
