// `qsift quarantine list`. Damaged entries are named on standard error and
// make the exit code 1: an administrator has to look at them.

import type { Config } from "../config.ts";
import type { Folder } from "../decision.ts";
import { printable } from "../printable.ts";
import { readRecords, releaseState } from "../quarantine/release.ts";
import { type HeldEntry, list } from "../quarantine/store.ts";
import { type HeldRecord, makeHeldRecord } from "./held-record.ts";
import { exits, type Io } from "./io.ts";
import { describeMissing, quarantineExists } from "./quarantine-exists.ts";
import type { Services } from "./services.ts";
import { type Colours, coloursFor, formatSize } from "./text.ts";

export interface ListOptions {
  readonly json?: true;
  /** None: all. */
  readonly folder?: readonly Folder[];
  readonly sender?: string;
  readonly recipient?: string;
  /** Milliseconds since the epoch. */
  readonly since?: number;
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
  const records = await readRecords(path);
  const colours = coloursFor(io);
  let damaged = 0;
  for (const held of list(path, options.folder)) {
    if (io.out.isClosed) break;
    if (held.kind === "damaged") {
      damaged += 1;
      await io.err.write(
        `qsift: ${printable(held.file)} is damaged: ${printable(held.reason)}\n`,
      );
      continue;
    }
    if (options.since !== undefined && held.head.receivedAt < options.since)
      continue;
    if (!hasAddresses(held, options)) continue;
    const state = await releaseState(path, held.id, records);
    const record = await makeHeldRecord(held, state, services.decodeSubject);
    await io.out.write(
      options.json
        ? `${JSON.stringify(record)}\n`
        : formatLine(record, state.kind === "releasing", colours),
    );
  }
  return damaged > 0 ? exits.notDone : exits.done;
}

/** Case ignored, over the bytes as latin1, so that any address can be compared. */
function hasAddresses({ head }: HeldEntry, options: ListOptions): boolean {
  const { sender, recipients } = head.envelope;
  const has = (address: Uint8Array, text: string | undefined): boolean =>
    text === undefined ||
    lower(Buffer.from(address)).includes(lower(Buffer.from(text, "utf8")));
  return (
    has(sender, options.sender) &&
    (options.recipient === undefined ||
      recipients.some((recipient) => has(recipient, options.recipient)))
  );
}

function lower(bytes: Buffer): string {
  return bytes.toString("latin1").toLowerCase();
}

function formatLine(
  record: HeldRecord,
  isReleasing: boolean,
  colours: Colours,
): string {
  const [first = "nobody", ...others] = record.recipients;
  const recipients =
    others.length > 0 ? `${first} and ${others.length} more` : first;
  const sender = record.sender === "" ? "<>" : record.sender;
  const why = record.findings[0]?.name ?? record.rule;
  const state =
    record.released !== null
      ? colours.green("  released")
      : isReleasing
        ? colours.red("  releasing?")
        : "";
  return (
    `${colours.bold(record.id)}  ${record.time.slice(0, 16).replace("T", " ")} UTC  ` +
    `${record.folder.padEnd(11)} ${formatSize(record.size).padStart(8)}  ` +
    `${sender} → ${recipients}  ${colours.cyan(record.subject ?? "(no subject)")}  ` +
    `${colours.yellow(why)}${state}\n`
  );
}
