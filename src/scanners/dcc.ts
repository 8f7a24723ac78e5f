// DCC, the Distributed Checksum Clearinghouses: to how many recipients this
// message has gone elsewhere. Its daemon on this machine, dccifd(8), is asked
// by its ASCII protocol, C what we send, S what comes back:
//
//   C: header grey-off\n                         options
//   C: 192.0.2.1\rmx.example.org\n               client, and its name if known
//   C: mx.example.org\n                          HELO
//   C: sender@example.org\n
//   C: a@example.test\n b@example.test\n \n      recipients, an empty line
//   C: <message>, half-close
//   S: A\n                                       A or R, T: no answer from DCC
//   S: AA\n                                      one letter a recipient
//   S: X-DCC-CTc-Metrics: host 1031; Body=1 Fuz1=1 Fuz2=many\n \n
//
// A request that it does not understand it closes without a word. Asking
// counts: the message is reported as gone to so many recipients. So that none
// is counted twice, `query` is added where an X-DCC field tells that it was
// counted on its way, and on a second try.
//
// Where there is no daemon, dccproc(8) is run, if the configuration names it.

import * as v from "valibot";
import { absolutePath, positiveInteger, trueOrFalse } from "../schema.ts";
import { parseAddress } from "./address.ts";
import { withConnection } from "./connection.ts";
import { parseOutput, parseReply, type Metrics } from "./dcc-reply.ts";
import { dccprocArguments, formatHead, type Asked } from "./dcc-request.ts";
import { Endpoints } from "./endpoints.ts";
import { processOptions } from "./process-limits.ts";
import { describeEnd, runProgram } from "./process.ts";
import {
  commonDefaults,
  optionsOf,
  ScannerFailure,
  type OpenScanner,
  type Report,
  type Scanner,
  type ScannerLimits,
  type ScannerSettings,
  type Subject,
} from "./scanner.ts";

const name = "dcc";
const KiB = 1024;

const count = v.union(
  [positiveInteger, v.literal("many")],
  'expected a whole number above 0, or "many"',
);
const percent = v.pipe(
  positiveInteger,
  v.maxValue(100, "expected a whole number from 1 to 100"),
);

const options = {
  // Counts at or above which there is a finding. Lists and newsletters have
  // large ones; "many" is what was reported as spam, or to thousands.
  body_min: v.optional(count, "many"),
  fuz1_min: v.optional(count, "many"),
  fuz2_min: v.optional(count, "many"),
  // Known only to commercial servers.
  rep_min_percent: v.optional(percent, 90),
  /** Look up and count nothing. */
  query: v.optional(trueOrFalse, false),
  /** dccproc, for where there is no dccifd. */
  program: v.optional(absolutePath),
  report: v.optional(trueOrFalse, false),
  ...processOptions,
};

type Options = v.InferOutput<v.ObjectSchema<typeof options, undefined>>;

export const dcc: Scanner = {
  name,
  judges: "spam",
  defaults: {
    ...commonDefaults,
    // Asking counts, at servers of others.
    enabled: false,
    // DCC's own home, and that of Debian's former package.
    addresses: ["unix:/var/dcc/dccifd", "unix:/var/lib/dcc/dccifd"].map(
      parseAddress,
    ),
    // It waits some seconds for its servers itself.
    timeoutMs: 10_000,
    // As spamd: larger mail is seldom spam.
    maxBytes: 512 * KiB,
  },
  options,
  open,
};

function open(settings: ScannerSettings, limits: ScannerLimits): OpenScanner {
  const chosen = optionsOf(settings, options);
  const { program } = chosen;
  const endpoints = new Endpoints(settings);
  const ask = async (
    asked: Asked,
    mail: Mail,
    signal: AbortSignal,
  ): Promise<Metrics> => {
    let isSent = false;
    try {
      return await endpoints.use(signal, (address, attempt) =>
        withConnection(address, limits.replyBytes, attempt, (connection) => {
          const isQuery = asked.isQuery || (isSent && !asked.isSpam);
          isSent = true;
          return connection.request(
            formatHead({ ...asked, isQuery }, mail),
            mail.bytes,
            (reply, lost) =>
              parseReply(reply, mail.envelope.recipients.length, lost),
          );
        }),
      );
    } catch (error) {
      const isAbsent =
        error instanceof ScannerFailure && error.reason === "absent";
      if (!isAbsent || program === undefined) throw error;
    }
    return runDccproc(program, chosen, asked, mail, limits.replyBytes, signal);
  };
  return {
    name,
    endpoints,
    scan: async (subject, signal) => {
      const isQuery = chosen.query || wasCounted(subject);
      return toReport(
        await ask({ isQuery, isSpam: false }, subject.mail, signal),
        chosen,
      );
    },
    // It knows no other question. Without recipients nothing is counted.
    ping: async (signal) => {
      const { server } = await ask(
        { isQuery: true, isSpam: false },
        bare(Buffer.from("Subject: ping\n\n")),
        signal,
      );
      return {
        version: `DCC, server ${server ?? "unknown"}`,
        databaseAt: null,
      };
    },
    ...(chosen.report
      ? {
          report: async (message, as, signal) => {
            if (as === "ham")
              throw new ScannerFailure(
                "message",
                "DCC knows no way to take a report back",
              );
            const asked = { isQuery: false, isSpam: true };
            await ask(asked, bare(message, "unknown"), signal);
          },
        }
      : {}),
  };
}

type Mail = Pick<Subject["mail"], "peer" | "envelope" | "bytes">;

/** A message without anything that is known of its way here. */
function bare(bytes: Uint8Array, ...recipients: readonly string[]): Mail {
  return {
    bytes,
    envelope: {
      sender: new Uint8Array(),
      recipients: recipients.map((recipient) => Buffer.from(recipient)),
    },
    peer: {
      uid: 0,
      trusted: false,
      ip: null,
      host: null,
      helo: null,
      relayClient: false,
      user: null,
      policy: null,
      judgeSpam: null,
    },
  };
}

function wasCounted({ message }: Subject): boolean {
  return message.header.some((field) => /^x-dcc-/i.test(field.name));
}

async function runDccproc(
  path: string,
  limits: Options,
  asked: Asked,
  mail: Mail,
  replyBytes: number,
  signal: AbortSignal,
): Promise<Metrics> {
  const end = await runProgram(
    {
      path,
      args: dccprocArguments(asked, mail),
      input: mail.bytes,
      folder: "/",
      limits,
      replyBytes,
    },
    signal,
  );
  if (end.exitCode !== 0 || !end.tookInput)
    throw new ScannerFailure("failed", `dccproc: ${describeEnd(end)}`);
  return parseOutput(end.stdout);
}

function toReport(metrics: Metrics, chosen: Options): Report {
  const isOver = (name: string, fewest: number | "many"): boolean =>
    (metrics.counts.get(name) ?? 0) >= (fewest === "many" ? Infinity : fewest);
  const isBulk =
    metrics.isBulk ||
    isOver("Body", chosen.body_min) ||
    isOver("Fuz1", chosen.fuz1_min) ||
    isOver("Fuz2", chosen.fuz2_min) ||
    (metrics.reputation ?? 0) >= chosen.rep_min_percent;
  return {
    findings:
      isBulk && !metrics.isWhitelisted
        ? [
            {
              source: name,
              kind: "bulk",
              name: "DCC_CHECK",
              part: null,
              score: null,
            },
          ]
        : [],
    score: null,
    version: null,
    fields: [metrics.field],
  };
}
