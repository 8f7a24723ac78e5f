// A time-out for work that may not care for its signal. Called by
// ready-scanner.ts.

import { asError } from "./as-error.ts";
import { ScannerTimeout } from "./scanner.ts";

/**
 * Settles as `work` does; rejects when the time is over, or with the outer
 * signal's reason. By hand and not with AbortSignal.any, which on Node 20
 * holds on to its signals for as long as the outer one lives.
 */
export async function within<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let giveUp: (failure: Error) => void = () => undefined;
  const given = new Promise<never>((_resolve, reject) => {
    giveUp = (failure) => {
      // Rejects before the scanner hears of it, so that the reason is ours.
      reject(failure);
      controller.abort(failure);
    };
  });
  const onAbort = (): void => {
    giveUp(asError(signal.reason));
  };
  const timer = setTimeout(() => {
    giveUp(new ScannerTimeout(`time-out after ${timeoutMs / 1000} s`));
  }, timeoutMs);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([given, work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
