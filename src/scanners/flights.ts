// Work that several wait for is done once. Kept by ready-scanner.ts, one for
// each scanner: a message that a client sends again and again while clamd hangs
// must not start a scan each time.
//
// The work ends when all who wait for it have left; one who leaves does not
// end it for the others.

import { asError } from "./as-error.ts";

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();
  #joined = 0;

  /** How often somebody joined work that was under way. */
  get joined(): number {
    return this.#joined;
  }

  /** Work of the same key that is under way, or `work`. Rejects as the work does, or with the signal's reason. */
  async run(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    let flight = this.#flights.get(key);
    if (flight === undefined) flight = this.#start(key, work);
    else this.#joined += 1;
    return waitFor(flight, signal);
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = {
      result: work(controller.signal).finally(land),
      controller,
      waiting: 0,
    };
    const flights = this.#flights;
    flights.set(key, flight);
    // Whoever comes after the last one has left must not get an aborted result.
    controller.signal.addEventListener("abort", land, { once: true });
    function land(): void {
      if (flights.get(key) === flight) flights.delete(key);
    }
    return flight;
  }
}

async function waitFor<T>(flight: Flight<T>, signal: AbortSignal): Promise<T> {
  flight.waiting += 1;
  let leave = (): void => undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => {
      reject(asError(signal.reason));
    };
  });
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([flight.result, left]);
  } finally {
    signal.removeEventListener("abort", leave);
    flight.waiting -= 1;
    if (flight.waiting === 0) {
      // Nobody may be there when it fails of being ended.
      flight.result.catch(() => undefined);
      flight.controller.abort(signal.reason);
    }
  }
}
