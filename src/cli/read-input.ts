// Reads one file, or standard input for "-", whole and up to a size: `scan
// /dev/zero` ends too.

import { createReadStream } from "node:fs";

import { errorCode } from "../error-code.ts";
import type { Io } from "./io.ts";

/** Throws what the file system says, or that it is too large. */
export async function readInput(
  file: string,
  io: Io,
  maxBytes: number,
  limit = " (message_bytes in [limits])",
): Promise<Uint8Array> {
  const stream: AsyncIterable<Uint8Array> =
    file === "-" ? io.stdin() : createReadStream(file);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes)
      throw new Error(`larger than ${maxBytes} bytes${limit}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** What went wrong with a file, and what to do; `command` as people type it. */
export function describeReadError(error: unknown, command: string): string {
  const code = errorCode(error);
  switch (code) {
    case "ENOENT":
      return "no such file";
    case "EISDIR":
      return "is a folder; name the files in it";
    case "EACCES":
      return `no permission to read it; give it on standard input: qsift ${command} - < FILE`;
    case null:
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
