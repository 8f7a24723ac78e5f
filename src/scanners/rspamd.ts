// rspamd's scanning worker, asked over HTTP (rspamd's protocol documentation);
// its controller, where it is taught.
//
//   C: POST /checkv2 HTTP/1.1\r\n
//   C: Host: localhost\r\n Connection: close\r\n Content-Length: 1234\r\n
//   C: From: <ann@example.org>\r\n Rcpt: <bob@example.test>\r\n
//   C: IP: 192.0.2.7\r\n Helo: mx.example.org\r\n Queue-Id: ...\r\n
//   C: \r\n <message>
//   S: HTTP/1.1 200 OK\r\n
//   S: Server: rspamd/3.4\r\n Content-Length: 226\r\n ...
//   S: \r\n
//   S: {"is_skipped":false,"score":7.599999,"required_score":15.0,
//   S:  "action":"add header","symbols":{"RDNS_NONE":{"name":"RDNS_NONE",
//   S:  "score":1.0,"metric_score":1.0,"description":"Cannot resolve ..."},...},
//   S:  "messages":{},"message-id":"1@example.org","time_real":0.005251}
//
// Errors: `HTTP/1.1 500 invalid command` with {"error":"...",...}.
// Our side is not closed before the reply: rspamd takes that for a client that
// is gone, and ends the scan.

import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { absolutePath, list, stringThat, timeoutSeconds } from "../schema.ts";
import { parseAddress } from "./address.ts";
import { quoted, withConnection } from "./connection.ts";
import { Endpoints } from "./endpoints.ts";
import {
  exchange,
  expectNoMore,
  onlyField,
  readBody,
  readHead,
  type HttpHead,
} from "./http-reply.ts";
import { parseCheckReply } from "./rspamd-reply.ts";
import { envelopeFields, requestHead, type Field } from "./rspamd-request.ts";
import {
  commonDefaults,
  optionsOf,
  ScannerFailure,
  type Address,
  type LearnAs,
  type OpenScanner,
  type Scanner,
  type ScannerLimits,
  type ScannerSettings,
  type Subject,
} from "./scanner.ts";

const name = "rspamd";
const MiB = 1024 * 1024;

const options = {
  /** Symbols of its antivirus module: what they hit is a virus. */
  virus_symbols: v.optional(
    list(
      stringThat("the name of a symbol", (text) => /^[!-~]{1,100}$/.test(text)),
    ),
    // The name in Debian's antivirus.conf, and those in rspamd's documentation.
    ["CLAM_VIRUS", "FPROT_VIRUS", "SAVAPI_VIRUS", "SOPHOS_VIRUS"],
  ),
  /** rspamd's own task_timeout, 8 s as installed: what took as long was not scanned to its end. */
  task_timeout_s: v.optional(timeoutSeconds, 8),
  /** Where it is taught. */
  controller: v.optional(
    stringThat("unix:/path or tcp:host:port", isAddress),
    "tcp:127.0.0.1:11334",
  ),
  /** Its password, where the controller wants one. */
  password_file: v.optional(absolutePath),
};

export const rspamd: Scanner = {
  name,
  judges: "spam",
  defaults: {
    ...commonDefaults,
    // As installed it listens on TCP alone.
    addresses: [parseAddress("tcp:127.0.0.1:11333")],
    // rspamd's max_message.
    maxBytes: 50 * MiB,
    options: v.getDefaults(v.object(options)),
  },
  options,
  open,
};

function open(settings: ScannerSettings, limits: ScannerLimits): OpenScanner {
  const endpoints = new Endpoints(settings);
  const own = optionsOf(settings, options);
  const ask = (
    address: Address,
    signal: AbortSignal,
    request: Request,
  ): Promise<Reply> => askOnce(address, limits.replyBytes, signal, request);
  return {
    name,
    endpoints,
    key,
    scan: ({ mail }, signal) =>
      endpoints.use(signal, async (address, attempt) => {
        const { head, body } = await ask(address, attempt, {
          method: "POST",
          path: "/checkv2",
          fields: [...envelopeFields(mail), ["Queue-Id", mail.id]],
          body: mail.bytes,
        });
        expectStatus(head, 200);
        return {
          ...parseCheckReply(body, own.virus_symbols, own.task_timeout_s),
          version: onlyField(head.fields, "server"),
        };
      }),
    ping: (signal) =>
      endpoints.use(signal, async (address, attempt) => {
        const { head, body } = await ask(address, attempt, {
          method: "GET",
          path: "/ping",
          fields: [],
          body: new Uint8Array(),
        });
        expectStatus(head, 200);
        if (!/^pong\r?\n?$/.test(body.toString("latin1")))
          throw new ScannerFailure(
            "failed",
            `expected pong, found ${quoted(body)}`,
          );
        const version = onlyField(head.fields, "server") ?? "rspamd";
        return { version, databaseAt: null };
      }),
    learn: async (message, as, signal) => {
      const { head, body } = await ask(parseAddress(own.controller), signal, {
        method: "POST",
        path: learnPaths[as],
        fields: await passwordField(own.password_file),
        body: message,
      });
      const said = `${head.statusText} ${body.toString("latin1")}`;
      // The same message as the same once more: 208, and 404 of rspamd 3.4.
      const isKnown = head.status === 208 || said.includes("already learned");
      if (head.status !== 200 && !isKnown)
        throw new ScannerFailure(
          "failed",
          `not learned: ${quoted(Buffer.from(said, "latin1"))}`,
        );
    },
  };
}

const learnPaths = {
  spam: "/learnspam",
  ham: "/learnham",
} as const satisfies Record<LearnAs, string>;

/** The same bytes for other recipients, or from elsewhere, may be judged otherwise. */
function key({ mail, message }: Subject): string | null {
  const digest = message.parts[0]?.sha256;
  if (digest === undefined) return null;
  return [digest, ...envelopeFields(mail).map((field) => field.join(" "))].join(
    "\n",
  );
}

interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly fields: readonly Field[];
  readonly body: Uint8Array;
}

interface Reply {
  readonly head: HttpHead;
  readonly body: Buffer;
}

/** One request on a connection of its own, as rspamd has it. */
function askOnce(
  address: Address,
  replyBytes: number,
  signal: AbortSignal,
  request: Request,
): Promise<Reply> {
  return withConnection(address, replyBytes, signal, async (connection) => {
    const { method, path, fields, body } = request;
    const send = (): Promise<boolean> =>
      connection.send(requestHead(method, path, fields, body.length), body);
    const receive = async (): Promise<Reply> => {
      const head = await readHead(connection, "HTTP");
      const reply = { head, body: await readBody(connection, head) };
      expectNoMore(connection);
      return reply;
    };
    // An error may come at any time.
    return exchange(
      connection,
      send,
      receive,
      ({ head }) => head.status >= 400,
    );
  });
}

function expectStatus(
  { status, statusText }: HttpHead,
  expected: number,
): void {
  if (status !== expected)
    throw new ScannerFailure(
      "failed",
      `rspamd said ${quoted(Buffer.from(statusText, "latin1"))}`,
    );
}

async function passwordField(path: string | undefined): Promise<Field[]> {
  if (path === undefined) return [];
  let text: string;
  try {
    text = (await readFile(path, "latin1")).trim();
  } catch (cause) {
    throw new ScannerFailure("failed", "password_file can't be read", {
      cause,
    });
  }
  if (!/^[!-~](?:[ -~]{0,998}[!-~])?$/.test(text))
    throw new ScannerFailure(
      "failed",
      "expected one line of printable ASCII in password_file",
    );
  return [["Password", text]];
}

function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch {
    return false;
  }
}
