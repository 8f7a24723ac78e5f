// Runs a program for a scanner: no shell, an environment of its own, bounded
// output, and a process group that is killed whole when the program has ended,
// when it says too much, and when the scan is given up. Used by the scanners
// that have no daemon to ask.
//
// What can't be killed: a process that has left the group (setsid). It can't
// hold us up either, and the limit on CPU time ends it (process-limits.ts).

import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { Readable } from "node:stream";
import { errorCode } from "../error-code.ts";
import { asError } from "./as-error.ts";
import { quoted } from "./connection.ts";
import {
  isToolFailure,
  withLimits,
  type ProcessLimits,
} from "./process-limits.ts";
import { ScannerFailure } from "./scanner.ts";

// A killed process is gone in a millisecond or two, and files that it may have
// had open with it; but nobody waits for one that hangs in the kernel.
const deathMs = 50;
// What a program wrote before its end is there at once.
const drainMs = 1000;

const searchPath = "/usr/local/bin:/usr/bin:/bin";

export interface Program {
  /** Absolute. */
  readonly path: string;
  readonly args: readonly string[];
  /** For its standard input; without it, that is empty. */
  readonly input?: Uint8Array;
  /** The working directory; absolute. */
  readonly folder: string;
  /** HOME, where it needs one. */
  readonly home?: string;
  /** TMPDIR, for temporary files. */
  readonly temporary?: string;
  readonly limits: ProcessLimits;
  /** Of standard output, and of standard error. */
  readonly replyBytes: number;
}

/** How it ended: with an exit code or by a signal. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** False: it ended before the whole input had gone to it. */
  readonly tookInput: boolean;
}

/**
 * Whatever the exit code is, it resolves. Throws ScannerFailure (`absent`
 * where there is no such program), or the reason of the signal, within 100 ms.
 */
export async function runProgram(
  program: Program,
  signal: AbortSignal,
): Promise<ProgramEnd> {
  signal.throwIfAborted();
  await mustBeExecutable(program.path);
  signal.throwIfAborted();
  const end = await untilEnd(start(program), program, signal);
  if (isToolFailure(end.stderr))
    throw failure(program, `could not be run: ${quoted(end.stderr)}`);
  return end;
}

/** `exit code 2: "first line of what it said"`, for the text of a failure. */
export function describeEnd(end: ProgramEnd): string {
  const how =
    end.signal === null
      ? `exit code ${end.exitCode ?? "unknown"}`
      : `killed by ${end.signal}`;
  const said = [end.stderr, end.stdout]
    .map(firstLine)
    .find((b) => b.length > 0);
  return said === undefined ? how : `${how}: ${quoted(said)}`;
}

function firstLine(output: Buffer): Buffer {
  const start = output.findIndex((byte) => byte > 0x20);
  if (start < 0) return output.subarray(0, 0);
  const end = output.indexOf(0x0a, start);
  return output.subarray(start, end < 0 ? undefined : end);
}

/** Throws ScannerFailure: `absent` where there is no such program. */
export async function mustBeExecutable(path: string): Promise<void> {
  try {
    await access(path, constants.X_OK);
  } catch (error) {
    const code = codeOrMessage(error);
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new ScannerFailure("absent", `no such program (${path})`, {
        cause: error,
      });
    throw new ScannerFailure("failed", `cannot be run: ${code} (${path})`, {
      cause: error,
    });
  }
}

function start(program: Program): ChildProcess {
  const [command = "", ...args] = withLimits(
    [program.path, ...program.args],
    program.limits,
  );
  try {
    return spawn(command, args, {
      cwd: program.folder,
      // Nothing of ours: mail data stands in it, and LD_PRELOAD might.
      env: {
        LC_ALL: "C",
        PATH: searchPath,
        ...(program.home === undefined ? {} : { HOME: program.home }),
        ...(program.temporary === undefined
          ? {}
          : { TMPDIR: program.temporary }),
      },
      stdio: [program.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      // A session, and so a process group, of its own.
      detached: true,
    });
  } catch (error) {
    throw failure(program, `cannot be run: ${codeOrMessage(error)}`, error);
  }
}

function untilEnd(
  child: ChildProcess,
  program: Program,
  signal: AbortSignal,
): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    let isRunning = child.pid !== undefined;
    let isSettled = false;
    let timer: NodeJS.Timeout | undefined;

    const killGroup = (): void => {
      // Once it has been waited for and its group is killed, the number may
      // become somebody else's.
      if (!isRunning || child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // The last of them has just gone.
      }
    };
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      finish();
    };
    const fail = (error: Error): void => {
      if (isSettled) return;
      isSettled = true;
      killGroup();
      for (const stream of [child.stdin, child.stdout, child.stderr])
        stream?.destroy();
      child.unref();
      const done = (): void => {
        settle(() => {
          reject(error);
        });
      };
      clearTimeout(timer);
      if (!isRunning) {
        done();
        return;
      }
      timer = setTimeout(done, deathMs);
      child.once("exit", done);
    };
    const onAbort = (): void => {
      fail(asError(signal.reason));
    };
    const collect = (stream: Readable | null): Buffer[] => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      stream?.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > program.replyBytes)
          fail(failure(program, `said more than ${program.replyBytes} bytes`));
        else chunks.push(chunk);
      });
      stream?.on("error", (error) => {
        fail(failure(program, `output lost: ${codeOrMessage(error)}`, error));
      });
      return chunks;
    };

    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    let tookInput = program.input === undefined;
    // It may well have seen enough; its exit code says what it makes of it.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(program.input, () => {
      tookInput = child.stdin?.errored === null;
    });
    child.on("error", (error) => {
      fail(failure(program, `cannot be run: ${codeOrMessage(error)}`, error));
    });
    child.on("exit", () => {
      killGroup();
      isRunning = false;
      if (isSettled) return;
      timer = setTimeout(() => {
        fail(failure(program, "left a process that keeps its output open"));
      }, drainMs);
    });
    child.on("close", (exitCode, by) => {
      if (isSettled) return;
      isSettled = true;
      settle(() => {
        resolve({
          exitCode,
          signal: by,
          stdout: Buffer.concat(stdout),
          stderr: Buffer.concat(stderr),
          tookInput,
        });
      });
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

function failure(
  { path }: Program,
  text: string,
  cause?: unknown,
): ScannerFailure {
  return new ScannerFailure(
    "failed",
    `${text} (${path})`,
    cause === undefined ? {} : { cause },
  );
}

function codeOrMessage(error: unknown): string {
  return (
    errorCode(error) ?? (error instanceof Error ? error.message : String(error))
  );
}
