// The configuration as it would stand in its file, with every default written
// out: what `qsift config show` prints. Keys are the file's (snake_case), and
// what is null in Config is a key that is left out.

import { stringify } from "smol-toml";

import { snakeCase, type Config } from "../config.ts";
import { printable } from "../printable.ts";
import { formatAddress } from "../scanners/address.ts";
import { scanners } from "../scanners/index.ts";
import type { ScannerSettings } from "../scanners/scanner.ts";

type Table = Record<string, unknown>;

/** `rulePaths`: `[rules] paths`, which Config has read and forgotten. */
export function configTable(
  config: Config,
  rulePaths: readonly string[],
): Table {
  return {
    ...toFile({
      queue: config.queue,
      onPartialReject: config.onPartialReject,
      daemon: config.daemon,
      quarantine: config.quarantine,
      peer: config.peer.userVariable === null ? null : config.peer,
      spam: config.spam,
      rules: { paths: rulePaths },
      limits: config.limits,
      expansion: config.expansion,
    }),
    scanners: scannerTables(config, (name) => builtIn.has(name)),
    commands: scannerTables(config, (name) => !builtIn.has(name)),
    policy: namesAsInFile(config.policies),
  };
}

/** TOML that `config check` accepts. */
export function formatConfigToml(
  config: Config,
  rulePaths: readonly string[],
): string {
  const names = config.rules.map(({ name }) => name);
  const rules =
    names.length === 0
      ? "no rules"
      : `the rules, in this order: ${names.join(", ")}`;
  return [
    `# ${printable(config.file ?? "no configuration file")}, with all defaults`,
    `# ${rules}`,
    stringify(configTable(config, rulePaths)),
    "",
  ].join("\n");
}

/** The same as JSON, with the file's name and the rules themselves. */
export function formatConfigJson(
  config: Config,
  rulePaths: readonly string[],
): string {
  const rule = namesAsInFile(config.rules);
  const table = { file: config.file, ...configTable(config, rulePaths), rule };
  return `${JSON.stringify(table, null, 2)}\n`;
}

const builtIn: ReadonlySet<string> = new Set(scanners.map(({ name }) => name));

function scannerTables(
  config: Config,
  isWanted: (name: string) => boolean,
): Table {
  return Object.fromEntries(
    Object.entries(config.scanners)
      .filter(([name]) => isWanted(name))
      .map(([name, settings]) => [
        name,
        builtIn.has(name) ? scannerTable(settings) : commandTable(settings),
      ]),
  );
}

/** What a profile gave is written out; without addresses a command has no keys for them. */
function commandTable(settings: ScannerSettings): Table {
  const { concurrency, options } = settings;
  return {
    ...commonTable(settings),
    ...toFile({ concurrency }),
    ...options,
  };
}

function scannerTable(settings: ScannerSettings): Table {
  const { addresses, breakerMs, concurrency, options } = settings;
  const { spread, retries, breakerFailures } = settings;
  const forAddresses = {
    address: addresses.map(formatAddress),
    spread,
    retries,
    breakerFailures,
    breakerS: breakerMs / 1000,
  };
  return {
    ...commonTable(settings),
    ...toFile({ ...(addresses.length > 0 ? forAddresses : {}), concurrency }),
    // As the file has them: names in it may be those of findings.
    ...options,
  };
}

function commonTable(settings: ScannerSettings): Table {
  const { enabled, timeoutMs, maxBytes, onFailure } = settings;
  return toFile({ enabled, timeoutS: timeoutMs / 1000, maxBytes, onFailure });
}

/** Nulls left out. */
function toFile(table: Readonly<Record<string, unknown>>): Table {
  return namesAsInFile(table) as Table;
}

function namesAsInFile(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(namesAsInFile);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([key, inner]) => [snakeCase(key), namesAsInFile(inner)]),
  );
}
