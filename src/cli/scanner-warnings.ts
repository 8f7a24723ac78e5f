// What `qsift config check` warns of where scanners in use do not answer, and
// what `qsift scanners` says of an old database.

import type { Config } from "../config.ts";
import type { Scanner, ScannerSettings } from "../scanners/scanner.ts";
import type {
  AddressPing,
  Ping,
  PingScanner,
  ScannerPing,
} from "./ping-scanner.ts";

const dayMs = 86_400_000;
// ClamAV's is made anew every day.
const oldDays = 7;

/** One line each, without "warning:". All are asked at once. */
export async function findScannerWarnings(
  config: Config,
  pingScanner: PingScanner,
  now: number,
): Promise<string[]> {
  const warnings = await Promise.all(
    config.scannerList.map(async (scanner) => {
      const settings = config.scanners[scanner.name] ?? scanner.defaults;
      if (settings.enabled === false) return [];
      const asked = await pingScanner(scanner, settings);
      return describe(scanner, settings, asked, now).map(
        (text) => `${scanner.name}: ${text}`,
      );
    }),
  );
  return warnings.flat();
}

/** Days since then; a clock of another time zone makes no negative ones. */
export function ageInDays(databaseAt: number, now: number): number {
  return Math.max(0, (now - databaseAt) / dayMs);
}

/** Null where it is young enough, or has no date. Only ClamAV's has one. */
export function oldDatabase(
  databaseAt: number | null,
  now: number,
): string | null {
  if (databaseAt === null) return null;
  const days = ageInDays(databaseAt, now);
  return days > oldDays
    ? `database ${Math.floor(days)} days old: is freshclam running?`
    : null;
}

const consequences = {
  defer: "deferred",
  queue: "delivered unscanned",
  quarantine: "held",
} as const satisfies Record<ScannerSettings["onFailure"], string>;

function describe(
  scanner: Scanner,
  settings: ScannerSettings,
  { ping, addresses }: ScannerPing,
  now: number,
): string[] {
  if (ping.kind !== "running")
    return [describeFailure(scanner, settings, ping, addresses)];
  const old = oldDatabase(ping.health.databaseAt, now);
  return [
    ...addresses.flatMap((one) => {
      if (one.ping.kind === "failed")
        return `${one.address}: ${one.ping.reason}; another address answers`;
      // Of the usual places that "auto" looks at, one is enough.
      return one.ping.kind === "absent" && settings.enabled === true
        ? `${one.address}: not running; another address answers`
        : [];
    }),
    ...(old === null ? [] : [old]),
  ];
}

function describeFailure(
  { judges }: Scanner,
  { enabled, onFailure }: ScannerSettings,
  ping: Exclude<Ping, { kind: "running" }>,
  addresses: readonly AddressPing[],
): string {
  const consequence = consequences[onFailure];
  // Only `auth`, for which silent name servers are a result and no failure.
  if (ping.kind === "failed" && judges === "neither")
    return `${ping.reason}; its results are temperror until name servers answer`;
  if (ping.kind === "failed") return `${ping.reason}; mail is ${consequence}`;
  const places = addresses.map(({ address }) => address).join(", ");
  const where = ping.reason ?? (places === "" ? "" : `nothing at ${places}`);
  const absent = where === "" ? "not running" : `not running (${where})`;
  if (enabled !== "auto") return `${absent}; mail is ${consequence}`;
  return onFailure === "queue"
    ? `${absent}; mail is delivered without it`
    : `${absent}; mail is delivered without it: name its address to have mail ${consequence}, or set enabled = false`;
}
