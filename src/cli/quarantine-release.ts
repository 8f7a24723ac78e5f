// `qsift quarantine release`: hands entries to qmail-queue itself, so that they
// are not scanned again: the original envelope, the received bytes exactly.
// release.ts of the quarantine describes the record that keeps one release
// from being done twice; a record is only removed when qmail-queue failed.

import type { Config } from "../config.ts";
import { printable } from "../printable.ts";
import {
  beginRelease,
  cancelRelease,
  endRelease,
  readRecords,
  releaseState,
} from "../quarantine/release.ts";
import { readBytes } from "../quarantine/store.ts";
import { explainPermission } from "./explain-permission.ts";
import { findWhole } from "./find-held.ts";
import { CommandFailure, exits, type Io } from "./io.ts";
import { nextHop } from "./next-hop.ts";
import { addressBytes } from "./options.ts";
import { describeState } from "./quarantine-show.ts";
import type { Services } from "./services.ts";

export interface ReleaseOptions {
  /** None: the recorded recipients. */
  readonly to?: readonly string[];
  readonly again?: true;
}

/** Goes on after one that fails; the exit code tells. */
export async function releaseHeld(
  config: Config,
  ids: readonly string[],
  options: ReleaseOptions,
  io: Io,
  services: Services,
): Promise<number> {
  const queue = nextHop(io, config);
  let failures = 0;
  for (const id of ids)
    try {
      const done = await releaseOne(config, queue, id, options, io, services);
      await io.out.write(`${printable(id)} ${printable(done)}\n`);
    } catch (error) {
      failures += 1;
      const explained = explainPermission(error, config.quarantine.path, io);
      const cause =
        explained instanceof Error ? explained.message : String(explained);
      await io.err.write(`qsift: ${printable(id)}: ${printable(cause)}\n`);
    }
  return failures > 0 ? exits.notDone : exits.done;
}

/** What was done, in words. Throws where the message did not go out. */
async function releaseOne(
  config: Config,
  queue: string,
  id: string,
  options: ReleaseOptions,
  io: Io,
  services: Services,
): Promise<string> {
  const { path } = config.quarantine;
  const entry = findWhole(path, id);
  const { sender, recipients: original } = entry.head.envelope;
  const recipients =
    options.to === undefined ? original : options.to.map(addressBytes);
  if (recipients.length === 0)
    throw failure("has no recipient; name one with --to");

  const release = await beginRelease(
    path,
    id,
    options.again ?? false,
    io.now(),
  );
  if (release === null) {
    const state = await releaseState(path, id, await readRecords(path));
    if (state.kind === "released") return `was ${describeState(state)} already`;
    throw failure(
      `not released: ${describeState(state)}; it may have been queued: look for it in qmail's log, then use --again`,
    );
  }
  const result = await services.runQmailQueue({
    queue,
    message: readBytes(entry),
    sender,
    recipients,
    signal: null,
    env: { ...io.env },
  });
  if (result.kind === "failed") {
    if (result.isUncertain)
      throw failure(
        `perhaps not released: ${result.cause} when it had all of it; look for it in qmail's log, then use --again`,
      );
    await cancelRelease(release);
    throw failure(`not released: ${result.cause}`);
  }
  try {
    await endRelease(release, io.now());
  } catch (error) {
    throw failure(
      `was queued, but that could not be recorded (${String(error)}); don't release it again`,
    );
  }
  const count = recipients.length;
  return `released to ${count} recipient${count === 1 ? "" : "s"}`;
}

function failure(message: string): CommandFailure {
  return new CommandFailure(exits.notDone, message);
}
