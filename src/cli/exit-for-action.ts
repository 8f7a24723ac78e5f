// What becomes of a mail as a whole when its recipients are treated
// differently, as the filter would answer it, and `scan`'s exit code for it.

import type { Action, Decision } from "../decision.ts";

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

/** `onPartialReject`: what follows when some, not all, are rejected. */
export function combineDecisions(
  decisions: readonly Decision[],
  onPartialReject: "hold" | "queue" | "reject",
): Overall {
  const first = (action: Action): Decision | undefined =>
    decisions.find((decision) => decision.action === action);
  const deferred = first("defer");
  if (deferred) return { action: "defer", decision: deferred };
  const rejected = first("reject");
  if (
    rejected &&
    (onPartialReject === "reject" ||
      decisions.every(({ action }) => action === "reject"))
  )
    return { action: "reject", decision: rejected };
  const queued = first("queue");
  if (queued) return { action: "queue", decision: queued };
  // Not for viruses, which are held whatever is asked for the others.
  if (rejected && onPartialReject === "queue" && rejected.folder !== "virus")
    return { action: "queue", decision: rejected };
  const held = first("quarantine") ?? rejected;
  // Without any decision nothing was judged: never clean.
  return held
    ? { action: "quarantine", decision: held }
    : { action: "defer", decision: null };
}
