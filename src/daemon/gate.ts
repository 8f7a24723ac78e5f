// Lets mail in: so many messages and bytes at a time, the rest waits in the
// order in which it came, and past a number of waiting ones is turned away at
// once. A sender whose message was not let in keeps it, so that slow or many
// doors hold no memory of the daemon.

export interface GateLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly maxWaiting: number;
}

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

export class Gate {
  readonly #limits: GateLimits;
  #messages = 0;
  #bytes = 0;
  readonly #waiting: Waiting[] = [];

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  get state() {
    return {
      atWork: this.#messages,
      bytesAtWork: this.#bytes,
      waiting: this.#waiting.length,
    };
  }

  /**
   * Resolves when there is room, to a function that gives it back; to null
   * where too many wait. Rejects with the signal's reason.
   */
  async enter(
    bytes: number,
    signal: AbortSignal,
  ): Promise<(() => void) | null> {
    signal.throwIfAborted();
    if (this.#waiting.length > 0 || !this.#hasRoom(bytes)) {
      if (this.#waiting.length >= this.#limits.maxWaiting) return null;
      await this.#wait(bytes, signal);
    } else this.#take(bytes);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#messages -= 1;
      this.#bytes -= bytes;
      this.#admit();
    };
  }

  #wait(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        bytes,
        enter: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        // Whoever stood behind may be smaller.
        this.#admit();
        reject(
          signal.reason instanceof Error ? signal.reason : new Error("left"),
        );
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #admit(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || !this.#hasRoom(next.bytes)) return;
      this.#waiting.shift();
      this.#take(next.bytes);
      next.enter();
    }
  }

  #take(bytes: number): void {
    this.#messages += 1;
    this.#bytes += bytes;
  }

  /** One message alone always has room, however large. */
  #hasRoom(bytes: number): boolean {
    return (
      this.#messages === 0 ||
      (this.#messages < this.#limits.maxMessages &&
        this.#bytes + bytes <= this.#limits.maxBytes)
    );
  }
}
