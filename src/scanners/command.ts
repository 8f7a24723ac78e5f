// Any scanner that is a program: run once for each message, as a
// `[commands.NAME]` table describes it (command-options.ts). The order of the
// tests and the kinds of input are amavis' table of scanners, which has proved
// itself with some fifty of them; what differs: a third ending, `partial`,
// since what a program could not open is neither clean nor a failure that goes
// away; and exit codes and patterns may be asked for together.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { printableAscii } from "../printable.ts";
import type { Finding } from "../verdict.ts";
import { databaseTime } from "./clamd-reply.ts";
import { inputOf, type Command, type CommandInput } from "./command-options.ts";
import { judgeEnd } from "./command-verdict.ts";
import { keyWithParts } from "./decoded-parts.ts";
import { limitsNote } from "./process-limits.ts";
import {
  describeEnd,
  mustBeExecutable,
  runProgram,
  type ProgramEnd,
} from "./process.ts";
import {
  defaultRuntimeFolder,
  sweepOnce,
  withScanFolder,
  writeNumbered,
} from "./scan-folder.ts";
import {
  commonDefaults,
  ScannerFailure,
  type Health,
  type OpenScanner,
  type Report,
  type Scanner,
  type ScannerLimits,
  type ScannerSettings,
  type Subject,
} from "./scanner.ts";

const MiB = 1024 * 1024;
const maxVersionCharacters = 200;

/** The scanner that a table describes; its patterns must have been compiled. */
export function commandScanner(name: string, command: Command): Scanner {
  return {
    name,
    judges: "virus",
    defaults: {
      ...commonDefaults,
      // Whoever wrote the table wants it.
      enabled: true,
      // Each loads its signatures anew: clamscan takes 1.3 GiB and ten seconds.
      concurrency: 2,
      // clamscan's own limit; what is larger it takes for clean.
      maxBytes: 100 * MiB,
      options: command,
    },
    // They are read from [commands.NAME], see config-commands.ts.
    options: {},
    open: (settings, limits) => open(name, command, settings, limits),
  };
}

function open(
  name: string,
  command: Command,
  settings: ScannerSettings,
  limits: ScannerLimits,
): OpenScanner {
  const runtimeFolder = command.runtime_folder ?? defaultRuntimeFolder();
  const run = (
    args: readonly string[],
    folder: string,
    input: Uint8Array | null,
    signal: AbortSignal,
  ): Promise<ProgramEnd> =>
    runProgram(
      {
        path: command.program,
        args,
        ...(input === null ? {} : { input }),
        folder,
        // Should it need one, it has one that goes away.
        home: folder,
        temporary: folder,
        limits: command,
        replyBytes: limits.replyBytes,
      },
      signal,
    );
  return {
    name,
    key: keyWithParts,
    async scan(subject, signal): Promise<Report> {
      await mustBeExecutable(command.program);
      await sweepOnce(runtimeFolder);
      return withScanFolder(runtimeFolder, async (folder) => {
        const input = inputOf(command.arguments);
        const findings = await writeInput(
          name,
          input,
          folder,
          subject,
          settings.maxBytes,
          signal,
        );
        const end = await run(
          command.arguments.map((one) =>
            one
              .replaceAll("{file}", messageIn(folder))
              .replaceAll("{folder}", mailIn(folder)),
          ),
          folder,
          input === "stdin" ? subject.mail.bytes : null,
          signal,
        );
        return {
          findings: [...judgeEnd(name, command, end), ...findings],
          score: null,
          version: null,
        };
      });
    },
    ping: (signal) =>
      withScanFolder(runtimeFolder, async (folder) => {
        const args = command.version_arguments;
        if (args === undefined) {
          await mustBeExecutable(command.program);
          return health("installed");
        }
        return health(versionOf(await run(args, folder, null, signal)));
      }),
  };
}

function mailIn(folder: string): string {
  return join(folder, "mail");
}

function messageIn(folder: string): string {
  return join(mailIn(folder), "0");
}

/**
 * Writes what the program reads from files: the message as 0 and, for `parts`,
 * each part's decoded bytes under its number, so that what the program cannot
 * open itself it sees all the same.
 */
async function writeInput(
  name: string,
  input: CommandInput,
  folder: string,
  { mail, message }: Subject,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (input === "stdin") return findings;
  await mkdir(mailIn(folder), { mode: 0o700 });
  await writeNumbered(mailIn(folder), 0, mail.bytes);
  if (input === "file") return findings;
  const seen = new Set<string>();
  for (const part of message.parts) {
    if (part.id === 0 || part.size === 0 || seen.has(part.sha256)) continue;
    signal.throwIfAborted();
    seen.add(part.sha256);
    if (part.size > maxBytes)
      findings.push({
        source: name,
        kind: "limit",
        name: `${name}-part-over-max-bytes`,
        part: part.id,
        score: null,
      });
    else await writeNumbered(mailIn(folder), part.id, part.content);
  }
  return findings;
}

/** The first line, of a program that ended well. */
function versionOf(end: ProgramEnd): string {
  const [line = ""] = end.stdout
    .toString("utf8")
    .trim()
    .split(/[\r\n]/, 1);
  if (end.exitCode !== 0 || line === "")
    throw new ScannerFailure("failed", `no version: ${describeEnd(end)}`);
  return printableAscii(line, maxVersionCharacters);
}

function health(version: string): Health {
  return {
    version: `${version}${limitsNote()}`,
    databaseAt: databaseTime(version),
  };
}
