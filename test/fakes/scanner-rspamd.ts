// A fake rspamd: takes one request over HTTP, and answers as it is told.

import type { Socket } from "node:net";

export const rspamdClean = {
  is_skipped: false,
  score: 1.2,
  required_score: 15,
  action: "no action",
  symbols: { A_RULE: { name: "A_RULE", score: 1.2, options: ["why"] } },
  messages: {},
  time_real: 0.1,
};
export const rspamdCleanReply = httpReply(JSON.stringify(rspamdClean));

/** `answer` is called with the head and the body of the request. */
export function serveRspamd(
  socket: Socket,
  answer: (head: string, body: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let received = 0;
  let expected: number | null = null;
  socket.on("data", (data: Buffer) => {
    chunks.push(data);
    received += data.length;
    if (expected !== null && received < expected) return;
    const request = Buffer.concat(chunks);
    const bodyStart = request.indexOf("\r\n\r\n") + 4;
    if (bodyStart < 4) return;
    const head = request.toString("latin1", 0, bodyStart);
    const length = /^Content-Length: (\d+)\r$/m.exec(head)?.[1];
    expected = bodyStart + Number(length);
    if (received >= expected) answer(head, request.subarray(bodyStart));
  });
}

export function httpReply(
  body: string,
  status = "200 OK",
  length = `Content-Length: ${Buffer.byteLength(body)}\r\n`,
): string {
  return (
    `HTTP/1.1 ${status}\r\nConnection: close\r\nServer: rspamd/3.4\r\n` +
    `${length}Content-Type: application/json\r\n\r\n${body}`
  );
}

/** In chunks of one byte each. */
export function chunkedReply(body: string): string {
  const chunks = Array.from(body, (byte) => `1;why=not\r\n${byte}\r\n`).join(
    "",
  );
  return httpReply(
    `${chunks}0\r\nTrailer: x\r\n\r\n`,
    "200 OK",
    "Transfer-Encoding: chunked\r\n",
  );
}
