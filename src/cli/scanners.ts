// `qsift scanners`: every configured scanner, asked for its version just now,
// and how it fares in the daemon, where that runs.

import type { Command } from "commander";

import type { Config } from "../config.ts";
import type { Scanner } from "../scanners/scanner.ts";
import type { ScannerStatus } from "../scanners/status.ts";
import { CommandFailure, exits, type Io } from "./io.ts";
import type { ScannerRecord } from "./scanner-record.ts";
import type { Services } from "./services.ts";
import { coloursFor } from "./text.ts";

const examples = `
Exit code 0 if every scanner that should run answers, 1 if one does not. With
enabled = "auto", one that is not running need not.

Examples:
  qsift scanners
  qsift scanners clamd spamd
  qsift scanners --json | jq -r 'select(.state == "failed").scanner'`;

export function addScanners(
  program: Command,
  io: Io,
  services: Services,
  end: (exitCode: number) => void,
): void {
  program
    .command("scanners")
    .description("ask the scanners how they are")
    .argument("[name...]", "those to ask; by default all")
    .option("--json", "one JSON object a line")
    .addHelpText("after", examples)
    .action(
      async (
        names: readonly string[],
        { json }: { readonly json?: true },
      ): Promise<void> => {
        end(await listScanners(names, json === true, io, services));
      },
    );
}

async function listScanners(
  names: readonly string[],
  isJson: boolean,
  io: Io,
  services: Services,
): Promise<number> {
  const config = await services.readConfig(io.env, null);
  const chosen = chooseScanners(config, names);
  const { isMissing } = await import("./scanner-record.ts");
  const { describeDaemon, formatScanners } = await import("./scanners-text.ts");
  // Before root's rights go: the control socket is the daemon's user's alone.
  const daemon = await services.askDaemon(config.daemon.controlSocket);
  // As mail would be scanned; and a program that writes must not do so as root.
  io.becomeUser({ kind: "qsift" });
  const statuses = daemon.kind === "running" ? daemon.scanners : [];
  const records = await Promise.all(
    chosen.map((scanner) =>
      ask(
        scanner,
        config,
        statuses.find(({ name }) => name === scanner.name) ?? null,
        io,
        services,
      ),
    ),
  );
  if (isJson) {
    for (const record of records)
      await io.out.write(`${JSON.stringify(record)}\n`);
    if (daemon.kind !== "running")
      await io.err.write(`qsift: ${describeDaemon(daemon)}\n`);
  } else await io.out.write(formatScanners(records, daemon, coloursFor(io)));
  return records.some(isMissing) ? exits.notDone : exits.done;
}

async function ask(
  scanner: Scanner,
  config: Config,
  status: ScannerStatus | null,
  io: Io,
  services: Services,
): Promise<ScannerRecord> {
  const { makeScannerRecord } = await import("./scanner-record.ts");
  const settings = config.scanners[scanner.name] ?? scanner.defaults;
  const asked =
    settings.enabled === false
      ? null
      : await services.pingScanner(scanner, settings);
  return makeScannerRecord(scanner, settings, asked, status, io.now());
}

/** Those of the names, in the configuration's order. Throws CommandFailure for one that is not there. */
export function chooseScanners(
  { scannerList }: Config,
  names: readonly string[],
): readonly Scanner[] {
  const known = scannerList.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new CommandFailure(
      exits.usage,
      `no scanner "${unknown}"; there are ${known.join(", ")}`,
    );
  return names.length === 0
    ? scannerList
    : scannerList.filter(({ name }) => names.includes(name));
}
