// One line of `qsift scanners --json`: what was asked just now, and how the
// scanner fares in the daemon. The keys are documented in docs/cli.md.

import type { BreakerState } from "../scanners/breaker.ts";
import type { Scanner, ScannerSettings } from "../scanners/scanner.ts";
import type { ScannerStatus } from "../scanners/status.ts";
import type { Ping, ScannerPing } from "./ping-scanner.ts";
import { ageInDays, oldDatabase } from "./scanner-warnings.ts";

export type State = "running" | "not running" | "failed" | "switched off";

export interface AddressRecord {
  readonly address: string;
  readonly state: State;
  readonly reason: string | null;
  readonly ms: number | null;
  /** Null where the daemon does not answer, or does not know the address. */
  readonly daemon: {
    readonly breaker: BreakerState;
    readonly failures: number;
    readonly lastFailure: string | null;
    readonly lastMs: number | null;
  } | null;
}

export interface ScannerRecord {
  readonly scanner: string;
  readonly judges: Scanner["judges"];
  readonly enabled: ScannerSettings["enabled"];
  readonly state: State;
  /** Why it failed, or which program there is none of. */
  readonly reason: string | null;
  readonly version: string | null;
  /** ISO 8601. */
  readonly databaseAt: string | null;
  readonly databaseDays: number | null;
  /** What is wrong though it runs. */
  readonly warning: string | null;
  /** Of the ping. */
  readonly ms: number | null;
  readonly addresses: readonly AddressRecord[];
  /** Null where the daemon does not answer, or does not use the scanner. */
  readonly daemon: {
    readonly done: number;
    readonly failed: number;
    readonly skipped: number;
    readonly joined: number;
    /** What was known already; null where the scanner keeps nothing. */
    readonly cacheHits: number | null;
    readonly lastMs: number | null;
  } | null;
}

/** `asked` null: it is switched off. */
export function makeScannerRecord(
  scanner: Scanner,
  { enabled }: ScannerSettings,
  asked: ScannerPing | null,
  status: ScannerStatus | null,
  now: number,
): ScannerRecord {
  const health = asked?.ping.kind === "running" ? asked.ping.health : null;
  const databaseAt = health?.databaseAt ?? null;
  return {
    scanner: scanner.name,
    judges: scanner.judges,
    enabled,
    state: asked === null ? "switched off" : stateOf(asked.ping),
    reason: asked === null ? null : reasonOf(asked.ping),
    version: health?.version ?? null,
    databaseAt: databaseAt === null ? null : new Date(databaseAt).toISOString(),
    databaseDays:
      databaseAt === null ? null : Math.floor(ageInDays(databaseAt, now)),
    warning: oldDatabase(databaseAt, now),
    ms: asked === null ? null : msOf(asked.ping),
    addresses: (asked?.addresses ?? []).map(({ address, ping }) => ({
      address,
      state: stateOf(ping),
      reason: reasonOf(ping),
      ms: msOf(ping),
      daemon: endpointOf(status, address),
    })),
    daemon:
      status === null
        ? null
        : {
            done: status.done,
            failed: status.failed,
            skipped: status.skipped,
            joined: status.joined,
            cacheHits: status.cache?.hits ?? null,
            lastMs: status.lastMs,
          },
  };
}

/** Whether mail goes without it, though it should be asked. */
export function isMissing({ enabled, state }: ScannerRecord): boolean {
  return state === "failed" || (state === "not running" && enabled !== "auto");
}

function endpointOf(
  status: ScannerStatus | null,
  address: string,
): AddressRecord["daemon"] {
  const found = status?.endpoints.find((one) => one.address === address);
  if (found === undefined) return null;
  const { breaker, failures, lastFailure, lastMs } = found;
  return { breaker, failures, lastFailure, lastMs };
}

function stateOf(ping: Ping): State {
  switch (ping.kind) {
    case "running":
    case "failed":
      return ping.kind;
    case "absent":
      return "not running";
  }
}

function reasonOf(ping: Ping): string | null {
  return ping.kind === "running" ? null : (ping.reason ?? null);
}

function msOf(ping: Ping): number | null {
  return ping.kind === "running" ? ping.ms : null;
}
