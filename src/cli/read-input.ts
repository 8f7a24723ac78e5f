// Reads one file, or standard input for "-", whole and up to a size: `scan
// /dev/zero` ends too.

import { createReadStream } from "node:fs";

import type { Io } from "./io.ts";

/** Throws what the file system says, or that it is too large. */
export async function readInput(
  file: string,
  io: Io,
  maxBytes: number,
): Promise<Uint8Array> {
  const stream: AsyncIterable<Uint8Array> =
    file === "-" ? io.stdin() : createReadStream(file);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes)
      throw new Error(
        `larger than ${maxBytes} bytes (message_bytes in [limits])`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
