// SpamAssassin's daemon, asked by its own protocol (spamd/PROTOCOL, 1.5).
//
//   C: SYMBOLS SPAMC/1.5\r\n Content-length: 1234\r\n \r\n <message>, half-close
//   S: SPAMD/1.1 0 EX_OK\r\n
//   S: Content-length: 41\r\n
//   S: Spam: True ; 8.7 / 5.0\r\n
//   S: \r\n
//   S: CI_MARKER_SPAM,RCVD_ILLEGAL_IP,TRACKER_ID      (no line end; nothing for no rule)
//
// Errors are one line: `SPAMD/1.0 79 Timeout: (2 second socket timeout ...)`.
// SYMBOLS and not CHECK: a scan that ran into spamd's own time limit is still
// `0 EX_OK`, with the score of the rules that had their turn, and only the
// list of rules shows TIME_LIMIT_EXCEEDED. Such a score is no verdict.
// The message goes over as it was received; spamd's rewritten form is never
// asked for, and nothing in the reply's body is taken for its header.

import { parseAddress, usableAddresses } from "./address.ts";
import { pieces, withConnection, type Connection } from "./connection.ts";
import {
  ScannerFailure,
  type OpenScanner,
  type Report,
  type Scanner,
  type ScannerLimits,
  type ScannerSettings,
} from "./scanner.ts";
import { parsePong, parseSymbolsReply } from "./spamd-reply.ts";

const name = "spamd";
const KiB = 1024;

export const spamd: Scanner = {
  name,
  defaults: {
    enabled: "auto",
    // Debian's service listens on TCP only; /run/spamd.sock and
    // /run/spamassassin/spamd.sock are what `--listen` is usually given.
    addresses: [
      "unix:/run/spamd.sock",
      "unix:/run/spamassassin/spamd.sock",
      "tcp:127.0.0.1:783",
    ].map(parseAddress),
    timeoutMs: 60_000,
    // spamc's habit; spamd has no limit, and larger mail is seldom spam.
    maxBytes: 512 * KiB,
    onFailure: "defer",
  },
  open,
};

function open(settings: ScannerSettings, limits: ScannerLimits): OpenScanner {
  const addresses = usableAddresses(settings);
  return {
    name,
    scan: ({ mail }, signal) =>
      withConnection(addresses, limits.replyBytes, signal, (connection) =>
        scan(connection, mail.bytes),
      ),
    ping: (signal) =>
      withConnection(
        addresses,
        limits.replyBytes,
        signal,
        async (connection) => {
          await connection.write([Buffer.from("PING SPAMC/1.5\r\n\r\n")]);
          await connection.endWriting();
          const reply = await connection.readToEnd();
          return parsePong(reply, connection.failure);
        },
      ),
  };
}

async function scan(
  connection: Connection,
  message: Uint8Array,
): Promise<Report> {
  const [sent, reply] = await Promise.all([
    send(connection, message),
    connection.readToEnd(),
  ]);
  const { score, findings } = parseSymbolsReply(reply, connection.failure);
  // A score for a message that did not arrive whole is no verdict on it.
  if (!sent)
    throw new ScannerFailure(
      "failed",
      `connection closed before the whole message was sent (${connection.address})`,
    );
  return {
    findings: findings.map((rule) => ({
      source: name,
      kind: "spam",
      name: rule,
      part: null,
      score: null,
    })),
    score,
    version: null,
  };
}

/** False where spamd stopped reading; its reply says why. */
async function send(
  connection: Connection,
  message: Uint8Array,
): Promise<boolean> {
  let head: Uint8Array[] = [
    Buffer.from(
      `SYMBOLS SPAMC/1.5\r\nContent-length: ${message.length}\r\n\r\n`,
    ),
  ];
  for (const piece of pieces(message)) {
    if (!(await connection.write([...head, piece]))) return false;
    head = [];
  }
  return connection.endWriting();
}
