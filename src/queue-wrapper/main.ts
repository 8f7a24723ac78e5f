// The TypeScript door: what qmail runs in qmail-queue's place, by way of
// launcher.sh. Message on fd 0, envelope on fd 1, the answer is the exit code
// (docs/contract.md).
//
// serve() goes through the states of docs/architecture.md. Every way out of it
// is finish(), which writes the one outcome line; what can't get there ends
// with the exit code that exit-temporary.ts has set.

import "./exit-temporary.ts";

import { existsSync, writeSync } from "node:fs";

import type { Envelope } from "../mail.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { newId } from "../id.ts";
import { EnvelopeError, EnvelopeReader } from "../qmail/envelope.ts";
import { exitCodes } from "../qmail/exit-codes.ts";
import { Deadline, readDeadlineMs } from "./deadline.ts";
import { announce, errorDescriptor, outcomeOf } from "./error-descriptor.ts";
import { closeInheritedDescriptors } from "./inherited-descriptors.ts";
import type { Judged } from "./judged.ts";
import { formatOutcome } from "./outcome-line.ts";
import type { Received } from "./received.ts";
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
  size: number | null;
  envelope: Envelope | null;
  judged: Judged | null;
  /** Why no daemon was asked, where one should be there. */
  noDaemon: string | null;
}

/** S1 to S5; ends the process. */
async function serve(): Promise<never> {
  // Loaded before fd 0 is read: the SMTP client is still sending.
  const setup = await import("./setup.ts");
  const log = setup.openDoorLog(env, errorFd);
  const progress: Progress = {
    size: null,
    envelope: null,
    judged: null,
    noDaemon: null,
  };
  try {
    closeInheritedDescriptors(errorFd);
    const config = await setup.configure(env);
    const queue = queuePath(config.queue);
    refuseLoop(queue);
    const deadlineMs = readDeadlineMs(env);
    const daemon = await findDaemon(config.daemon.socket);

    const { size, bytes } = readMessage({
      fd: 0,
      memoryBytes: config.limits.memoryMessageBytes,
      maxBytes: config.limits.messageBytes,
      folder: env["QSIFT_TMP"] ?? "/var/tmp",
    }); // S2
    progress.size = size;
    const deadline = new Deadline(deadlineMs);
    const envelope = readEnvelope(deadline, config.limits.envelopeBytes); // S3
    progress.envelope = envelope;

    const received = { id, receivedAt: deadline.startedAt, envelope, env };
    const judged =
      bytes === null
        ? (await import("./standalone.ts")).judgeSize(received, size, config)
        : await deadline.race(
            judge(received, bytes, config, deadline, daemon, log, progress),
          ); // S4
    progress.judged = judged;
    ignoreSignals();
    const settled = await settle({
      answer: judged.answer,
      message: bytes ?? new Uint8Array(),
      envelope,
      queue,
      env,
      signal: deadline.signal,
      holdUndelivered: (delivery, cause, n) => judged.hold(delivery, cause, n),
    });
    return finish(log, progress, settled); // S5
  } catch (error) {
    if (progress.size === null) drain(0);
    return finish(log, progress, refused(error));
  }
}

type Daemon = Awaited<ReturnType<typeof findDaemon>>;

/** How to ask the daemon, where one may be there; else the filter is loaded now, while the client sends. */
async function findDaemon(configured: string) {
  const ask = await import("./ask.ts");
  const fallback = ask.fallback(env);
  const addresses = ask.daemonAddresses(env, configured);
  const mayListen = addresses.some(
    (address) => address.kind !== "unix" || existsSync(address.path),
  );
  if (!mayListen && fallback === "standalone") await import("./standalone.ts");
  return { ask, addresses, fallback };
}

/** By the daemon where it listens, else here. */
async function judge(
  received: Received,
  bytes: Uint8Array,
  config: Config,
  deadline: Deadline,
  { ask, addresses, fallback }: Daemon,
  log: Log,
  progress: Progress,
): Promise<Judged> {
  const { leftMs, signal, scanSignal } = deadline;
  deadline.waitingFor = "the daemon's answer";
  const asked = await ask.askDaemon(addresses, received, bytes, leftMs, signal);
  if (asked.kind === "judged") return asked.judged;
  deadline.waitingFor = null;
  const why = ask.describeNobody(asked.reasons);
  if (fallback === "defer")
    throw new Refusal(
      exitCodes.deferred,
      `no daemon, and QSIFT_FALLBACK is defer: start it, qsift daemon (${why || "QSIFT_SOCKET names none"})`,
    );
  // Where there is no socket at all, nobody may have wanted a daemon.
  if (asked.reasons.some(({ code }) => code !== "ENOENT"))
    progress.noDaemon = why;
  const { judgeHere } = await import("./standalone.ts");
  return judgeHere(received, bytes, config, scanSignal, log);
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
  progress.judged?.ended(outcome.outcome, exitCode);
  log[levelOf(settled, exitCode)](
    formatOutcome({
      ...settled,
      id,
      exitCode,
      size: progress.size,
      fields: progress.judged?.fields ?? null,
      envelope: progress.envelope,
      noDaemon: progress.noDaemon,
      cause: outcome.cause ?? progress.judged?.cause ?? null,
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
