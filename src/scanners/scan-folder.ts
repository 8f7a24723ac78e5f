// The folder in which a scanner program finds a message: readable by us alone,
// one for each scan, gone when the scan is over. Names in it are numbers; no
// name out of a mail is ever a path. Used by command.ts.
//
// A process that is killed leaves its folder behind; the next one sweeps it.

import { accessSync, constants, lstatSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { errorCode } from "../error-code.ts";
import { ScannerFailure } from "./scanner.ts";

const prefix = "qsift-scan-";
const dayMs = 86_400_000;

/**
 * Where the folders are made if the configuration says nothing. TMPDIR is not
 * asked: whoever starts the door may set it.
 */
export function defaultRuntimeFolder(): string {
  try {
    accessSync("/run/qsift", constants.W_OK | constants.X_OK);
    return "/run/qsift";
  } catch {
    return "/tmp";
  }
}

/** Makes a folder, and removes it when `use` has ended, whatever way. */
export async function withScanFolder<T>(
  runtimeFolder: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  // Mode 0700.
  const folder = await mkdtemp(
    join(runtimeFolder, `${prefix}${process.pid}-`),
  ).catch((error: unknown) => {
    throw cannotWrite(error);
  });
  try {
    return await use(folder);
  } finally {
    // A program that was just killed may still be writing its last file. What
    // can't be removed now the sweep removes.
    await rm(folder, {
      recursive: true,
      force: true,
      maxRetries: 3,
      retryDelay: 20,
    }).catch(() => undefined);
  }
}

/** Writes a file whose name is a number. */
export async function writeNumbered(
  folder: string,
  number: number,
  content: Uint8Array,
): Promise<void> {
  const path = join(folder, String(number));
  await writeFile(path, content, { mode: 0o600, flag: "wx" }).catch(
    (error: unknown) => {
      throw cannotWrite(error);
    },
  );
}

function cannotWrite(error: unknown): ScannerFailure {
  const reason = error instanceof Error ? error.message : String(error);
  return new ScannerFailure("failed", `cannot write its files: ${reason}`, {
    cause: error,
  });
}

const swept = new Set<string>();

/** Removes, once in a process's life, our own folders whose processes are gone. Never throws. */
export async function sweepOnce(runtimeFolder: string): Promise<void> {
  if (swept.has(runtimeFolder)) return;
  swept.add(runtimeFolder);
  await sweep(runtimeFolder);
}

export async function sweep(runtimeFolder: string): Promise<void> {
  let names: string[];
  try {
    names = readdirSync(runtimeFolder);
  } catch {
    return;
  }
  for (const name of names) {
    const [, pid] = /^qsift-scan-(\d{1,10})-[A-Za-z0-9]{6}$/.exec(name) ?? [];
    const folder = join(runtimeFolder, name);
    if (pid === undefined || !isStale(folder, Number(pid))) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Ours, of a process that is gone, or that has another one's number. */
function isStale(folder: string, pid: number): boolean {
  try {
    const { uid, mtimeMs, isDirectory } = inspect(folder);
    if (!isDirectory || uid !== process.getuid?.()) return false;
    // No scan takes a day (schema.ts).
    if (mtimeMs < Date.now() - dayMs) return true;
    return pid === process.pid
      ? mtimeMs < performance.timeOrigin
      : !isRunning(pid);
  } catch {
    return false;
  }
}

function inspect(folder: string) {
  // Not through a symbolic link, which anybody may have put there.
  const status = lstatSync(folder);
  return {
    uid: status.uid,
    mtimeMs: status.mtimeMs,
    isDirectory: status.isDirectory(),
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as somebody else.
    return errorCode(error) !== "ESRCH";
  }
}
