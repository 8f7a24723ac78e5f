// One deadline for the whole message (guarantee G5), started when fd 0 has
// reached its end. It has to be shorter than the SMTP client's patience: many
// give up after five minutes (RFC 5321 4.5.3.2.6 asks for ten).

import { exitCodes } from "../qmail/exit-codes.ts";
import { scanMs } from "../scan-time.ts";
import { Refusal } from "./refusal.ts";

const defaultSeconds = 240;
const maxSeconds = 3600;

/** QSIFT_DEADLINE_S in milliseconds. Throws Refusal 55. */
export function readDeadlineMs(env: NodeJS.ProcessEnv): number {
  const text = env["QSIFT_DEADLINE_S"];
  if (text === undefined || text === "") return defaultSeconds * 1000;
  const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds <= 0 || seconds > maxSeconds)
    throw new Refusal(
      exitCodes.configuration,
      `QSIFT_DEADLINE_S: a number of seconds up to ${maxSeconds} expected, found "${text}"`,
    );
  return seconds * 1000;
}

export class Deadline {
  readonly startedAt = Date.now();
  /** Fires at the deadline. */
  readonly signal: AbortSignal;
  /** Fires earlier: time is left to decide what a scanner's failure means, to hold and to queue. */
  readonly scanSignal: AbortSignal;
  /** What the door does meanwhile, where that is worth a word should it fire. */
  waitingFor: string | null = null;
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
    this.signal = after(ms);
    this.scanSignal = after(scanMs(ms));
  }

  /** Milliseconds until it fires. */
  get leftMs(): number {
    return Math.max(0, this.startedAt + this.#ms - Date.now());
  }

  /** Throws Refusal 52 once it has passed; for stretches that block the event loop. */
  check(): void {
    if (Date.now() - this.startedAt > this.#ms) throw this.#passed();
  }

  /** Settles as `work` does, or rejects with Refusal 52 at the deadline. */
  async race<T>(work: Promise<T>): Promise<T> {
    let stop = (): void => undefined;
    const passed = new Promise<never>((_, reject) => {
      const onAbort = (): void => {
        reject(this.#passed());
      };
      if (this.signal.aborted) onAbort();
      this.signal.addEventListener("abort", onAbort, { once: true });
      stop = () => {
        this.signal.removeEventListener("abort", onAbort);
      };
    });
    try {
      return await Promise.race([work, passed]);
    } finally {
      stop();
    }
  }

  #passed(): Refusal {
    const during =
      this.waitingFor === null ? "" : `, waiting for ${this.waitingFor}`;
    return new Refusal(
      exitCodes.timeout,
      `deadline of ${this.#ms / 1000} s reached (QSIFT_DEADLINE_S)${during}`,
    );
  }
}

// Not AbortSignal.timeout: its timer would not keep the process alive.
function after(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort();
  }, ms);
  return controller.signal;
}
