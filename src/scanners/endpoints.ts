// Chooses among a scanner's addresses: in order or spread, past those whose
// breaker is open, on to the next one after a failure, and round again where
// settings say so. One for each open scanner, so that breakers live as long as
// the process. Every scanner with addresses asks through it.
//
// A scan changes nothing at the scanner, so it may be asked of another address
// after any failure, wherever in the dialogue it came.

import { setTimeout as sleep } from "node:timers/promises";
import { formatAddress, usableAddresses } from "./address.ts";
import { asError } from "./as-error.ts";
import { Breaker, type BreakerState } from "./breaker.ts";
import {
  ScannerFailure,
  ScannerTimeout,
  type Address,
  type ScannerSettings,
} from "./scanner.ts";

// clamd's socket is gone for some 50 ms when it is restarted.
const pauseBeforeRetryMs = 100;

/** One address, for `qsift scanners`. */
export interface EndpointStatus {
  readonly address: string;
  readonly breaker: BreakerState;
  readonly failures: number;
  readonly lastFailure: string | null;
  /** Of the last answer. */
  readonly lastMs: number | null;
}

interface Endpoint {
  readonly address: Address;
  readonly breaker: Breaker;
  lastFailure: string | null;
  lastMs: number | null;
}

export class Endpoints {
  readonly #endpoints: readonly Endpoint[];
  readonly #settings: ScannerSettings;
  #turn = 0;

  constructor(settings: ScannerSettings) {
    this.#settings = settings;
    this.#endpoints = usableAddresses(settings).map((address) => ({
      address,
      breaker: new Breaker(settings.breakerFailures, settings.breakerMs),
      lastFailure: null,
      lastMs: null,
    }));
  }

  /**
   * `attempt` at the first address that makes it. Throws ScannerFailure:
   * `absent` where nothing listened anywhere. All addresses but the last one
   * get half of the time that is left; what took too long is not tried again.
   */
  async use<T>(
    signal: AbortSignal,
    attempt: (address: Address, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const giveUpAt = Date.now() + this.#settings.timeoutMs;
    const order = this.#order();
    const failures = new Map<Endpoint, ScannerFailure>();
    for (let round = 0; round <= this.#settings.retries; round += 1) {
      if (round > 0) await sleep(pauseBeforeRetryMs, undefined, { signal });
      for (const [index, endpoint] of order.entries()) {
        signal.throwIfAborted();
        const before = failures.get(endpoint);
        if (before?.reason === "absent" || before instanceof ScannerTimeout)
          continue;
        if (!endpoint.breaker.tryEnter(Date.now())) {
          failures.set(endpoint, leftAlone(endpoint));
          continue;
        }
        const isLast = index === order.length - 1;
        const ms = isLast ? null : (giveUpAt - Date.now()) / 2;
        try {
          return await tryOnce(endpoint, ms, signal, attempt);
        } catch (error) {
          if (!(error instanceof ScannerFailure) || error.reason === "message")
            throw error;
          failures.set(endpoint, error);
        }
      }
      if (!order.some((endpoint) => isWorthAnother(endpoint, failures))) break;
    }
    throw together([...failures.values()]);
  }

  status(): EndpointStatus[] {
    const now = Date.now();
    return this.#endpoints.map((endpoint) => ({
      address: formatAddress(endpoint.address),
      breaker: endpoint.breaker.state(now),
      failures: endpoint.breaker.failures,
      lastFailure: endpoint.lastFailure,
      lastMs: endpoint.lastMs,
    }));
  }

  #order(): readonly Endpoint[] {
    const all = this.#endpoints;
    if (!this.#settings.spread || all.length < 2) return all;
    const first = this.#turn % all.length;
    this.#turn += 1;
    return [...all.slice(first), ...all.slice(0, first)];
  }
}

async function tryOnce<T>(
  endpoint: Endpoint,
  ms: number | null,
  signal: AbortSignal,
  attempt: (address: Address, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { address, breaker } = endpoint;
  const started = Date.now();
  const controller = new AbortController();
  const overdue = (): void => {
    const text = `no answer in ${Math.round(ms ?? 0) / 1000} s (${formatAddress(address)})`;
    controller.abort(new ScannerTimeout(text));
  };
  // The last one's time ends with the runner's.
  const timer = ms === null ? undefined : setTimeout(overdue, ms);
  const abort = (): void => {
    controller.abort(asError(signal.reason));
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    const result = await attempt(address, controller.signal);
    breaker.succeeded();
    endpoint.lastMs = Date.now() - started;
    return result;
  } catch (error) {
    const failure = controller.signal.aborted
      ? asError(controller.signal.reason)
      : asError(error);
    endpoint.lastFailure = failure.message;
    judge(breaker, failure, signal.aborted);
    throw failure;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

function judge(breaker: Breaker, failure: Error, isEnded: boolean): void {
  // The message's fault: whoever says so is well.
  if (failure instanceof ScannerFailure && failure.reason === "message")
    breaker.succeeded();
  // Nobody wants the answer any more; or nothing is installed there, which
  // costs nothing to ask again.
  else if (
    (isEnded && !(failure instanceof ScannerTimeout)) ||
    (failure instanceof ScannerFailure && failure.reason === "absent")
  )
    breaker.left();
  else breaker.failed(Date.now());
}

function leftAlone({
  breaker,
  address,
  lastFailure,
}: Endpoint): ScannerFailure {
  const seconds = Math.ceil(breaker.waitMs(Date.now()) / 1000);
  return new ScannerFailure(
    "failed",
    `not asked for another ${seconds} s after ${breaker.failures} failures (${formatAddress(address)}), the last: ${lastFailure ?? "unknown"}`,
  );
}

function isWorthAnother(
  endpoint: Endpoint,
  failures: ReadonlyMap<Endpoint, ScannerFailure>,
): boolean {
  const failure = failures.get(endpoint);
  return (
    failure?.reason === "failed" &&
    !(failure instanceof ScannerTimeout) &&
    endpoint.breaker.state(Date.now()) === "closed"
  );
}

function together(failures: readonly ScannerFailure[]): ScannerFailure {
  const [only, another] = failures;
  if (only === undefined)
    return new ScannerFailure("absent", "no address to connect to");
  if (another === undefined) return only;
  return new ScannerFailure(
    failures.every(({ reason }) => reason === "absent") ? "absent" : "failed",
    failures.map(({ message }) => message).join(", "),
    { cause: failures.at(-1) },
  );
}
