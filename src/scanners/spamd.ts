// SpamAssassin's daemon, asked by its own protocol (spamd/PROTOCOL, 1.5).
//
//   C: SYMBOLS SPAMC/1.5\r\n
//   C: Content-length: 1234\r\n
//   C: User: bob@example.test\r\n                      (with `user`)
//   C: \r\n <message>, half-close
//   S: SPAMD/1.1 0 EX_OK\r\n
//   S: Content-length: 41\r\n
//   S: Spam: True ; 8.7 / 5.0\r\n
//   S: \r\n
//   S: CI_MARKER_SPAM,RCVD_ILLEGAL_IP,TRACKER_ID      (no line end; nothing for no rule)
//
// Errors are one line: `SPAMD/1.0 79 Timeout: (2 second socket timeout ...)`.
// SYMBOLS and not CHECK: a scan that ran into spamd's own time limit is still
// `0 EX_OK`, with the score of the rules that had their turn, and only the
// list of rules shows TIME_LIMIT_EXCEEDED. Such a score is no verdict. Nor
// REPORT: what it has beyond that is text for people.
// The message goes over as it was received; spamd's rewritten form is never
// asked for, and nothing in the reply's body is taken for its header.

import * as v from "valibot";
import { absolutePath, oneOf, stringThat, trueOrFalse } from "../schema.ts";
import { parseAddress } from "./address.ts";
import { TlsClient } from "./connect-tls.ts";
import { withConnection, type Connection } from "./connection.ts";
import { Endpoints } from "./endpoints.ts";
import {
  commonDefaults,
  optionsOf,
  ScannerFailure,
  type OpenScanner,
  type Report,
  type Scanner,
  type ScannerLimits,
  type ScannerSettings,
} from "./scanner.ts";
import { parsePong, parseSymbolsReply, parseTellReply } from "./spamd-reply.ts";
import {
  formatRequest,
  isUser,
  userFields,
  type SpamdRequest,
} from "./spamd-request.ts";
import { learnBySpamd, reportBySpamd, type Tell } from "./spamd-tell.ts";

const name = "spamd";
const KiB = 1024;

const options = {
  /** Whose preferences spamd is to use: nobody's, or those of a message's only recipient. */
  user: v.optional(oneOf(["none", "recipient"]), "none"),
  /** With `user = "recipient"`, where there are several; and for learning. */
  default_user: v.optional(
    stringThat(
      "a user's name or address of letters, digits and ._+=@-",
      isUser,
    ),
  ),
  /** Sends messages compressed, for a spamd at the end of a slow line. */
  compress: v.optional(trueOrFalse, false),
  /** TLS on TCP addresses (`spamd --ssl`); its certificate must be for the host that is named. */
  tls: v.optional(trueOrFalse, false),
  /** PEM, instead of the authorities that Node knows. */
  tls_ca_file: v.optional(absolutePath),
  /** Whether mail may be reported to the networks of spamd's plug-ins. */
  report: v.optional(trueOrFalse, false),
};

export const spamd: Scanner = {
  name,
  judges: "spam",
  defaults: {
    ...commonDefaults,
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
    options: v.parse(v.object(options), {}),
  },
  options,
  open,
};

function open(settings: ScannerSettings, limits: ScannerLimits): OpenScanner {
  const endpoints = new Endpoints(settings);
  const own = optionsOf(settings, options);
  const tls = own.tls ? new TlsClient(own.tls_ca_file) : null;
  const converse = <T>(
    signal: AbortSignal,
    use: (connection: Connection) => Promise<T>,
  ): Promise<T> =>
    endpoints.use(signal, (address, attempt) =>
      withConnection(address, limits.replyBytes, attempt, use, tls),
    );
  const ask = async <T>(
    request: Omit<SpamdRequest, "compress">,
    signal: AbortSignal,
    parse: (reply: Uint8Array, lost: Error | null) => T,
  ): Promise<T> => {
    const { head, body } = await formatRequest({
      ...request,
      compress: own.compress,
    });
    return converse(signal, (connection) =>
      connection.request(head, body, parse),
    );
  };
  const tellAbout = (message: Uint8Array, signal: AbortSignal): Tell => {
    const user = own.default_user;
    const userField = user === undefined ? [] : [["User", user] as const];
    return (fields) =>
      ask(
        { verb: "TELL", fields: [...fields, ...userField], message },
        signal,
        parseTellReply,
      );
  };
  return {
    name,
    endpoints,
    key: ({ mail, message }) => {
      const digest = message.parts[0]?.sha256;
      const fields = userFields(own.user, own.default_user, mail.envelope);
      return digest === undefined ? null : [digest, ...fields.flat()].join(" ");
    },
    scan: async ({ mail }, signal) => {
      const fields = userFields(own.user, own.default_user, mail.envelope);
      const request = { verb: "SYMBOLS", fields, message: mail.bytes } as const;
      return toReport(await ask(request, signal, parseSymbolsReply));
    },
    ping: (signal) =>
      converse(signal, async (connection) => {
        await connection.write([Buffer.from("PING SPAMC/1.5\r\n\r\n")]);
        await connection.endWriting();
        const reply = await connection.readToEnd();
        return {
          version: parsePong(reply, connection.failure),
          databaseAt: null,
        };
      }),
    learn: (message, as, signal) =>
      learnBySpamd(tellAbout(message, signal), as),
    report: async (message, as, signal) => {
      if (!own.report)
        throw new ScannerFailure(
          "message",
          "expected report = true in [scanners.spamd], found false",
        );
      await reportBySpamd(tellAbout(message, signal), as);
    },
  };
}

function toReport({
  score,
  findings,
}: ReturnType<typeof parseSymbolsReply>): Report {
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
