// Combines the decisions for groups of recipients into what happens to the
// mail as a whole: the SMTP client gets one reply for all of them. The filter
// carries it out; `qsift scan` shows it.

import type { Decision, Folder } from "../decision.ts";

/** What to do where some recipients are rejected and others are not. */
export type OnPartialReject = "hold" | "queue" | "reject";

export type Combined =
  /** `decision` null: nothing was decided for anybody, which is never clean. */
  | { readonly kind: "defer"; readonly decision: Decision | null }
  | { readonly kind: "reject"; readonly decision: Decision }
  | {
      /** At least one of both. */
      readonly kind: "split";
      readonly held: readonly HeldGroup[];
      readonly queued: readonly Decision[];
    };

export interface HeldGroup {
  readonly decision: Decision;
  readonly folder: Folder;
}

/** Any defer defers all; all reject rejects; else held groups are held and the rest is queued. */
export function combine(
  decisions: readonly Decision[],
  onPartialReject: OnPartialReject,
): Combined {
  const deferred = decisions.find(({ action }) => action === "defer");
  if (deferred !== undefined) return { kind: "defer", decision: deferred };
  const rejected = decisions.filter(({ action }) => action === "reject");
  const [first] = rejected;
  if (
    first !== undefined &&
    (onPartialReject === "reject" || rejected.length === decisions.length)
  )
    return { kind: "reject", decision: first };

  const held: HeldGroup[] = [];
  const queued: Decision[] = [];
  for (const decision of decisions) {
    const folder = decision.folder ?? "policy";
    if (decision.action === "queue") queued.push(decision);
    else if (isQueuedAllTheSame(decision, folder, onPartialReject))
      queued.push({ ...decision, action: "queue", tagged: true });
    else held.push({ decision, folder });
  }
  return held.length + queued.length === 0
    ? { kind: "defer", decision: null }
    : { kind: "split", held, queued };
}

/** A refusal that can't be said: their copy is queued where the configuration says so, but never with a virus. */
function isQueuedAllTheSame(
  decision: Decision,
  folder: Folder,
  onPartialReject: OnPartialReject,
): boolean {
  return (
    decision.action === "reject" &&
    onPartialReject === "queue" &&
    folder !== "virus"
  );
}
