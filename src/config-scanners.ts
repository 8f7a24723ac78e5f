// The [scanners.NAME] tables of the configuration. Called by config.ts.

import * as v from "valibot";
import {
  list,
  oneOf,
  positiveInteger,
  table,
  timeoutSeconds,
} from "./config-schema.ts";
import type { ConfigSource } from "./config-source.ts";
import { isLocal, parseAddress } from "./scanners/address.ts";
import { scanners } from "./scanners/index.ts";
import type { Address, ScannerSettings } from "./scanners/scanner.ts";

/** parseAddress says itself what it expected and found. */
const address = v.pipe(
  v.string("expected unix:/path or tcp:host:port"),
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

const scannerTable = v.optional(
  table({
    enabled: v.optional(
      v.union(
        [v.boolean(), v.literal("auto")],
        'expected true, false or "auto"',
      ),
    ),
    address: v.optional(
      v.lazy((value) => (Array.isArray(value) ? list(address) : address)),
    ),
    timeout_s: v.optional(timeoutSeconds),
    max_bytes: v.optional(positiveInteger),
    on_failure: v.optional(oneOf(["defer", "queue", "quarantine"])),
  }),
);

type RawScanner = v.InferOutput<typeof scannerTable>;

export const scannerTables = v.optional(
  table(
    Object.fromEntries(
      scanners.map(({ name }) => [name, scannerTable]),
    ) as Record<string, typeof scannerTable>,
  ),
);

/** Every known scanner, with what the configuration says of it. Throws ConfigError. */
export function toScannerSettings(
  source: ConfigSource,
  raw: Readonly<Record<string, RawScanner>> | undefined,
): Readonly<Record<string, ScannerSettings>> {
  const settings: Record<string, ScannerSettings> = Object.create(
    null,
  ) as Record<string, ScannerSettings>;
  for (const { name, defaults } of scanners)
    settings[name] = merge(source, name, defaults, raw?.[name] ?? {});
  return settings;
}

function merge(
  source: ConfigSource,
  name: string,
  defaults: ScannerSettings,
  raw: NonNullable<RawScanner>,
): ScannerSettings {
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
  // Whoever names an address wants that scanner: its absence is a failure then.
  const enabled = raw.enabled ?? (given === null ? defaults.enabled : true);
  const addresses = given ?? defaults.addresses;
  if (enabled === "auto" && !addresses.every(isLocal))
    throw source.error(
      path,
      'expected a unix socket or a loopback address with enabled = "auto", found another host',
    );
  return {
    enabled,
    addresses,
    timeoutMs:
      raw.timeout_s === undefined
        ? defaults.timeoutMs
        : Math.ceil(raw.timeout_s * 1000),
    maxBytes: raw.max_bytes ?? defaults.maxBytes,
    onFailure: raw.on_failure ?? defaults.onFailure,
  };
}
