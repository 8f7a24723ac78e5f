// A fake pyzord on a loopback port: answers each datagram as it is told.

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Address } from "../../src/scanners/scanner.ts";

export interface FakePyzord {
  readonly address: Extract<Address, { port: number }>;
  /** Requests so far, by their fields. */
  readonly requests: readonly ReadonlyMap<string, string>[];
  stop(): Promise<void>;
}

export type Answer = (
  request: ReadonlyMap<string, string>,
  reply: (text: string | Uint8Array) => void,
) => void;

export async function servePyzord(
  answer: Answer,
  host = "127.0.0.1",
): Promise<FakePyzord> {
  const socket: Socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  const requests: ReadonlyMap<string, string>[] = [];
  socket.on("message", (bytes: Buffer, from: RemoteInfo) => {
    const fields = new Map(
      bytes
        .toString("latin1")
        .trimEnd()
        .split("\n")
        .map((line) => {
          const [name = "", value = ""] = line.split(": ");
          return [name, value] as const;
        }),
    );
    requests.push(fields);
    answer(fields, (text) => {
      socket.send(
        typeof text === "string" ? Buffer.from(text, "latin1") : text,
        from.port,
        from.address,
      );
    });
  });
  socket.bind(0, host);
  await once(socket, "listening");
  return {
    address: { kind: "udp", host, port: socket.address().port },
    requests,
    stop: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}

export function checkReply(
  thread: string,
  count: number | string = 0,
  whitelisted: number | string = 0,
): string {
  return `Code: 200\nDiag: OK\nPV: 2.1\nThread: ${thread}\nCount: ${count}\nWL-Count: ${whitelisted}\n\n`;
}
