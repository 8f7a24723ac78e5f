// `qsift quarantine stats` and `reindex`: how much is held, by folder; and the
// index made anew.

import type { Config } from "../config.ts";
import { type Folder, folders } from "../decision.ts";
import { printable } from "../printable.ts";
import { bytesOf } from "../quarantine/expire.ts";
import { readRecords, releaseState } from "../quarantine/release.ts";
import { rebuildIndex, survey } from "../quarantine/survey.ts";
import { count } from "./held-acts.ts";
import { exits, type Io } from "./io.ts";
import { openProgressBar } from "./progress-bar.ts";
import { describeMissing, quarantineExists } from "./quarantine-exists.ts";
import { formatSize } from "./text.ts";

interface FolderStats {
  readonly folder: Folder;
  count: number;
  /** Of the files. */
  bytes: number;
  /** RFC 3339, UTC; null where there is none. */
  oldest: string | null;
  newest: string | null;
  released: number;
  releasing: number;
}

export async function showStats(
  config: Config,
  { json }: { readonly json?: true },
  io: Io,
): Promise<number> {
  const { path } = config.quarantine;
  if (!quarantineExists(path)) {
    await io.err.write(`qsift: ${printable(describeMissing(path))}\n`);
    return exits.done;
  }
  const { stats, damaged } = await readStats(path, io);
  if (json)
    await io.out.write(`${JSON.stringify({ folders: stats, damaged })}\n`);
  else
    for (const one of stats)
      await io.out.write(
        `${one.folder.padEnd(11)} ${String(one.count).padStart(8)}  ${formatSize(one.bytes).padStart(10)}  ` +
          `${day(one.oldest)} to ${day(one.newest)}${state(one)}\n`,
      );
  if (damaged === 0) return exits.done;
  await io.err.write(
    `qsift: ${count(damaged, "file")} damaged; \`qsift quarantine verify\` names them\n`,
  );
  return exits.notDone;
}

async function readStats(
  path: string,
  io: Io,
): Promise<{
  readonly stats: readonly FolderStats[];
  readonly damaged: number;
}> {
  const bar = openProgressBar(io, "reading");
  const { found, damaged } = survey(path, { onRead: bar.show });
  await bar.hide();
  const records = await readRecords(path);
  const byFolder = new Map<Folder, FolderStats>();
  for (const candidate of found) {
    const { folder, id, facts } = candidate;
    let stats = byFolder.get(folder);
    if (stats === undefined) {
      stats = {
        folder,
        count: 0,
        bytes: 0,
        oldest: null,
        newest: null,
        released: 0,
        releasing: 0,
      };
      byFolder.set(folder, stats);
    }
    const time = new Date(facts.receivedAt).toISOString();
    stats.count += 1;
    stats.bytes += bytesOf(candidate);
    if (stats.oldest === null || time < stats.oldest) stats.oldest = time;
    if (stats.newest === null || time > stats.newest) stats.newest = time;
    if (!records.has(id)) continue;
    const { kind } = await releaseState(path, id, records);
    if (kind === "released" || kind === "releasing") stats[kind] += 1;
  }
  return {
    stats: folders.flatMap((folder) => byFolder.get(folder) ?? []),
    damaged: damaged.length,
  };
}

function day(time: string | null): string {
  return time === null ? "never" : time.slice(0, 10);
}

function state({ released, releasing }: FolderStats): string {
  return (
    (released > 0 ? `, ${released} released` : "") +
    (releasing > 0 ? `, ${releasing} releasing?` : "")
  );
}

export async function reindex(config: Config, io: Io): Promise<number> {
  const { path } = config.quarantine;
  if (!quarantineExists(path)) {
    await io.err.write(`qsift: ${printable(describeMissing(path))}\n`);
    return exits.done;
  }
  const bar = openProgressBar(io, "indexing");
  const { rows, damaged } = rebuildIndex(path, bar.show);
  await bar.hide();
  await io.out.write(`${count(rows, "message")} in the index\n`);
  for (const { file, reason } of damaged)
    await io.err.write(
      `qsift: ${printable(file)} is damaged: ${printable(reason)}\n`,
    );
  return damaged.length > 0 ? exits.notDone : exits.done;
}
