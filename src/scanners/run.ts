// Asks all scanners at once and makes a Verdict of each one's work. Called by
// judge.ts for each message.

import type { Verdict } from "../verdict.ts";
import { asError } from "./as-error.ts";
import { DecisionMade } from "./decision-made.ts";
import type { ReadyScanner } from "./ready-scanner.ts";
import { ScannerFailure, ScannerTimeout, type Subject } from "./scanner.ts";

/**
 * One Verdict for each, in the same order. Never rejects, and never outlasts
 * the signal. `isSettled` is asked after each verdict with those that are
 * there: true ends the scanners that are still at work, as `skipped`.
 */
export async function runScanners(
  subject: Subject,
  selected: readonly ReadyScanner[],
  signal: AbortSignal,
  isSettled: (verdicts: readonly Verdict[]) => boolean = () => false,
): Promise<Verdict[]> {
  const controller = new AbortController();
  const onAbort = (): void => {
    // A timer gives no reason of its own, but an AbortError.
    const reason: unknown = signal.reason;
    controller.abort(
      reason instanceof DOMException
        ? new ScannerTimeout("deadline")
        : new ScannerFailure("failed", asError(reason).message),
    );
  };
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const there: Verdict[] = [];
  try {
    return await Promise.all(
      selected.map(async (scanner) => {
        const verdict = await scanner.judge(subject, controller.signal);
        there.push(verdict);
        if (there.length < selected.length && isSettled(there))
          controller.abort(new DecisionMade());
        return verdict;
      }),
    );
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
