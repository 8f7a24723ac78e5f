// A resolver on a loopback port that knows no name: it answers NXDOMAIN to
// every question at once, so that daemons which insist on one neither wait for
// it nor ask anybody else.

import { createSocket } from "node:dgram";
import { once } from "node:events";

export interface Resolver {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startResolver(): Promise<Resolver> {
  const socket = createSocket("udp4", (query, client) => {
    const end = questionEnd(query);
    if (end === null) return;
    const reply = Buffer.from(query.subarray(0, end));
    // RFC 1035 4.1.1: a response, authoritative, recursion available; RCODE 3.
    reply.writeUInt16BE(0x8583, 2);
    // One question, which is sent back, and nothing else.
    reply.writeUInt16BE(1, 4);
    reply.fill(0, 6, 12);
    socket.send(reply, client.port, client.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    stop: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** Offset after the first question: labels up to the empty one, type, class. */
function questionEnd(query: Buffer): number | null {
  let at = 12;
  while ((query[at] ?? 0) > 0) at += 1 + (query[at] ?? 0);
  const end = at + 5;
  return end <= query.length ? end : null;
}
