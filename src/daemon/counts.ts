// What the daemon has done since it started, for whoever asks its control
// socket.

import type { Outcome } from "../decision.ts";

export class Counts {
  readonly startedAt = Date.now();
  /** Let in and judged. */
  messages = 0;
  /** Turned away because too many waited. */
  busy = 0;
  /** Conversations that ended in an error. */
  broken = 0;
  /** As the doors told. */
  readonly outcomes: Record<Outcome["outcome"], number> = {
    queued: 0,
    rejected: 0,
    deferred: 0,
    quarantined: 0,
  };

  /** `text`: `queued 0`. */
  countOutcome(text: string): void {
    const [outcome] = text.split(" ");
    if (isOutcome(outcome)) this.outcomes[outcome] += 1;
  }
}

function isOutcome(word: string | undefined): word is Outcome["outcome"] {
  return ["queued", "rejected", "deferred", "quarantined"].includes(word ?? "");
}
