// A fake spamd: takes one request up to the client's half-close, and answers
// as it is told.

import type { Socket } from "node:net";

export const spamdCleanReply = symbolsReply("False ; 1.3 / 5.0", "A_RULE");

/** `answer` is called with the whole request. */
export function serveSpamd(
  socket: Socket,
  answer: (request: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  socket.on("data", (data: Buffer) => chunks.push(data));
  socket.on("end", () => {
    answer(Buffer.concat(chunks));
  });
}

export function symbolsReply(spam: string, rules: string): string {
  return `SPAMD/1.1 0 EX_OK\r\nContent-length: ${rules.length}\r\nSpam: ${spam}\r\n\r\n${rules}`;
}
