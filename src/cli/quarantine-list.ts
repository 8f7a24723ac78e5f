// `qsift quarantine list`. Damaged entries are named on standard error and
// make the exit code 1: an administrator has to look at them.

import type { Config } from "../config.ts";
import { printable } from "../printable.ts";
import {
  type ReleaseState,
  readRecords,
  releaseState,
} from "../quarantine/release.ts";
import type { Candidate } from "../quarantine/survey.ts";
import type { FilterOptions } from "./held-filters.ts";
import { type HeldRecord, makeHeldRecord } from "./held-record.ts";
import { byTime, findEntries, type Order } from "./held-selection.ts";
import { exits, type Io } from "./io.ts";
import { describeMissing, quarantineExists } from "./quarantine-exists.ts";
import type { Services } from "./services.ts";
import { type Colours, coloursFor, formatSize } from "./text.ts";

export const sortKeys = ["time", "size", "score", "folder"] as const;

export interface ListOptions extends FilterOptions {
  readonly json?: true;
  readonly sort?: (typeof sortKeys)[number];
  readonly reverse?: true;
  readonly limit?: number;
  readonly offset?: number;
}

export async function listQuarantine(
  config: Config,
  options: ListOptions,
  io: Io,
  services: Services,
): Promise<number> {
  const { path } = config.quarantine;
  if (!quarantineExists(path)) {
    await io.err.write(`qsift: ${printable(describeMissing(path))}\n`);
    return exits.done;
  }
  const found = await findEntries(path, options, io, services);
  const decode = await services.loadSubjectDecoder();
  const records = await readRecords(path);
  const colours = coloursFor(io);
  const first = options.offset ?? 0;
  const end = first + (options.limit ?? Infinity);
  let at = 0;
  if (end > first)
    for await (const held of found.entries(orderOf(options))) {
      if (io.out.isClosed) break;
      at += 1;
      if (at <= first) continue;
      const state = await releaseState(path, held.id, records);
      const record = makeHeldRecord(held, state, decode);
      await io.out.write(
        options.json
          ? `${JSON.stringify(record)}\n`
          : formatLine(record, state, colours),
      );
      if (at >= end) break;
    }
  for (const { file, reason } of found.damaged)
    await io.err.write(
      `qsift: ${printable(file)} is damaged: ${printable(reason)}\n`,
    );
  return found.damaged.length > 0 ? exits.notDone : exits.done;
}

/** What is equal goes by time. */
function orderOf({ sort = "time", reverse }: ListOptions): Order {
  const order: Order = (a, b) => compareBy(sort, a, b) || byTime(a, b);
  return reverse ? (a, b) => order(b, a) : order;
}

function compareBy(
  key: (typeof sortKeys)[number],
  a: Candidate,
  b: Candidate,
): number {
  switch (key) {
    case "time":
      return a.facts.receivedAt - b.facts.receivedAt;
    case "size":
      return a.facts.size - b.facts.size;
    case "score":
      // Those without one come first.
      return rank(a.facts.score) - rank(b.facts.score);
    case "folder":
      return a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0;
  }
}

function rank(score: number | null): number {
  return score ?? -Number.MAX_VALUE;
}

export function formatLine(
  record: HeldRecord,
  state: ReleaseState,
  colours: Colours,
): string {
  const [first = "nobody", ...others] = record.recipients;
  const recipients =
    others.length > 0 ? `${first} and ${others.length} more` : first;
  const sender = record.sender === "" ? "<>" : record.sender;
  const why = record.findings[0]?.name ?? record.rule;
  return (
    `${colours.bold(record.id)}  ${record.time.slice(0, 16).replace("T", " ")} UTC  ` +
    `${record.folder.padEnd(11)} ${formatSize(record.size).padStart(8)}  ` +
    `${sender} → ${recipients}  ${colours.cyan(record.subject ?? "(no subject)")}  ` +
    `${colours.yellow(why)}${stateMark(state, colours)}\n`
  );
}

function stateMark(state: ReleaseState, colours: Colours): string {
  switch (state.kind) {
    case "held":
      return "";
    case "released":
      return colours.green("  released");
    case "releasing":
    case "deleting":
      return colours.red(`  ${state.kind}?`);
  }
}
