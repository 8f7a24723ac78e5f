// What becomes of a mail as a whole when its recipients are treated
// differently, as the filter would answer it, and `scan`'s exit code for it.

import type { Action, Decision } from "../decision.ts";
import { combine, type OnPartialReject } from "../policy/combine.ts";

/** `scan` of one file ends with it. 99 is not a code of qmail's: held mail is 0 there. */
export const exitForAction: Readonly<Record<Action, number>> = {
  queue: 0,
  reject: 31,
  defer: 71,
  quarantine: 99,
};

/** The action, and the decision that brought it about. */
export interface Overall {
  readonly action: Action;
  readonly decision: Decision | null;
}

/** As the door would answer: mixed with something queued is `queue`. */
export function overall(
  decisions: readonly Decision[],
  onPartialReject: OnPartialReject,
): Overall {
  const combined = combine(decisions, onPartialReject);
  if (combined.kind !== "split")
    return { action: combined.kind, decision: combined.decision };
  const [queued] = combined.queued;
  return queued === undefined
    ? { action: "quarantine", decision: combined.held[0]?.decision ?? null }
    : { action: "queue", decision: queued };
}
