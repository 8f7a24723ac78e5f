// What the door needs of a judged mail, whoever judged it: the daemon
// (ask.ts) or this process (standalone.ts).

import type { Answer, Delivery, Outcome } from "../decision.ts";

export interface Judged {
  readonly answer: Answer;
  /** For the outcome line (outcome-fields.ts). */
  readonly fields: Readonly<Record<string, unknown>>;
  /** For the outcome line: what went wrong; null where nothing did. */
  readonly cause: string | null;
  /** Holds a delivery's recipients durably as the `n`th entry of this mail; returns its ID. */
  hold(delivery: Delivery, cause: string, n: number): Promise<string>;
  /** Tells the daemon how it ended. */
  ended(outcome: Outcome["outcome"], exitCode: number): void;
}
