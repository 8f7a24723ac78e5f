// Asks one scanner for its version, at each of its addresses: for
// `qsift config check` and `qsift scanners`. No mail is sent anywhere.
//
// Each address is asked by a scanner opened for it alone, so that one that
// hangs takes none of the others' time and a spare that is down is seen.

import { defaultLimits } from "../limits.ts";
import { formatAddress, usableAddresses } from "../scanners/address.ts";
import {
  ScannerFailure,
  ScannerTimeout,
  type Health,
  type OpenScanner,
  type Scanner,
  type ScannerSettings,
} from "../scanners/scanner.ts";
import { within } from "../scanners/within.ts";

/** How a scanner, or one of its addresses, fared when it was asked. */
export type Ping =
  | { readonly kind: "running"; readonly health: Health; readonly ms: number }
  /** `reason` of a scanner without addresses: which program there is none of. */
  | { readonly kind: "absent"; readonly reason?: string }
  | { readonly kind: "failed"; readonly reason: string };

export interface AddressPing {
  readonly address: string;
  readonly ping: Ping;
}

export interface ScannerPing {
  /** Of the first address that answers, where there are addresses. */
  readonly ping: Ping;
  /** Empty for scanners without addresses. */
  readonly addresses: readonly AddressPing[];
}

export type PingScanner = (
  scanner: Scanner,
  settings: ScannerSettings,
) => Promise<ScannerPing>;

// A version is said at once; only a machine in trouble needs longer.
const pingMs = 5000;

/** Never rejects, and takes five seconds at most. */
export async function pingScanner(
  scanner: Scanner,
  settings: ScannerSettings,
): Promise<ScannerPing> {
  if (settings.addresses.length === 0)
    return { ping: await pingOnce(scanner, settings), addresses: [] };
  const addresses = await Promise.all(
    usableAddresses(settings).map(async (address) => ({
      address: formatAddress(address),
      ping: await pingOnce(scanner, { ...settings, addresses: [address] }),
    })),
  );
  return { ping: together(addresses.map(({ ping }) => ping)), addresses };
}

async function pingOnce(
  scanner: Scanner,
  settings: ScannerSettings,
): Promise<Ping> {
  const ms = Math.min(pingMs, settings.timeoutMs);
  let opened: OpenScanner | null = null;
  try {
    const asked = scanner.open({ ...settings, retries: 0 }, defaultLimits);
    opened = asked;
    const started = performance.now();
    const health = await within(ms, new AbortController().signal, (signal) =>
      asked.ping(signal),
    );
    return { kind: "running", health, ms: since(started) };
  } catch (error) {
    if (error instanceof ScannerTimeout)
      return { kind: "failed", reason: `no answer in ${ms / 1000} s` };
    if (error instanceof ScannerFailure && error.reason === "absent")
      return settings.addresses.length === 0
        ? { kind: "absent", reason: error.message }
        : { kind: "absent" };
    return {
      kind: "failed",
      reason: error instanceof Error ? error.message : String(error),
    };
  } finally {
    // What it keeps open ends with the process at the latest.
    opened?.close?.().catch(() => undefined);
  }
}

/** As mail would find it: one that answers is enough. */
function together(pings: readonly Ping[]): Ping {
  const running = pings.find(({ kind }) => kind === "running");
  if (running !== undefined) return running;
  const reasons = pings.flatMap((ping) =>
    ping.kind === "failed" ? ping.reason : [],
  );
  return reasons.length === 0
    ? { kind: "absent" }
    : { kind: "failed", reason: reasons.join(", ") };
}

function since(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}
