// A name server on loopback, UDP and TCP, that answers from a table. It can be
// told to say nothing, to fail, or to answer nonsense, for all names or for
// those that end in some way. Long answers are cut on UDP, so that the asker
// comes again by TCP (RFC 1035 4.2.1).

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";

/** Values by `TYPE name`, in lower case; MX as `10 host`. */
export type Zone = Readonly<Record<string, readonly string[]>>;
export type Mood = "answer" | "silent" | "servfail" | "refused" | "garbage";

const typeNumbers: Readonly<Record<string, number>> = {
  A: 1,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
};
const maxUdpBytes = 512;

export interface DnsServer {
  /** For `nameservers`. */
  readonly address: string;
  /** `TYPE name` of all questions, in their order; `tcp ` before it where it came by TCP. */
  readonly asked: string[];
  zone: Zone;
  /** For names that end with the key; "" is all of them. The first that fits. */
  moods: Readonly<Record<string, Mood>>;
  close(): Promise<void>;
}

export async function startDns(zone: Zone = {}): Promise<DnsServer> {
  const udp = createSocket("udp4");
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  const { port } = udp.address();
  const sockets = new Set<Socket>();
  const server: DnsServer = {
    address: `127.0.0.1:${port}`,
    asked: [],
    zone,
    moods: {},
    close: async () => {
      for (const socket of sockets) socket.destroy();
      udp.close();
      tcp.close();
      await once(tcp, "close");
    },
  };
  udp.on("message", (query, { port: from, address }) => {
    const reply = answer(server, query, "");
    if (reply === null) return;
    udp.send(
      reply.length > maxUdpBytes ? truncated(query) : reply,
      from,
      address,
    );
  });
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    let unread = Buffer.alloc(0);
    socket.on("data", (data) => {
      unread = Buffer.concat([unread, data]);
      while (unread.length >= 2) {
        const end = 2 + unread.readUInt16BE(0);
        if (unread.length < end) return;
        const reply = answer(server, unread.subarray(2, end), "tcp ");
        unread = unread.subarray(end);
        if (reply === null) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        socket.write(Buffer.concat([length, reply]));
      }
    });
  });
  tcp.listen(port, "127.0.0.1");
  await once(tcp, "listening");
  return server;
}

function answer(server: DnsServer, query: Buffer, how: string): Buffer | null {
  const { name, type, end } = readQuestion(query);
  const question = `${type} ${name}`;
  server.asked.push(how + question);
  const [, mood = "answer"] =
    Object.entries(server.moods).find(([ending]) => name.endsWith(ending)) ??
    [];
  switch (mood) {
    case "silent":
      return null;
    case "garbage":
      // The right number, and then nothing that makes sense.
      return Buffer.concat([
        query.subarray(0, 2),
        Buffer.from("\x81\x80\0\x01\0\x05\0\0\0\0\xff\xff\xff\xff", "latin1"),
      ]);
    case "servfail":
      return header(query, end, 2, 0);
    case "refused":
      return header(query, end, 5, 0);
    case "answer":
      break;
  }
  const records = server.zone[question];
  if (records === undefined) {
    const isThere = Object.keys(server.zone).some((key) =>
      key.endsWith(` ${name}`),
    );
    return header(query, end, isThere ? 0 : 3, 0);
  }
  return Buffer.concat([
    header(query, end, 0, records.length),
    ...records.map((value) => record(type, value)),
  ]);
}

function readQuestion(query: Buffer): {
  name: string;
  type: string;
  end: number;
} {
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at] ?? 0;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString("latin1", at, at + length));
    at += length;
  }
  const number = query.readUInt16BE(at);
  const [type = String(number)] =
    Object.entries(typeNumbers).find(([, one]) => one === number) ?? [];
  return { name: labels.join(".").toLowerCase(), type, end: at + 4 };
}

/** Header and question. */
function header(
  query: Buffer,
  end: number,
  rcode: number,
  answers: number,
): Buffer {
  const head = Buffer.from(query.subarray(0, end));
  // An answer, recursion wanted and to be had.
  head.writeUInt16BE(0x8180 | rcode, 2);
  head.writeUInt16BE(answers, 6);
  head.writeUInt32BE(0, 8);
  return head;
}

function truncated(query: Buffer): Buffer {
  const head = header(query, readQuestion(query).end, 0, 0);
  head.writeUInt16BE(0x8380, 2);
  return head;
}

function record(type: string, value: string): Buffer {
  const data = recordData(type, value);
  const head = Buffer.alloc(12);
  // The name is the question's.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(typeNumbers[type] ?? 0, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function recordData(type: string, value: string): Buffer {
  switch (type) {
    case "A":
      return Buffer.from(value.split(".").map(Number));
    case "AAAA":
      // Written in full here: eight groups.
      return Buffer.from(
        value
          .split(":")
          .map((group) => group.padStart(4, "0"))
          .join(""),
        "hex",
      );
    case "MX": {
      const [priority = "0", host = ""] = value.split(" ");
      return Buffer.concat([
        Buffer.from([0, Number(priority)]),
        encodeName(host),
      ]);
    }
    case "PTR":
      return encodeName(value);
    default: {
      const pieces: Buffer[] = [];
      for (let at = 0; at === 0 || at < value.length; at += 255) {
        const piece = Buffer.from(value.slice(at, at + 255), "latin1");
        pieces.push(Buffer.from([piece.length]), piece);
      }
      return Buffer.concat(pieces);
    }
  }
}

function encodeName(name: string): Buffer {
  const labels = name.split(".").map((label) => {
    const bytes = Buffer.from(label, "latin1");
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  return Buffer.concat([...labels, Buffer.alloc(1)]);
}
