// A fake ICAP server: takes one RESPMOD with a chunked body, and answers as it
// is told.

import type { Socket } from "node:net";

const tag = 'Server: Fake/1\r\nISTag: "fake-2"\r\n';
export const icapCleanReply = `ICAP/1.0 204 Unmodified\r\n${tag}Encapsulated: null-body=0\r\n\r\n`;

/** `answer` is called with the request up to its body, and with the body. */
export function serveIcap(
  socket: Socket,
  answer: (head: string, body: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  socket.on("data", (data: Buffer) => {
    chunks.push(data);
    if (!Buffer.concat(chunks.slice(-5)).toString("latin1").endsWith(bodyEnd))
      return;
    const request = Buffer.concat(chunks);
    const head = /^[^]*?\r\n\r\n[^]*?\r\n\r\n[^]*?\r\n\r\n/.exec(
      request.toString("latin1"),
    )?.[0];
    if (head === undefined) return;
    const body = unchunked(request.subarray(head.length));
    if (body !== null) answer(head, body);
  });
}

/** 200 with an HTTP response in place of the one that was sent. */
export function icapReply(
  fields: string,
  httpHead: string,
  body: string,
  offset = httpHead.length,
): string {
  const size = body.length.toString(16);
  return (
    `ICAP/1.0 200 OK\r\n${tag}${fields}Encapsulated: res-hdr=0, res-body=${offset}\r\n\r\n` +
    `${httpHead}${size}\r\n${body}\r\n${bodyEnd}`
  );
}

const bodyEnd = "0\r\n\r\n";

function unchunked(bytes: Buffer): Buffer | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return null;
    const size = parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (size === 0) return Buffer.concat(chunks);
    at = lineEnd + 2 + size + 2;
    if (at > bytes.length) return null;
    chunks.push(bytes.subarray(lineEnd + 2, at - 2));
  }
}
