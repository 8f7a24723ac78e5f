// The [scanners.NAME] tables of the configuration. Called by config.ts.

import * as v from "valibot";
import {
  list,
  nonNegativeInteger,
  oneOf,
  positiveInteger,
  table,
  timeoutSeconds,
  trueOrFalse,
} from "./schema.ts";
import type { ConfigSource } from "./config-source.ts";
import { formatAddress, isLocal, parseAddress } from "./scanners/address.ts";
import { scanners } from "./scanners/index.ts";
import type {
  Address,
  ConfiguredScanner,
  Scanner,
} from "./scanners/scanner.ts";

/** parseAddress says itself what it expected and found. */
const address = v.pipe(
  v.string("expected unix:/path, tcp:host:port or udp:host:port"),
  v.rawTransform(({ dataset, addIssue, NEVER }): Address => {
    try {
      return parseAddress(dataset.value);
    } catch (error) {
      addIssue({
        message: error instanceof Error ? error.message : String(error),
      });
      return NEVER;
    }
  }),
);

/** Keys of every scanner's table. */
export const commonKeys = {
  enabled: v.optional(
    v.union([v.boolean(), v.literal("auto")], 'expected true, false or "auto"'),
  ),
  address: v.optional(
    v.lazy((value) => (Array.isArray(value) ? list(address) : address)),
  ),
  spread: v.optional(trueOrFalse),
  retries: v.optional(nonNegativeInteger),
  breaker_failures: v.optional(positiveInteger),
  breaker_s: v.optional(timeoutSeconds),
  timeout_s: v.optional(timeoutSeconds),
  concurrency: v.optional(positiveInteger),
  max_bytes: v.optional(positiveInteger),
  on_failure: v.optional(oneOf(["defer", "queue", "quarantine"])),
};

export type CommonKeys = v.InferOutput<
  v.ObjectSchema<typeof commonKeys, undefined>
>;

/** One table a scanner, each with the scanner's own keys. */
export const scannerTables = v.optional(
  table(
    Object.fromEntries(
      scanners.map(({ name, options }) => [
        name,
        v.optional(table({ ...commonKeys, ...options })),
      ]),
    ) as Record<string, v.GenericSchema<CommonKeys | undefined>>,
  ),
);

/** Every known scanner, with what the configuration says of it. Throws ConfigError. */
export function toScannerSettings(
  source: ConfigSource,
  raw: Readonly<Record<string, CommonKeys | undefined>> | undefined,
): Readonly<Record<string, ConfiguredScanner>> {
  const settings: Record<string, ConfiguredScanner> = Object.create(
    null,
  ) as Record<string, ConfiguredScanner>;
  for (const scanner of scanners)
    settings[scanner.name] = merge(source, scanner, raw?.[scanner.name]);
  return settings;
}

function merge(
  source: ConfigSource,
  scanner: Scanner,
  fromFile: CommonKeys | undefined,
): ConfiguredScanner {
  const { name, defaults, options } = scanner;
  const raw = fromFile ?? {};
  const given =
    raw.address === undefined
      ? null
      : Array.isArray(raw.address)
        ? raw.address
        : [raw.address];
  const path = ["scanners", name, "address"];
  if (given !== null && defaults.addresses.length === 0)
    throw source.error(path, "unknown key: this scanner has no address");
  if (given?.length === 0)
    throw source.error(path, "expected at least one address, found none");
  const isDatagram = defaults.addresses.some(({ kind }) => kind === "udp");
  const misfit = given?.find(({ kind }) => (kind === "udp") !== isDatagram);
  if (misfit !== undefined)
    throw source.error(
      path,
      `expected ${isDatagram ? "udp:host:port" : "unix:/path or tcp:host:port"}, found ${JSON.stringify(formatAddress(misfit))}`,
    );
  // Whoever names an address wants that scanner: its absence is a failure then.
  const enabled = raw.enabled ?? (given === null ? defaults.enabled : true);
  const addresses = given ?? defaults.addresses;
  if (enabled === "auto" && !addresses.every(isLocal))
    throw source.error(
      path,
      'expected a unix socket or a loopback address with enabled = "auto", found another host',
    );
  return {
    ...commonSettings(scanner, raw),
    enabled,
    addresses,
    options:
      fromFile === undefined
        ? v.parse(v.object(options), {})
        : Object.fromEntries(
            Object.entries(fromFile).filter(([key]) => key in options),
          ),
  };
}

/** What needs no look at its addresses. */
export function commonSettings(
  { judges, defaults }: Scanner,
  raw: CommonKeys,
): ConfiguredScanner {
  return {
    judges,
    enabled: raw.enabled ?? defaults.enabled,
    addresses: defaults.addresses,
    spread: raw.spread ?? defaults.spread,
    retries: raw.retries ?? defaults.retries,
    breakerFailures: raw.breaker_failures ?? defaults.breakerFailures,
    breakerMs: milliseconds(raw.breaker_s) ?? defaults.breakerMs,
    timeoutMs: milliseconds(raw.timeout_s) ?? defaults.timeoutMs,
    concurrency: raw.concurrency ?? defaults.concurrency,
    maxBytes: raw.max_bytes ?? defaults.maxBytes,
    onFailure: raw.on_failure ?? defaults.onFailure,
    options: defaults.options,
  };
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.ceil(seconds * 1000);
}
