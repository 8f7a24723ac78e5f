// The message while it is read from fd 0: in memory up to a limit, above it in
// a file without a name, so that a slow sender of a large message holds no
// memory, and nothing is left behind however the door ends.

import {
  closeSync,
  constants,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

import { errorCode } from "../error-code.ts";
import { exitCodes } from "../qmail/exit-codes.ts";
import { Refusal } from "./refusal.ts";

/** Linux: open(2). Node has no name for it; the value is the same on all its Linux architectures but for O_DIRECTORY. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/** What is allocated for the first read; most messages fit. */
const firstBytes = 64 * 1024;

export interface SpoolOptions {
  readonly fd: number;
  /** Above this size the message goes to the file. */
  readonly memoryBytes: number;
  /** Above this size the rest is read and dropped. */
  readonly maxBytes: number;
  /** Folder for the unnamed file. */
  readonly folder: string;
}

export interface Spooled {
  /** Bytes read, also those that were dropped. */
  readonly size: number;
  /** The whole message; null where it was larger than `maxBytes`. */
  readonly bytes: Uint8Array | null;
}

/** Reads to end of file. Throws Refusal: 54 reading, 53 own copy, 51 memory. */
export function readMessage(options: SpoolOptions): Spooled {
  const { fd, memoryBytes, maxBytes } = options;
  let buffer: Buffer = Buffer.allocUnsafe(Math.min(firstBytes, memoryBytes));
  let filled = 0;
  let size = 0;
  let file: number | null = null;
  try {
    for (;;) {
      if (filled === buffer.length) {
        if (buffer.length < memoryBytes) {
          buffer = doubled(buffer, memoryBytes);
        } else {
          file ??= openUnnamed(options.folder);
          writeAll(file, buffer, options.folder);
          filled = 0;
        }
      }
      const count = readInto(fd, buffer, filled);
      if (count === 0) break;
      size += count;
      filled = size > maxBytes ? 0 : filled + count;
    }
    if (size > maxBytes) return { size, bytes: null };
    if (file === null) return { size, bytes: buffer.subarray(0, filled) };
    writeAll(file, buffer.subarray(0, filled), options.folder);
    return { size, bytes: readBack(file, size) };
  } finally {
    if (file !== null) closeSync(file);
  }
}

/**
 * One read into `buffer` from `at` on, from a blocking or non-blocking
 * descriptor; 0 at end of file. Throws Refusal 54.
 */
export function readInto(fd: number, buffer: Buffer, at: number): number {
  for (;;) {
    try {
      return readSync(fd, buffer, at, buffer.length - at, null);
    } catch (error) {
      if (errorCode(error) === "EAGAIN") {
        sleep(10);
        continue;
      }
      if (errorCode(error) === "EINTR") continue;
      throw new Refusal(exitCodes.readError, `cannot read fd ${fd}`, error);
    }
  }
}

/** Reads what is left and drops it: the parent of a door that refuses early is not to meet a broken pipe. */
export function drain(fd: number): void {
  const buffer = Buffer.allocUnsafe(firstBytes);
  try {
    while (readInto(fd, buffer, 0) > 0);
  } catch {
    // Nothing hangs on it.
  }
}

function doubled(buffer: Buffer, maxBytes: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2, maxBytes));
  buffer.copy(larger);
  return larger;
}

function openUnnamed(folder: string): number {
  try {
    return openSync(folder, O_TMPFILE | constants.O_RDWR, 0o600);
  } catch {
    // A file system without O_TMPFILE: a name for as long as it takes to remove it.
  }
  const name = join(folder, `qsift-${process.pid}-${Date.now()}`);
  try {
    const fd = openSync(name, "wx+", 0o600);
    unlinkSync(name);
    return fd;
  } catch (error) {
    throw new Refusal(
      exitCodes.writeError,
      `cannot make a temporary file in ${folder} (QSIFT_TMP)`,
      error,
    );
  }
}

function writeAll(fd: number, bytes: Uint8Array, folder: string): void {
  let at = 0;
  try {
    while (at < bytes.length)
      at += writeSync(fd, bytes, at, bytes.length - at, null);
  } catch (error) {
    throw new Refusal(
      exitCodes.writeError,
      `cannot write the message's temporary file in ${folder} (QSIFT_TMP)`,
      error,
    );
  }
}

function readBack(fd: number, size: number): Uint8Array {
  let bytes: Buffer;
  try {
    // Where the sandbox sees it too; else it would have to be copied.
    bytes = Buffer.from(new SharedArrayBuffer(size));
  } catch (error) {
    throw new Refusal(
      exitCodes.outOfMemory,
      `no memory for a message of ${size} bytes`,
      error,
    );
  }
  let at = 0;
  while (at < size) {
    let count: number;
    try {
      count = readSync(fd, bytes, at, size - at, at);
    } catch (error) {
      throw new Refusal(
        exitCodes.writeError,
        "cannot read the message's temporary file",
        error,
      );
    }
    // A short copy is an error, never a shorter message.
    if (count === 0)
      throw new Refusal(
        exitCodes.writeError,
        `the message's temporary file ends at ${at} of ${size} bytes`,
      );
    at += count;
  }
  return bytes;
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
