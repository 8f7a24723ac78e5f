// Runs qmail-queue, or what stands in its place: feeds the message, closes it,
// and only then feeds the envelope.
//
// qmail-queue commits when it has read the envelope's last NUL. So until that
// byte is written it can be killed and nothing is queued; after it nothing may
// be given up, or the sender's retry makes a duplicate. Killed ourselves, we
// leave it with an envelope that ends early, and it queues nothing.

import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";

import { formatEnvelope } from "./envelope.ts";
import { describeStatus, exitCodeAfterQueue, exitCodes } from "./exit-codes.ts";
import type { WaitStatus } from "./exit-codes.ts";

export interface QueueRun {
  /** Absolute path of the program. */
  readonly queue: string;
  readonly message: Iterable<Uint8Array>;
  readonly sender: Uint8Array;
  readonly recipients: readonly Uint8Array[];
  /** Gives up, as long as the envelope's last NUL has not been written. */
  readonly signal: AbortSignal | null;
  readonly env: NodeJS.ProcessEnv;
}

export type QueueResult =
  | { readonly kind: "queued" }
  | {
      readonly kind: "failed";
      /** What the door exits with. */
      readonly exitCode: number;
      /** For the log. */
      readonly cause: string;
      /** It had all of the envelope when it died, and may have queued it. */
      readonly isUncertain: boolean;
    };

/** Never rejects. `queued` only if all was written and qmail-queue exited 0. */
export async function runQmailQueue(run: QueueRun): Promise<QueueResult> {
  const { signal } = run;
  if (signal?.aborted) return gaveUp;

  let child: ReturnType<typeof start>;
  try {
    child = start(run);
  } catch (error) {
    // spawn throws what it doesn't emit: ENOTDIR, ETXTBSY, ENOMEM ...
    return cannotRun(run.queue, error);
  }
  const ended = new Promise<WaitStatus | Error>((resolve) => {
    child.once("error", resolve);
    child.once("exit", (code, name) => {
      resolve({ code, signal: name });
    });
  });
  // A second error (a kill that is refused) must not end the door.
  child.on("error", () => undefined);
  // With no descriptors left there is an error and there are no streams.
  const message = child.stdin as Writable | null;
  // libuv makes stdio pipes of socket pairs, and Node duplex streams of all but
  // the first, so that "stdout" can be written to.
  const envelope = child.stdout as unknown as Writable | null;
  if (message === null || envelope === null)
    return cannotRun(run.queue, await ended);
  // Errors come back through the write's callback; without listeners they'd end the process.
  message.on("error", () => undefined);
  envelope.on("error", () => undefined);

  const giveUp = (): void => {
    child.kill("SIGKILL");
  };
  signal?.addEventListener("abort", giveUp, { once: true });
  let committed = false;
  const feeding = feed(run, message, envelope, () => {
    // Its end says that it failed; what it left behind must not commit.
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error("it had ended before it had the envelope");
    signal?.removeEventListener("abort", giveUp);
    committed = true;
  }).catch((error: unknown) => {
    // With input missing it must not take what it has for the whole.
    message.destroy();
    envelope.destroy();
    return error instanceof Error ? error : new Error(String(error));
  });
  const status = await ended;
  signal?.removeEventListener("abort", giveUp);
  if (status instanceof Error || status.code !== 0) {
    message.destroy();
    envelope.destroy();
  }
  // It has ended, so what it was to read is written or lost. A write to a
  // process that it left behind may hang all the same.
  const writeError = await Promise.race([feeding, unfinished()]);
  message.destroy();
  envelope.destroy();
  return resultOf(run.queue, {
    status,
    writeError,
    committed,
    aborted: signal?.aborted ?? false,
  });
}

/** Message, close, envelope. `commit` is called before the envelope's last NUL is written; after an abort that NUL never is. */
async function feed(
  run: QueueRun,
  message: Writable,
  envelope: Writable,
  commit: () => void,
): Promise<null> {
  for (const chunk of run.message) await write(message, chunk);
  await end(message);
  const bytes = formatEnvelope(run);
  await write(envelope, bytes.subarray(0, -1));
  if (run.signal?.aborted) throw new Error("given up");
  commit();
  await write(envelope, bytes.subarray(-1));
  envelope.end();
  return null;
}

const graceMs = 1000;

async function unfinished(): Promise<Error> {
  await setTimeout(graceMs);
  return new Error("it ended while it was still being written to");
}

const gaveUp: QueueResult = {
  kind: "failed",
  exitCode: exitCodes.timeout,
  cause: "deadline reached before qmail-queue had the envelope",
  isUncertain: false,
};

function cannotRun(queue: string, error: unknown): QueueResult {
  const why = error instanceof Error ? error.message : String(error);
  return {
    kind: "failed",
    exitCode: exitCodes.cannotRun,
    cause: `${queue} cannot be run: ${why}`,
    isUncertain: false,
  };
}

function resultOf(
  queue: string,
  end: {
    readonly status: WaitStatus | Error;
    readonly writeError: Error | null;
    /** The envelope's last NUL was written. */
    readonly committed: boolean;
    readonly aborted: boolean;
  },
): QueueResult {
  const { status, writeError } = end;
  if (status instanceof Error) return cannotRun(queue, status);
  const exitCode = exitCodeAfterQueue(status);
  if (exitCode === exitCodes.queued && writeError === null)
    return { kind: "queued" };
  // Killed by us, unless it had ended by itself just before.
  if (end.aborted && status.signal === "SIGKILL") return gaveUp;
  if (exitCode === exitCodes.queued)
    return {
      kind: "failed",
      exitCode: exitCodes.writeError,
      cause: `${queue} exited 0 without reading all: ${writeError?.message ?? ""}`,
      isUncertain: end.committed,
    };
  return {
    kind: "failed",
    exitCode,
    cause: `${queue} ${describeStatus(status)}`,
    isUncertain: end.committed && status.signal !== null,
  };
}

function start(run: QueueRun) {
  return spawn(run.queue, [], {
    env: childEnvironment(run.env),
    // fd 1 is an input of qmail-queue. No descriptor above 2 is handed on: qmail
    // reads the error descriptor to its end before it waits for us.
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** What qmail-queue is started with: a mark against loops, and no QMAILQUEUE that would lead a child of it back here. */
function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own: NodeJS.ProcessEnv = { ...env, QSIFT_ACTIVE: "1" };
  delete own["QMAILQUEUE"];
  return own;
}

function write(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function end(stream: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once("error", reject);
    stream.end(() => {
      stream.removeListener("error", reject);
      resolve();
    });
  });
}
