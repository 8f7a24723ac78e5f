// `qsift quarantine expire`: deletes what has had its time by `retention_days`
// and `max_bytes` of the configuration, and what killed processes have left.
// For cron: it says how much it did, and nothing where there was nothing to do.

import type { Config } from "../config.ts";
import { printable } from "../printable.ts";
import { bytesOf, type Due, findDue } from "../quarantine/expire.ts";
import { readRecords, releaseState } from "../quarantine/release.ts";
import { remove, type Removal } from "../quarantine/remove.ts";
import { readPlace } from "../quarantine/store.ts";
import { survey } from "../quarantine/survey.ts";
import { tidy } from "../quarantine/tidy.ts";
import { explainPermission } from "./explain-permission.ts";
import { type Audit, count, openAudit } from "./held-acts.ts";
import { exits, type Io } from "./io.ts";
import { openProgressBar } from "./progress-bar.ts";
import { quarantineExists } from "./quarantine-exists.ts";
import { formatSize } from "./text.ts";

export interface ExpireOptions {
  readonly dryRun?: true;
}

export async function expireHeld(
  config: Config,
  { dryRun }: ExpireOptions,
  io: Io,
): Promise<number> {
  const { path } = config.quarantine;
  if (!quarantineExists(path)) return exits.done;
  const bar = openProgressBar(io, "expiring");
  const { found, damaged } = survey(path, { onRead: bar.show });
  const due = findDue(found, config.quarantine, io.now());
  const records = await readRecords(path);
  const audit = openAudit(path, io);
  const done = { age: 0, cap: 0, bytes: 0, spared: 0, failed: 0 };
  for (const [index, one] of due.entries()) {
    bar.show(index, due.length);
    let removal: Removal;
    try {
      removal = dryRun
        ? await wouldRemove(path, one, records)
        : await expireOne(path, one, records, audit, io);
    } catch (error) {
      done.failed += 1;
      const explained = explainPermission(error, path, io);
      const cause =
        explained instanceof Error ? explained.message : String(explained);
      await bar.hide();
      await io.err.write(`qsift: ${printable(one.id)}: ${printable(cause)}\n`);
      continue;
    }
    if (removal === "releasing") done.spared += 1;
    if (removal !== "removed") continue;
    done[one.why] += 1;
    done.bytes += bytesOf(one);
  }
  await bar.hide();
  const ids = new Set([...found, ...damaged].map(({ id }) => id));
  const left = tidy(path, io.now(), (id) => ids.has(id), dryRun === true);
  await tell(io, done, left, dryRun === true);
  for (const { file, reason } of damaged)
    await io.err.write(
      `qsift: ${printable(file)} is damaged and never expires: ${printable(reason)}\n`,
    );
  return done.failed > 0 || damaged.length > 0 || audit.isIncomplete()
    ? exits.notDone
    : exits.done;
}

async function wouldRemove(
  path: string,
  { id }: Due,
  records: ReadonlyMap<string, number>,
): Promise<Removal> {
  const { kind } = await releaseState(path, id, records);
  return kind === "releasing" ? "releasing" : "removed";
}

async function expireOne(
  path: string,
  due: Due,
  records: ReadonlyMap<string, number>,
  audit: Audit,
  io: Io,
): Promise<Removal> {
  // Read for the audit log; that it is damaged by now does not spare it.
  const held = readPlace(due);
  const options = { records, force: false, now: io.now() };
  const removal = await remove(path, due, options);
  if (removal === "removed")
    await audit.record({
      act: "expire",
      id: due.id,
      result: due.why,
      head: held?.kind === "entry" ? held.head : null,
    });
  return removal;
}

async function tell(
  io: Io,
  done: {
    readonly age: number;
    readonly cap: number;
    readonly bytes: number;
    readonly spared: number;
  },
  left: number,
  dryRun: boolean,
): Promise<void> {
  const verb = dryRun ? "would delete" : "deleted";
  const lines: string[] = [];
  if (done.age > 0)
    lines.push(`${verb} ${count(done.age, "message")} for their age`);
  if (done.cap > 0)
    lines.push(`${verb} ${count(done.cap, "message")} to get under max_bytes`);
  if (done.bytes > 0) lines.push(`${formatSize(done.bytes)} in all`);
  if (done.spared > 0)
    lines.push(`left ${count(done.spared, "message")} that is being released`);
  if (left > 0)
    lines.push(`${verb} ${count(left, "file")} that killed processes left`);
  for (const line of lines) await io.out.write(`${line}\n`);
}
