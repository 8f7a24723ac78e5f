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
import { findWhole } from "./find-held.ts";
import { CommandFailure, exits, type Io } from "./io.ts";
import { addressBytes } from "./options.ts";
import { describeState } from "./quarantine-show.ts";
import type { Services } from "./services.ts";

interface ReleaseOptions {
  readonly to: readonly string[];
  readonly again: boolean;
}

/** Goes on after one that fails; the exit code tells. */
export async function releaseHeld(
  config: Config,
  ids: readonly string[],
  options: ReleaseOptions,
  io: Io,
  services: Services,
): Promise<number> {
  let failures = 0;
  for (const id of ids)
    try {
      const done = await releaseOne(config, id, options, io, services);
      await io.out.write(`${printable(id)} ${printable(done)}\n`);
    } catch (error) {
      failures += 1;
      const cause = error instanceof Error ? error.message : String(error);
      await io.err.write(`qsift: ${printable(id)}: ${printable(cause)}\n`);
    }
  return failures > 0 ? exits.notDone : exits.done;
}

/** What was done, in words. Throws where the message did not go out. */
async function releaseOne(
  config: Config,
  id: string,
  options: ReleaseOptions,
  io: Io,
  services: Services,
): Promise<string> {
  const { path } = config.quarantine;
  const entry = findWhole(path, id);
  const { sender, recipients: original } = entry.head.envelope;
  const recipients =
    options.to.length > 0 ? options.to.map(addressBytes) : original;
  if (recipients.length === 0)
    throw failure("has no recipient; name one with --to");

  const release = await beginRelease(path, id, options.again, io.now());
  if (release === null) {
    const state = await releaseState(path, id, await readRecords(path));
    if (state.kind === "released") return `was ${describeState(state)} already`;
    throw failure(
      `not released: ${describeState(state)}; it may have been queued: look for it in qmail's log, then use --again`,
    );
  }
  const queue = io.env["QSIFT_QUEUE"] ?? config.queue;
  const result = await services.runQmailQueue({
    queue,
    message: readBytes(entry),
    sender,
    recipients,
    signal: null,
    env: { ...io.env },
  });
  if (result.kind === "failed") {
    await cancelRelease(release);
    throw failure(`not released: ${queue}: ${result.cause}`);
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
