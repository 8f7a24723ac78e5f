// Delivers one message with its envelope into a Maildir, in qmail-queue's
// order: message to its end, then envelope to its last NUL, and nothing is
// visible before both were read. main.ts calls it with fd 0 and fd 1.
//
// The envelope is only known after the message, but its fields stand above it.
// So the message goes to an unnamed file first and is copied behind them; its
// bytes pass through one 64 KiB buffer and are not otherwise kept.
// https://cr.yp.to/proto/maildir.html (rename instead of link and unlink.)

import * as fs from "node:fs";
import { join } from "node:path";

import { errorCode } from "../error-code.ts";
import { defaultLimits } from "../limits.ts";
import type { Envelope } from "../mail.ts";
import { EnvelopeReader } from "../qmail/envelope.ts";
import { exitCodes } from "../qmail/exit-codes.ts";
import { QueueFailure } from "./queue-failure.ts";

export interface Delivered {
  readonly file: string;
}

const chunkBytes = 64 * 1024;

/** `name` is unique among all deliveries. Throws QueueFailure or EnvelopeError with qmail-queue's exit code. */
export function deliver(
  maildir: string,
  name: string,
  messageFd: number,
  envelopeFd: number,
): Delivered {
  attempt(61, `cannot make the Maildir ${maildir}`, () => {
    for (const folder of ["tmp", "new", "cur"])
      makeFolder(join(maildir, folder));
    // Another delivery may have made them this instant and not synced them yet.
    syncFolder(maildir);
  });
  const chunk = Buffer.allocUnsafe(chunkBytes);
  const spoolName = join(maildir, "tmp", `${name}.message`);
  const temporary = join(maildir, "tmp", name);
  const final = join(maildir, "new", name);

  const spool = create(spoolName);
  try {
    attempt(53, `cannot unlink ${spoolName}`, () => {
      fs.unlinkSync(spoolName);
    });
    for (;;) {
      const count = readInput(messageFd, chunk, "message");
      if (count === 0) break;
      writeAll(spool, chunk.subarray(0, count));
    }
    const file = create(temporary);
    let placed = temporary;
    try {
      try {
        writeEnvelope(readEnvelope(envelopeFd, chunk), file);
        copySpool(spool, file, chunk);
        attempt(53, "cannot fsync the message", () => {
          fs.fsyncSync(file);
        });
      } finally {
        fs.closeSync(file);
      }
      attempt(66, `cannot rename to ${final}`, () => {
        fs.renameSync(temporary, final);
      });
      placed = final;
      attempt(66, "cannot fsync the Maildir", () => {
        syncFolder(join(maildir, "new"));
      });
    } catch (error) {
      fs.rmSync(placed, { force: true });
      throw error;
    }
  } finally {
    fs.closeSync(spool);
  }
  return { file: final };
}

/** Reads not a byte more than it must wait for: after the last NUL the writer may keep it open. */
function readEnvelope(envelopeFd: number, chunk: Buffer): Envelope {
  const reader = new EnvelopeReader();
  let size = 0;
  for (;;) {
    const count = readInput(envelopeFd, chunk, "envelope");
    if (count === 0 || reader.push(chunk.subarray(0, count)))
      return reader.finish();
    size += count;
    if (size > defaultLimits.envelopeBytes)
      throw new QueueFailure(
        exitCodes.outOfMemory,
        `envelope of more than ${defaultLimits.envelopeBytes} bytes`,
      );
  }
}

/** The envelope as fields, about a chunk at a time. */
function writeEnvelope({ sender, recipients }: Envelope, file: number): void {
  let fields = `Return-Path: <${fieldText(sender)}>\n`;
  for (const recipient of recipients) {
    fields += `X-Envelope-To: <${fieldText(recipient)}>\n`;
    if (fields.length < chunkBytes) continue;
    writeAll(file, Buffer.from(fields, "latin1"));
    fields = "";
  }
  writeAll(file, Buffer.from(fields, "latin1"));
}

function copySpool(spool: number, file: number, chunk: Buffer): void {
  for (let at = 0; ;) {
    const count = attempt(53, "cannot read the message back", () =>
      fs.readSync(spool, chunk, 0, chunk.length, at),
    );
    if (count === 0) return;
    writeAll(file, chunk.subarray(0, count));
    at += count;
  }
}

/**
 * Printable ASCII as it is, every other byte as `\xNN` and the backslash as
 * `\x5C`: no address can end the field, and all can be read back.
 */
function fieldText(address: Uint8Array): string {
  let text = "";
  for (const byte of address)
    text +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return text;
}

function readInput(fd: number, chunk: Buffer, what: string): number {
  for (;;)
    try {
      return fs.readSync(fd, chunk, 0, chunk.length, null);
    } catch (error) {
      const code = errorCode(error);
      // Some parents set their pipes non-blocking.
      if (code === "EAGAIN") pause();
      else if (code !== "EINTR")
        throw new QueueFailure(
          54,
          `cannot read the ${what}: ${String(error)}`,
          {
            cause: error,
          },
        );
    }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

function writeAll(fd: number, bytes: Uint8Array): void {
  attempt(53, "cannot write the message", () => {
    for (let at = 0; at < bytes.length;)
      at += fs.writeSync(fd, bytes, at, bytes.length - at);
  });
}

function create(path: string): number {
  return attempt(63, `cannot make ${path}`, () =>
    fs.openSync(path, "wx+", 0o600),
  );
}

function makeFolder(path: string): void {
  const made = fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  // Each new folder's name is durable in the one above it.
  for (let folder = path; made !== undefined; folder = join(folder, "..")) {
    syncFolder(join(folder, ".."));
    if (folder === made || folder === "/") return;
  }
}

function syncFolder(path: string): void {
  const folder = fs.openSync(path, "r");
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}

function attempt<T>(exitCode: number, what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new QueueFailure(exitCode, `${what}: ${String(error)}`, {
      cause: error,
    });
  }
}
