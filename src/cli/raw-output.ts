// Bytes of mail on standard output: exactly as they are for a file or a
// program, and line by line escaped for a terminal, which would obey them.

import { printableBytes } from "../printable.ts";
import type { Io } from "./io.ts";

/** A longer line is written in pieces, so that none has to be kept whole. */
const maxLineBytes = 64 * 1024;

export async function writeRaw(
  pieces: Iterable<Uint8Array>,
  io: Io,
): Promise<void> {
  let line = Buffer.alloc(0);
  for (const piece of pieces) {
    if (io.out.isClosed) return;
    if (!io.out.isTerminal) {
      await io.out.write(piece);
      continue;
    }
    const bytes = Buffer.concat([line, piece]);
    const end = bytes.lastIndexOf("\n") + 1;
    await io.out.write(escapeLines(bytes.subarray(0, end)));
    line = bytes.subarray(end);
    if (line.length <= maxLineBytes) continue;
    await io.out.write(printableBytes(line));
    line = Buffer.alloc(0);
  }
  if (line.length > 0) await io.out.write(`${printableBytes(line)}\n`);
}

/** Lines as they stand, each made printable. `bytes` ends with a line end or is the last. */
export function escapeLines(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf("\n", at);
    const stop = end < 0 ? bytes.length : end;
    text += `${printableBytes(bytes.subarray(at, stop))}\n`;
    at = stop + 1;
  }
  return text;
}
