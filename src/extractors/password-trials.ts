// The passwords that extractors may try, handed out one by one while the
// message's time for that lasts. Made by expand.ts, one for a message.
//
// Extractors have no clock, so it is here: the time from one password's being
// handed out to the next one's being asked for is the time that it cost. When
// `passwordMs` is used up no more are handed out, and what was not opened by
// then stays closed, with its `encrypted` finding. One trial is not
// interrupted: key derivations are capped where they are made.

import type { Limits } from "../limits.ts";
import type { Password } from "./extractor.ts";
import { namedPasswords } from "./passwords.ts";

export class PasswordTrials implements Iterable<Password> {
  readonly #limits: Limits;
  readonly #known: readonly string[];
  readonly #texts: () => readonly string[];
  readonly #now: () => number;
  #candidates: Password[] | null = null;
  #spentMs = 0;

  /** `known`: of the configuration, tried first. `texts` is asked once, when something encrypted is there. */
  constructor(
    limits: Limits,
    known: readonly string[],
    texts: () => readonly string[],
    now: () => number = () => performance.now(),
  ) {
    this.#limits = limits;
    this.#known = known;
    this.#texts = texts;
    this.#now = now;
  }

  /** From the first on each time. Whoever stops early had found the right one, which then comes first. */
  *[Symbol.iterator](): Generator<Password, void> {
    const candidates = (this.#candidates ??= this.#collect());
    for (const password of [...candidates]) {
      if (this.#spentMs >= this.#limits.passwordMs) return;
      const start = this.#now();
      let isWrong = false;
      try {
        yield password;
        isWrong = true;
      } finally {
        this.#spentMs += this.#now() - start;
        if (!isWrong) {
          candidates.splice(candidates.indexOf(password), 1);
          candidates.unshift(password);
        }
      }
    }
  }

  #collect(): Password[] {
    const most = this.#limits.passwordCandidates;
    const known = [...new Set(this.#known)];
    const named = namedPasswords(this.#texts(), most).filter(
      (text) => !known.includes(text),
    );
    return [
      ...known.map((text) => ({ text, isNamed: false })),
      ...named.map((text) => ({ text, isNamed: true })),
    ].slice(0, most);
  }
}
