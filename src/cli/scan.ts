// `qsift scan`: judges files as if they came from a peer, and delivers, queues
// and holds nothing. The mail's environment comes from --env alone, and is
// believed: whoever runs this may know what tcprules would have set.

import type { Command } from "commander";

import type { Config } from "../config.ts";
import { UnknownPolicy } from "../policy/unknown-policy.ts";
import { printable } from "../printable.ts";
import { exitForAction } from "./exit-for-action.ts";
import { CommandFailure, exits, type Io } from "./io.ts";
import { addressBytes, collect, collectVariable } from "./options.ts";
import { hideProgress, showProgress } from "./progress.ts";
import { describeReadError, readInput } from "./read-input.ts";
import { makeScanRecord, type ScanRecord } from "./scan-record.ts";
import { formatScanText } from "./scan-text.ts";
import type { Services } from "./services.ts";
import { coloursFor } from "./text.ts";

interface ScanOptions {
  readonly json?: true;
  /** None: the null sender. */
  readonly from?: string;
  readonly to?: readonly string[];
  readonly env?: ReadonlyMap<string, string>;
}

const examples = `
Exit code with one file: 0 queue, 31 reject, 71 defer, 99 quarantine.
With more: 0 all scanned, 1 one could not be read.

Examples:
  qsift scan message.eml
  qsift scan --json --from a@example.org --to b@example.test message.eml
  qsift scan --env RELAYCLIENT= --env TCPREMOTEIP=192.0.2.1 - < message.eml
  qsift scan ~/Maildir/new/*`;

export function addScan(
  program: Command,
  io: Io,
  services: Services,
  end: (exitCode: number) => void,
): void {
  program
    .command("scan")
    .description("judge messages without delivering them")
    .argument("<file...>", 'files with one message each; "-" is standard input')
    .option("--json", "one JSON object a line")
    .option("--from <address>", "envelope sender; without it the null sender")
    .option("--to <address>", "envelope recipient, repeatable", collect)
    .option(
      "--env <name=value>",
      "variable as tcpserver or tcprules would set it, repeatable",
      collectVariable,
    )
    .addHelpText("after", examples)
    .action(async (files: readonly string[], options: ScanOptions) => {
      end(await scan(files, options, io, services));
    });
}

async function scan(
  files: readonly string[],
  options: ScanOptions,
  io: Io,
  services: Services,
): Promise<number> {
  io.becomeUser({ kind: "qsift" });
  const config = await services.readConfig(io.env, null);
  const colours = coloursFor(io);
  let failures = 0;
  let last: ScanRecord | null = null;
  for (const [index, file] of files.entries()) {
    if (io.out.isClosed) break;
    await showProgress(io, "scanning", files, index);
    const scanned = await scanFile(file, options, config, io, services);
    await hideProgress(io, files);
    if ("error" in scanned) {
      failures += 1;
      const error = printable(scanned.error);
      if (options.json) await io.out.write(jsonLine({ file, error }));
      else await io.err.write(`qsift: ${printable(file)}: ${error}\n`);
    } else {
      last = scanned;
      await io.out.write(
        options.json ? jsonLine(scanned) : formatScanText(scanned, colours),
      );
    }
  }
  if (failures > 0) return exits.notDone;
  return files.length === 1 && last !== null
    ? exitForAction[last.action]
    : exits.done;
}

async function scanFile(
  file: string,
  options: ScanOptions,
  config: Config,
  io: Io,
  services: Services,
): Promise<ScanRecord | { readonly error: string }> {
  try {
    const bytes = await readInput(file, io, config.limits.messageBytes);
    const now = io.now();
    const env = Object.fromEntries(options.env ?? []);
    const mail = {
      id: await services.newId(now),
      receivedAt: now,
      peer: await services.readPeer(env, io.uid, bytes, config),
      envelope: {
        sender: addressBytes(options.from ?? ""),
        recipients: (options.to ?? []).map(addressBytes),
      },
      bytes,
    };
    const signal = AbortSignal.timeout(deadlineMs(io));
    const judgement = await services.judge(mail, config, signal);
    return makeScanRecord(file, judgement, config);
  } catch (error) {
    // QSIFT_POLICY names no policy: the same for every file.
    if (error instanceof UnknownPolicy)
      throw new CommandFailure(exits.configuration, error.message, {
        cause: error,
      });
    return { error: describeReadError(error, "scan") };
  }
}

/** As the doors have it. */
function deadlineMs(io: Io): number {
  const seconds = Number(io.env["QSIFT_DEADLINE_S"] ?? "");
  return (seconds > 0 && seconds <= 86_400 ? seconds : 240) * 1000;
}

function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
