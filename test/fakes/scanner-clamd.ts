// A fake clamd: speaks its session for any number of streams, in order, and
// answers as it is told.

import type { Socket } from "node:net";

export interface ClamdSession {
  /** All streams sent so far. */
  readonly streams: readonly Buffer[];
}

export const clamdVersionReply = "1: ClamAV 1.4.6/27500/fake\0";
export const clamdCleanReply = `${clamdVersionReply}2: stream: OK\0`;

/**
 * `answer` is called at the end of each stream with the number of its command,
 * `tellVersion` when the version is asked for.
 */
export function serveClamd(
  socket: Socket,
  answer: (stream: Buffer, number: number) => void,
  tellVersion: () => void = () => undefined,
): void {
  let input = Buffer.alloc(0);
  let number = 0;
  let chunks: Buffer[] | null = null;
  socket.on("data", (data: Buffer) => {
    input = Buffer.concat([input, data]);
    for (;;) {
      if (chunks !== null) {
        if (input.length < 4) return;
        const length = input.readUInt32BE(0);
        if (input.length < 4 + length) return;
        const chunk = input.subarray(4, 4 + length);
        input = input.subarray(4 + length);
        if (length > 0) chunks.push(chunk);
        else {
          const stream = Buffer.concat(chunks);
          chunks = null;
          answer(stream, number);
        }
        continue;
      }
      const end = input.indexOf(0);
      if (end < 0) return;
      const command = input.toString("latin1", 0, end);
      input = input.subarray(end + 1);
      if (command === "zEND") socket.end();
      else if (command !== "zIDSESSION") number += 1;
      if (command === "zINSTREAM") chunks = [];
      if (command === "zVERSION") tellVersion();
    }
  });
}
