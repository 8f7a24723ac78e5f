// The configuration as it would stand in its file, with every default written
// out: what `qsift config show` prints. Keys are the file's (snake_case), and
// what is null in Config is a key that is left out.

import { stringify } from "smol-toml";

import { snakeCase, type Config } from "../config.ts";
import { printable } from "../printable.ts";
import { formatAddress } from "../scanners/address.ts";
import type { ScannerSettings } from "../scanners/scanner.ts";

type Table = Record<string, unknown>;

/** `rulePaths`: `[rules] paths`, which Config has read and forgotten. */
export function configTable(
  config: Config,
  rulePaths: readonly string[],
): Table {
  return toFile({
    queue: config.queue,
    onPartialReject: config.onPartialReject,
    daemon: config.daemon,
    quarantine: config.quarantine,
    peer: config.peer.userVariable === null ? null : config.peer,
    spam: config.spam,
    rules: { paths: rulePaths },
    limits: config.limits,
    scanners: Object.fromEntries(
      Object.entries(config.scanners).map(([name, settings]) => [
        name,
        scannerTable(settings),
      ]),
    ),
    policy: config.policies,
  }) as Table;
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
  const rule = toFile(config.rules);
  const table = { file: config.file, ...configTable(config, rulePaths), rule };
  return `${JSON.stringify(table, null, 2)}\n`;
}

function scannerTable(settings: ScannerSettings): Table {
  const { enabled, addresses, timeoutMs, maxBytes, onFailure } = settings;
  return {
    enabled,
    address: addresses.length === 0 ? null : addresses.map(formatAddress),
    timeoutS: timeoutMs / 1000,
    maxBytes,
    onFailure,
  };
}

/** Names as in the file, nulls left out. */
function toFile(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toFile);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([key, inner]) => [snakeCase(key), toFile(inner)]),
  );
}
