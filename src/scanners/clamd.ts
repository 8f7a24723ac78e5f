// ClamAV's daemon, asked by its own protocol (clamd(8)): the message goes over
// the socket, so clamd needs no permission on any file of ours.
//
// One session, C what we send, S what comes back, every reply ended by NUL and
// tagged with the number of its command, in any order:
//
//   C: zIDSESSION\0 zVERSION\0 zINSTREAM\0 <u32 length><data>... <u32 0>
//   S: 1: ClamAV 1.4.6/27500/Fri Jan 10 09:26:01 2025\0
//   S: 2: stream: OK\0                       or
//   S: 2: stream: Win.Test.EICAR_HDB-1 FOUND\0
//   C: zINSTREAM\0 ...                       (each decoded part)
//   S: 3: stream: OK\0
//   C: zEND\0
//
// Refusals: `INSTREAM size limit exceeded. ERROR\0` (StreamMaxLength, then it
// closes, so the reply can be lost), `COMMAND READ TIMED OUT\n` (never NUL).
// Not used: SCAN and FILDES (they gain at most a tenth of the time), ALLMATCH
// (does not exist for streams), so there is one name for a stream.

import type { Part } from "../mail.ts";
import type { Finding } from "../verdict.ts";
import { parseAddress, usableAddresses } from "./address.ts";
import {
  notUnderstood,
  parseStreamReply,
  parseVersion,
} from "./clamd-reply.ts";
import {
  pieces,
  quoted,
  withConnection,
  type Connection,
} from "./connection.ts";
import { isViewOf } from "./is-view-of.ts";
import {
  ScannerFailure,
  type OpenScanner,
  type Report,
  type Scanner,
  type ScannerLimits,
  type ScannerSettings,
  type Subject,
} from "./scanner.ts";

const name = "clamd";
const MiB = 1024 * 1024;

export const clamd: Scanner = {
  name,
  defaults: {
    enabled: "auto",
    addresses: [
      // Debian and Ubuntu; /var/run is a link to /run there.
      "unix:/run/clamav/clamd.ctl",
      // Fedora and its relatives.
      "unix:/run/clamd.scan/clamd.sock",
      "tcp:127.0.0.1:3310",
    ].map(parseAddress),
    // 1 MB takes clamd 50 ms, 20 MB one or two seconds; its own limit,
    // MaxScanTime, is 120 s by default.
    timeoutMs: 60_000,
    // clamd's StreamMaxLength is 100 MB by default, 25 MB on Debian.
    maxBytes: 100 * MiB,
    onFailure: "defer",
  },
  open,
};

function open(settings: ScannerSettings, limits: ScannerLimits): OpenScanner {
  const addresses = usableAddresses(settings);
  return {
    name,
    scan: (subject, signal) =>
      withConnection(addresses, limits.replyBytes, signal, (connection) =>
        scan(connection, subject, settings.maxBytes),
      ),
    ping: (signal) =>
      withConnection(
        addresses,
        limits.replyBytes,
        signal,
        async (connection) => {
          await connection.write([Buffer.from("zVERSION\0")]);
          return parseVersion(await connection.readRecord(0));
        },
      ),
  };
}

async function scan(
  connection: Connection,
  { mail, message }: Subject,
  maxBytes: number,
): Promise<Report> {
  const [replies] = await Promise.all([
    readReplies(connection, [1, 2], mail.bytes.length),
    send(connection, "zIDSESSION\0zVERSION\0zINSTREAM\0", mail.bytes),
  ]);
  const version = parseVersion(replies.get(1) ?? new Uint8Array());
  const findings = parseStreamReply(replies.get(2) ?? new Uint8Array(), null);

  if (!findings.some(({ kind }) => kind === "virus"))
    findings.push(
      ...(await scanParts(connection, message.parts, mail.bytes, maxBytes)),
    );

  if (connection.unread.length > 0)
    throw new ScannerFailure(
      "failed",
      `expected no further reply, found ${quoted(connection.unread)}`,
    );
  await connection.write([Buffer.from("zEND\0")]);
  return { findings, score: null, version };
}

/**
 * Asks about the parts one by one. clamd takes the message apart in its own
 * way, and what our reading found (after a blank line in a header, behind a
 * soft line break, in a uuencoded block) it may not have seen. Contents that it
 * did see cost little: it remembers them by digest. What stands inside archives
 * is left to its own unpacking.
 */
async function scanParts(
  connection: Connection,
  parts: readonly Part[],
  message: Uint8Array,
  maxBytes: number,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  let number = 3;
  for (const part of parts) {
    if (part.id === 0 || part.size === 0 || seen.has(part.sha256)) continue;
    if (isPlainTextWithin(part, message) || isArchived(part, parts)) continue;
    seen.add(part.sha256);
    if (part.size > maxBytes) {
      findings.push({
        source: name,
        kind: "limit",
        name: "clamd-part-over-max-bytes",
        part: part.id,
        score: null,
      });
      continue;
    }
    const [replies] = await Promise.all([
      readReplies(connection, [number], part.size),
      send(connection, "zINSTREAM\0", part.content),
    ]);
    findings.push(
      ...parseStreamReply(replies.get(number) ?? new Uint8Array(), part.id),
    );
    number += 1;
  }
  return findings;
}

/** It came out of something that clamd was given and opens itself: neither mail nor a text that holds a file. */
function isArchived(part: Part, parts: readonly Part[]): boolean {
  const container = part.parent === null ? undefined : parts[part.parent];
  if (container === undefined) return false;
  return !/^(text|message)\//.test(container.detectedType);
}

/** Undecoded plain text: clamd has seen these very bytes in the message, whatever it took them for. */
function isPlainTextWithin(part: Part, message: Uint8Array): boolean {
  return (
    part.detectedType === "text/plain" &&
    (part.declaredType ?? "text/plain") === "text/plain" &&
    part.otherTypes.length === 0 &&
    isViewOf(part.content, message)
  );
}

/** Sends the commands and one stream. A connection that breaks meanwhile shows in the reply, or in its lack. */
async function send(
  connection: Connection,
  commands: string,
  bytes: Uint8Array,
): Promise<void> {
  let first: Uint8Array[] = [Buffer.from(commands)];
  let sent = 0;
  for (const piece of pieces(bytes)) {
    sent += piece.length;
    const chunks = first;
    first = [];
    // A reply that is there before the stream has ended is about something else.
    if (connection.unread.length > 0 && commands.startsWith("zINSTREAM"))
      throw new ScannerFailure(
        "failed",
        `expected no reply before the end of the stream, found ${quoted(connection.unread)}`,
      );
    // A chunk of length 0 ends the stream, so an empty message has no other.
    if (piece.length > 0) chunks.push(lengthOf(piece.length), piece);
    if (sent === bytes.length) chunks.push(lengthOf(0));
    if (await connection.write(chunks)) continue;
    // Leave it to the reader to say why; but should it have a reply that came
    // before all was sent, that is no verdict on the message.
    await connection.readToEnd();
    if (connection.failure !== null) throw connection.failure;
    throw new ScannerFailure(
      "failed",
      `connection closed after ${sent} of ${bytes.length} bytes (${connection.address})`,
    );
  }
}

function lengthOf(count: number): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(count);
  return length;
}

/** One reply for each number, in whatever order they come. */
async function readReplies(
  connection: Connection,
  numbers: readonly number[],
  streamBytes: number,
): Promise<Map<number, Uint8Array>> {
  const replies = new Map<number, Uint8Array>();
  while (replies.size < numbers.length) {
    const record = await connection.readRecord(0);
    const text = Buffer.from(record).toString("latin1");
    if (/^(?:\d+: )?INSTREAM size limit exceeded\. ERROR$/.test(text))
      throw new ScannerFailure(
        "failed",
        `stream of ${streamBytes} bytes is over clamd's StreamMaxLength`,
      );
    const tag = /^(\d{1,9}): /.exec(text);
    const number = Number(tag?.[1]);
    if (!tag || !numbers.includes(number) || replies.has(number))
      throw notUnderstood(record);
    replies.set(number, record.subarray(tag[0].length));
  }
  return replies;
}
