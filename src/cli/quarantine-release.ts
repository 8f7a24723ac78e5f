// `qsift quarantine release`: hands entries to qmail-queue itself, so that they
// are not scanned again: the original envelope, the received bytes exactly.
// release.ts of the quarantine describes the record that keeps one release
// from being done twice; a record is only removed when qmail-queue failed.

import type { Config } from "../config.ts";
import {
  beginRelease,
  cancelRelease,
  endRelease,
  readRecords,
  releaseState,
} from "../quarantine/release.ts";
import { type HeldEntry, locate, readBytes } from "../quarantine/store.ts";
import type { Place } from "../quarantine/store.ts";
import { failure, readWhole } from "./find-held.ts";
import { actOnEach, count, openAudit } from "./held-acts.ts";
import { type SelectOptions, select } from "./held-selection.ts";
import { exits, type Io } from "./io.ts";
import { nextHop } from "./next-hop.ts";
import { addressBytes } from "./options.ts";
import { describeState } from "./quarantine-show.ts";
import type { Services } from "./services.ts";

export interface ReleaseOptions extends SelectOptions {
  /** None: the recorded recipients. */
  readonly to?: readonly string[];
  readonly again?: true;
  readonly dryRun?: true;
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
  const { path } = config.quarantine;
  const selection = await select(config, ids, options, io, services);
  const audit = openAudit(path, io);
  const act = async (place: Place): Promise<string> => {
    const entry = readWhole(path, place);
    if (options.dryRun) return sayRelease(path, entry, options);
    const tell = async (result: string) =>
      audit.record({
        act: "release",
        id: entry.id,
        result,
        head: entry.head,
        ...(options.to === undefined ? {} : { to: options.to }),
      });
    try {
      const done = await releaseOne(path, queue, entry, options, io, services);
      await tell(done);
      return done;
    } catch (error) {
      await tell(error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
  const code = await actOnEach(config, selection, "releasing", act, io);
  return audit.isIncomplete() ? exits.notDone : code;
}

function recipientsOf(
  entry: HeldEntry,
  { to }: ReleaseOptions,
): readonly Uint8Array[] {
  const recipients =
    to === undefined ? entry.head.envelope.recipients : to.map(addressBytes);
  if (recipients.length === 0)
    throw failure("has no recipient; name one with --to");
  return recipients;
}

async function sayRelease(
  path: string,
  entry: HeldEntry,
  options: ReleaseOptions,
): Promise<string> {
  const state = await releaseState(path, entry.id, await readRecords(path));
  const { length } = recipientsOf(entry, options);
  return state.kind === "held" || options.again
    ? `would be released to ${count(length, "recipient")}`
    : `would not be released: ${describeState(state)}`;
}

/** What was done, in words. Throws where the message did not go out. */
async function releaseOne(
  path: string,
  queue: string,
  entry: HeldEntry,
  options: ReleaseOptions,
  io: Io,
  services: Services,
): Promise<string> {
  const { id } = entry;
  const { sender } = entry.head.envelope;
  const recipients = recipientsOf(entry, options);
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
      `not released: ${describeState(state)}; ${state.kind === "deleting" ? "if it is not under way any more, use --again" : "it may have been queued: look for it in qmail's log, then use --again"}`,
    );
  }
  // Deleted between the reading and the lock; now nobody deletes it any more.
  if (locate(path, id) === null) {
    await cancelRelease(release);
    throw failure("has been deleted");
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
  return `released to ${count(recipients.length, "recipient")}`;
}
