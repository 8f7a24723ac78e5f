// Asks one scanner for its version, for `qsift config check`.

import { defaultLimits } from "../limits.ts";
import { scanners } from "../scanners/index.ts";
import { ScannerFailure, type ScannerSettings } from "../scanners/scanner.ts";
import type { Ping } from "./config-warnings.ts";

// A version is said at once; only a machine in trouble needs longer.
const pingMs = 5000;

/** Never rejects. */
export async function pingScanner(
  name: string,
  settings: ScannerSettings,
): Promise<Ping> {
  const scanner = scanners.find((one) => one.name === name);
  if (scanner === undefined) return { kind: "failed", reason: "not known" };
  const ms = Math.min(pingMs, settings.timeoutMs);
  const signal = AbortSignal.timeout(ms);
  try {
    await scanner.open(settings, defaultLimits).ping(signal);
    return { kind: "running" };
  } catch (error) {
    if (signal.aborted)
      return { kind: "failed", reason: `no answer in ${ms / 1000} s` };
    if (error instanceof ScannerFailure && error.reason === "absent")
      return { kind: "absent" };
    return {
      kind: "failed",
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}
