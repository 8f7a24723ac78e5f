// Vipul's Razor 2 by its own agent, razor-check(1), a Perl process for each
// message (80 ms, nearly all of it for loading): its digests depend on a C
// module for HTML that no other program reproduces bit for bit. `concurrency`
// is the number of processes.
//
//   $ razor-check -home=/var/lib/razor -d < message; echo $?
//   Nov 22 04:02:53.982214 check[120]: [ 8] mail 1.0 e4 sig: Sx_U8utf...
//   Nov 22 04:02:53.982266 check[120]: [ 8] mail 1.0 e8 sig: 24dtlwknn5UA
//   Nov 22 04:02:53.995863 check[120]: [ 6] mail 1.0 e=4 sig=Sx_U8utf...: sig not found.
//   Nov 22 04:02:53.995897 check[120]: [ 6] mail 1.0 e=8 sig=24dtlwknn5UA: sig not found.
//   Nov 22 04:02:53.995971 check[120]: [ 3] mail 1 is not known spam.
//   Nov 22 04:02:53.996246 check[120]: [ 8] razor-check finished successfully.
//   1
//
// 0 is spam, 1 not spam or an error that the agent has swallowed, 2 an error.
// With a server that takes the connection and says nothing the agent tries for
// minutes, so the time-out kills it.

import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { absolutePath, trueOrFalse } from "../schema.ts";
import { limitsNote, processOptions } from "./process-limits.ts";
import {
  mustBeExecutable,
  runProgram,
  type Program,
  type ProgramEnd,
} from "./process.ts";
import { parseCheck, parseReport } from "./razor-reply.ts";
import {
  commonDefaults,
  optionsOf,
  ScannerFailure,
  type OpenScanner,
  type Scanner,
  type ScannerLimits,
  type ScannerSettings,
} from "./scanner.ts";

const name = "razor";
const KiB = 1024;

const options = {
  /** razor-report and razor-revoke stand beside it. */
  program: v.optional(absolutePath, "/usr/bin/razor-check"),
  /** The agent's own folder, made by `razor-admin -create`; it writes there. */
  home: v.optional(absolutePath, "/var/lib/razor"),
  /** By default razor-agent.conf in `home`. */
  config: v.optional(absolutePath),
  /** Whether mail may be reported to the network; that takes `razor-admin -register`. */
  report: v.optional(trueOrFalse, false),
  ...processOptions,
};

export const razor: Scanner = {
  name,
  judges: "spam",
  defaults: {
    ...commonDefaults,
    // It sends digests of every message to servers of others.
    enabled: false,
    timeoutMs: 15_000,
    // Each is a process of 30 MB.
    concurrency: 4,
    // Parts are cut to 60 KB before they are digested; spam is small.
    maxBytes: 512 * KiB,
    options: v.parse(v.object(options), {}),
  },
  options,
  open,
};

function open(settings: ScannerSettings, limits: ScannerLimits): OpenScanner {
  const { program, home, config, report, ...process } = optionsOf(
    settings,
    options,
  );
  const run = async (
    path: string,
    args: readonly string[],
    message: Uint8Array | null,
    signal: AbortSignal,
  ): Promise<ProgramEnd> => {
    await mustBeExecutable(path);
    await mustHave(home);
    const what: Program = {
      path,
      args: [
        `-home=${home}`,
        ...(config === undefined ? [] : [`-conf=${config}`]),
        ...args,
      ],
      folder: home,
      home,
      limits: process,
      replyBytes: limits.replyBytes,
    };
    return runProgram(
      message === null ? what : { ...what, input: asOneMail(message) },
      signal,
    );
  };
  return {
    name,
    key: ({ message }) => message.parts[0]?.sha256 ?? null,
    scan: async ({ mail }, signal) => {
      const isListed = parseCheck(
        await run(program, ["-d"], mail.bytes, signal),
      );
      return {
        findings: isListed
          ? [
              {
                source: name,
                kind: "bulk",
                name: "RAZOR2_CHECK",
                part: null,
                score: null,
              },
            ]
          : [],
        score: null,
        version: null,
      };
    },
    // Without a word to the network: it has no question that is not one about
    // a mail. Standard error: `Razor Agents 2.84,
    // protocol version 3`, exit code 255.
    ping: async (signal) => {
      const end = await run(program, ["-v"], null, signal);
      const said = Buffer.concat([end.stdout, end.stderr]).toString("latin1");
      const [version] = /Razor Agents [\d.]{1,20}/.exec(said) ?? [];
      if (version === undefined)
        throw new ScannerFailure("failed", `no version of ${program}`);
      return { version: `${version}${limitsNote()}`, databaseAt: null };
    },
    report: async (message, as, signal) => {
      if (!report)
        throw new ScannerFailure(
          "message",
          "expected report = true in [scanners.razor], found false",
        );
      const word = as === "spam" ? "report" : "revoke";
      // -f: else it goes into the background and ends with 0 at once.
      const end = await run(
        join(dirname(program), `razor-${word}`),
        ["-d", "-f"],
        message,
        signal,
      );
      parseReport(end, word);
    },
  };
}

/** Without its folder the agent would ask the network for servers at every message. */
async function mustHave(home: string): Promise<void> {
  try {
    await access(home, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw new ScannerFailure(
      "failed",
      `no access to home ${home}: make it as this user, razor-admin -home=${home} -create`,
      { cause: error },
    );
  }
}

/** A first line that begins with "From " makes the agent read a mailbox of many mails. The header is not digested. */
function asOneMail(message: Uint8Array): Uint8Array {
  const start = Buffer.from(message.subarray(0, 5)).toString("latin1");
  return start === "From "
    ? Buffer.concat([Buffer.from("X-Mail: 1\n"), message])
    : message;
}
