// A circuit breaker for one address: after so many failures in a row it is
// left alone for a while, then one request probes it. Kept by endpoints.ts.
//
// Without it, every message of a host whose clamd hangs waits for the whole
// time-out, and with a few hundred of them qmail has no process left.

export type BreakerState = "closed" | "open" | "probing";

export class Breaker {
  readonly #failuresAllowed: number;
  readonly #openMs: number;
  #failures = 0;
  #openUntil = 0;
  #isProbed = false;

  constructor(failuresAllowed: number, openMs: number) {
    this.#failuresAllowed = failuresAllowed;
    this.#openMs = openMs;
  }

  get failures(): number {
    return this.#failures;
  }

  state(now: number): BreakerState {
    if (this.#failures < this.#failuresAllowed) return "closed";
    return now < this.#openUntil && !this.#isProbed ? "open" : "probing";
  }

  /** Milliseconds until the next probe. */
  waitMs(now: number): number {
    return Math.max(0, this.#openUntil - now);
  }

  /** True: ask, and say afterwards how it went. While it is probed nobody else may. */
  tryEnter(now: number): boolean {
    if (this.#failures < this.#failuresAllowed) return true;
    if (this.#isProbed || now < this.#openUntil) return false;
    this.#isProbed = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#isProbed = false;
  }

  failed(now: number): void {
    this.#failures += 1;
    this.#isProbed = false;
    if (this.#failures >= this.#failuresAllowed)
      this.#openUntil = now + this.#openMs;
  }

  /** It was given up for a reason that says nothing of the address. */
  left(): void {
    this.#isProbed = false;
  }
}
