// Virus scanners behind ICAP (RFC 3507): c-icap, and most commercial ones. The
// message, then each decoded part, goes over as the body of an HTTP response
// that the server may modify.
//
//   C: RESPMOD icap://127.0.0.1:1344/avscan ICAP/1.0\r\n
//   C: Host: 127.0.0.1:1344\r\n Allow: 204\r\n Connection: close\r\n
//   C: Encapsulated: req-hdr=0, res-hdr=61, res-body=144\r\n
//   C: \r\n
//   C: GET http://localhost/message HTTP/1.1\r\n Host: localhost\r\n \r\n
//   C: HTTP/1.1 200 OK\r\n Content-Type: message/rfc822\r\n ... \r\n
//   C: 1f\r\n <data> \r\n ... 0\r\n \r\n
//   S: ICAP/1.0 204 Unmodified\r\n
//   S: Server: C-ICAP/0.5.10\r\n Connection: close\r\n
//   S: ISTag: "CI0001-L5CkDhq+qWNs+PZ5DxxXsAAA"\r\n
//   S: \r\n                                             or
//   S: ICAP/1.0 200 OK\r\n ...
//   S: X-Infection-Found: Type=0; Resolution=2; Threat=Test.Eicar.UNOFFICIAL;\r\n
//   S: Encapsulated: res-hdr=0, res-body=161\r\n
//   S: \r\n
//   S: HTTP/1.0 403 Forbidden\r\n ...                   and a page that is not read
//
// No Preview: after one the server may say 204 of a body whose rest it never
// saw. No OPTIONS before a scan, only for a ping: RESPMOD's own reply says all
// that a scan needs. A connection for each body, since servers end them after a
// number of requests of their own choosing. Neither names nor types that the
// sender gave are told: servers leave out by them what they take for harmless.

import * as v from "valibot";
import { stringThat } from "../schema.ts";
import type { Finding } from "../verdict.ts";
import { formatAddress, parseAddress } from "./address.ts";
import {
  pieces,
  quoted,
  withConnection,
  type Connection,
} from "./connection.ts";
import { decodedParts, keyWithParts } from "./decoded-parts.ts";
import { Endpoints } from "./endpoints.ts";
import { exchange, expectNoMore, onlyField, readHead } from "./http-reply.ts";
import {
  readIcapReply,
  versionOf,
  type IcapReply,
  type Infection,
} from "./icap-reply.ts";
import {
  commonDefaults,
  optionsOf,
  ScannerFailure,
  type Address,
  type Health,
  type OpenScanner,
  type Report,
  type Scanner,
  type ScannerLimits,
  type ScannerSettings,
  type Subject,
} from "./scanner.ts";

const name = "icap";
const MiB = 1024 * 1024;

const options = {
  /** Path of the service on the server, with its arguments. */
  service: v.optional(
    stringThat("a path of a service, like /avscan", (path) =>
      /^\/[A-Za-z0-9._~/?&=%:+,-]{1,200}$/.test(path),
    ),
    // c-icap's, and Symantec's and Trend Micro's.
    "/avscan",
  ),
};

export const icap: Scanner = {
  name,
  judges: "virus",
  defaults: {
    ...commonDefaults,
    // Nobody has one by accident, and what its service does can't be seen.
    enabled: false,
    // RFC 3507 4.2: the default port.
    addresses: [parseAddress("tcp:127.0.0.1:1344")],
    maxBytes: 100 * MiB,
    options: v.getDefaults(v.object(options)),
  },
  options,
  open,
};

/** One request: of what, and to whom. */
interface Target {
  readonly connection: Connection;
  /** `icap://127.0.0.1:1344/avscan` and `127.0.0.1:1344`. */
  readonly uri: string;
  readonly host: string;
}

function open(settings: ScannerSettings, limits: ScannerLimits): OpenScanner {
  const endpoints = new Endpoints(settings);
  const { service } = optionsOf(settings, options);
  const converse = <T>(
    address: Address,
    signal: AbortSignal,
    use: (target: Target) => Promise<T>,
  ): Promise<T> => {
    const host =
      address.kind === "tcp" ? formatAddress(address).slice(4) : "localhost";
    return withConnection(address, limits.replyBytes, signal, (connection) =>
      use({ connection, host, uri: `icap://${host}${service}` }),
    );
  };
  return {
    name,
    endpoints,
    key: keyWithParts,
    scan: (subject, signal) =>
      endpoints.use(signal, (address, attempt) =>
        scan(subject, settings.maxBytes, (path, type, body) =>
          converse(address, attempt, (target) =>
            respmod(target, path, type, body),
          ),
        ),
      ),
    ping: (signal) =>
      endpoints.use(signal, (address, attempt) =>
        converse(address, attempt, ping),
      ),
  };
}

async function scan(
  { mail, message }: Subject,
  maxBytes: number,
  ask: (path: string, type: string, body: Uint8Array) => Promise<IcapReply>,
): Promise<Report> {
  const whole = await ask("message", "message/rfc822", mail.bytes);
  const report = { findings: [], score: null, version: whole.version };
  if (whole.infection !== null)
    return { ...report, findings: [finding(whole.infection, null)] };
  const findings = [];
  for (const part of decodedParts(message.parts, mail.bytes)) {
    if (part.size > maxBytes) {
      const infection = {
        kind: "limit",
        name: "icap-part-over-max-bytes",
      } as const;
      findings.push(finding(infection, part.id));
      continue;
    }
    const type = "application/octet-stream";
    const { infection } = await ask(`part/${part.id}`, type, part.content);
    if (infection !== null) findings.push(finding(infection, part.id));
  }
  return { ...report, findings };
}

function finding(infection: Infection, part: number | null): Finding {
  return { source: name, ...infection, part, score: null };
}

function respmod(
  target: Target,
  path: string,
  type: string,
  body: Uint8Array,
): Promise<IcapReply> {
  const { connection } = target;
  return exchange(
    connection,
    () => send(target, path, type, body),
    () => readIcapReply(connection),
    // What was found in half of it is found; clean is only what was seen whole.
    ({ infection }) => infection !== null,
  );
}

/** False where the server stopped reading; its reply says why. */
async function send(
  { connection, uri, host }: Target,
  path: string,
  type: string,
  body: Uint8Array,
): Promise<boolean> {
  const request = `GET http://localhost/${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const response = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const head =
    `RESPMOD ${uri} ICAP/1.0\r\nHost: ${host}\r\nAllow: 204\r\nConnection: close\r\n` +
    `Encapsulated: req-hdr=0, res-hdr=${request.length}, res-body=${request.length + response.length}\r\n\r\n`;
  let sent = 0;
  let first = [Buffer.from(head + request + response, "latin1")];
  for (const piece of pieces(body)) {
    sent += piece.length;
    const chunks: Uint8Array[] = first;
    first = [];
    // A chunk of length 0 is the last one, so an empty body has no other.
    if (piece.length > 0)
      chunks.push(
        Buffer.from(`${piece.length.toString(16)}\r\n`),
        piece,
        Buffer.from("\r\n"),
      );
    if (sent === body.length) chunks.push(Buffer.from("0\r\n\r\n"));
    if (!(await connection.write(chunks))) return false;
  }
  return true;
}

/** RFC 3507 4.10: what the service can do. */
async function ping({ connection, uri, host }: Target): Promise<Health> {
  const head = `OPTIONS ${uri} ICAP/1.0\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write([Buffer.from(head)]);
  const reply = await readHead(connection, "ICAP");
  expectNoMore(connection);
  const has = (field: string, word: string): boolean =>
    (onlyField(reply.fields, field) ?? "").split(/[ ,]+/).includes(word);
  if (
    reply.status !== 200 ||
    !has("methods", "RESPMOD") ||
    !has("allow", "204")
  )
    throw new ScannerFailure(
      "failed",
      `expected a service that allows RESPMOD and 204, found ${quoted(Buffer.from(reply.statusText, "latin1"))}`,
    );
  return { version: versionOf(reply) ?? "ICAP", databaseAt: null };
}
