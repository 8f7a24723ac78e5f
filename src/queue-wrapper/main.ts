// The TypeScript door: what qmail runs in qmail-queue's place, by way of
// launcher.sh. Message on fd 0, envelope on fd 1, the answer is the exit code
// (docs/contract.md).
//
// serve() goes through the states of docs/architecture.md. Every way out of it
// is finish(), which writes the one outcome line; what can't get there ends
// with the exit code that exit-temporary.ts has set.

import "./exit-temporary.ts";

import { writeSync } from "node:fs";

import type { Envelope, Mail } from "../mail.ts";
import type { Filtered } from "../filter.ts";
import type { Log } from "../log.ts";
import { newId } from "../id.ts";
import { EnvelopeError, EnvelopeReader } from "../qmail/envelope.ts";
import { exitCodes } from "../qmail/exit-codes.ts";
import { Deadline, readDeadlineMs } from "./deadline.ts";
import { announce, errorDescriptor, outcomeOf } from "./error-descriptor.ts";
import { closeInheritedDescriptors } from "./inherited-descriptors.ts";
import { formatOutcome } from "./outcome-line.ts";
import { Refusal } from "./refusal.ts";
import { settle, type Settled } from "./settle.ts";
import { drain, readInto, readMessage } from "./spool.ts";

const { env } = process;
const startedAt = Date.now();
const id = newId(startedAt);
const errorFd = errorDescriptor(process.argv);

process.on("uncaughtException", fatal);
serve().catch(fatal);

/** What is known so far, for the outcome line. */
interface Progress {
  mail: Mail | null;
  size: number | null;
  filtered: Filtered | null;
}

/** S1 to S5; ends the process. */
async function serve(): Promise<never> {
  // Loaded before fd 0 is read: the SMTP client is still sending.
  const standalone = await import("./standalone.ts");
  const log = standalone.openDoorLog(env, errorFd);
  const progress: Progress = { mail: null, size: null, filtered: null };
  try {
    closeInheritedDescriptors(errorFd);
    const config = await standalone.configure(env);
    const queue = queuePath(config.queue);
    refuseLoop(queue);
    const deadlineMs = readDeadlineMs(env);

    const { size, bytes } = readMessage({
      fd: 0,
      memoryBytes: config.limits.memoryMessageBytes,
      maxBytes: config.limits.messageBytes,
      folder: env["QSIFT_TMP"] ?? "/var/tmp",
    }); // S2
    progress.size = size;
    const deadline = new Deadline(deadlineMs);
    const envelope = readEnvelope(deadline, config.limits.envelopeBytes); // S3

    const mail = standalone.makeMail({
      id,
      receivedAt: deadline.startedAt,
      envelope,
      bytes: bytes ?? new Uint8Array(),
      env,
      config,
    });
    progress.mail = mail;
    const filtered =
      bytes === null
        ? standalone.refuseSize(id, size, config)
        : await deadline.race(
            standalone.filterMail(mail, config, deadline.scanSignal, log),
          ); // S4
    progress.filtered = filtered;
    ignoreSignals();
    const settled = await settle({
      answer: filtered.answer,
      mail,
      queue,
      env,
      signal: deadline.signal,
      holdUndelivered: (delivery, cause, n) =>
        standalone.holdUndelivered(filtered, delivery, cause, config, n),
    });
    return finish(log, progress, settled); // S5
  } catch (error) {
    if (progress.size === null) drain(0);
    return finish(log, progress, refused(error));
  }
}

/**
 * From here on qmail-queue may commit at any moment, and a door that dies then
 * makes the client send again what was queued. The deadline still ends it.
 */
function ignoreSignals(): void {
  for (const name of ["SIGTERM", "SIGHUP", "SIGINT"] as const)
    process.on(name, () => undefined);
}

/** QSIFT_QUEUE if it is set and not empty, else as configured. */
function queuePath(configured: string): string {
  const queue = env["QSIFT_QUEUE"] ?? "";
  if (queue !== "" && !queue.startsWith("/"))
    throw new Refusal(
      exitCodes.configuration,
      `QSIFT_QUEUE: an absolute path expected, found "${queue}"`,
    );
  return queue === "" ? configured : queue;
}

/**
 * Old qmail-scanner hosts rename qmail-queue and put the filter in its place;
 * a door that runs itself would never end.
 */
function refuseLoop(queue: string): void {
  if (env["QSIFT_ACTIVE"] === undefined) return;
  throw new Refusal(
    exitCodes.bug,
    `started by itself: QSIFT_QUEUE or queue (${queue}) leads back to the filter, name the real qmail-queue`,
  );
}

/** fd 1 until the envelope's last NUL, as qmail-queue reads it. */
function readEnvelope(deadline: Deadline, maxBytes: number): Envelope {
  const reader = new EnvelopeReader();
  const buffer = Buffer.allocUnsafe(64 * 1024);
  let size = 0;
  for (;;) {
    const count = readInto(1, buffer, 0);
    if (count === 0 || reader.push(buffer.subarray(0, count)))
      return reader.finish();
    size += count;
    if (size > maxBytes)
      throw new Refusal(
        exitCodes.outOfMemory,
        `envelope of more than ${maxBytes} bytes (limits.envelope_bytes)`,
      );
    deadline.check();
  }
}

function refused(error: unknown): Settled {
  const known = error instanceof Refusal || error instanceof EnvelopeError;
  const exitCode = known ? error.exitCode : exitCodes.bug;
  return {
    outcome: {
      outcome: outcomeOf(exitCode),
      exitCode,
      text: null,
      cause: known ? error.message : describe(error),
    },
    held: [],
    duplicatePossible: false,
  };
}

function finish(log: Log, progress: Progress, settled: Settled): never {
  const { outcome } = settled;
  const exitCode = announce(outcome, errorFd);
  log[levelOf(settled, exitCode)](
    formatOutcome({
      ...progress,
      ...settled,
      id,
      exitCode,
      cause: outcome.cause ?? progress.filtered?.cause ?? null,
      clientIp: env["TCPREMOTEIP"] ?? null,
      ms: Date.now() - startedAt,
    }),
  );
  process.exit(exitCode);
}

/** `error`: somebody has to mend something before mail goes through again. */
function levelOf(
  settled: Settled,
  exitCode: number,
): "info" | "warn" | "error" {
  const broken: readonly number[] = [
    exitCodes.configuration,
    exitCodes.bug,
    exitCodes.cannotRun,
  ];
  if (broken.includes(exitCode)) return "error";
  return settled.outcome.outcome === "deferred" || settled.duplicatePossible
    ? "warn"
    : "info";
}

/** A bug, or a damaged installation. The log may be what is broken, so the line is written by hand. */
function fatal(error: unknown): never {
  const line = JSON.stringify({
    level: "error",
    time: new Date().toISOString(),
    program: "qsift",
    pid: process.pid,
    event: "outcome",
    id,
    outcome: "deferred",
    exit: exitCodes.bug,
    cause: describe(error),
  });
  try {
    if (errorFd !== 2) writeSync(2, `${line}\n`);
  } catch {
    // Nobody listens; the exit code still speaks.
  }
  process.exit(exitCodes.bug);
}

function describe(error: unknown): string {
  return error instanceof Error
    ? (error.stack ?? error.message)
    : String(error);
}
