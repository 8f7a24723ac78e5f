// Which scanners a policy has asked for a peer's mail. Called by the filter
// before it starts them, and by decide.ts, which counts only what a
// recipient's own policy uses.
//
// As qmail-scanner did it: mail of relay clients is not judged as spam unless
// QS_SPAMASSASSIN=on, and QS_SPAMASSASSIN=off switches the judging off. A
// scanner that judges spam is then not asked at all.

import type { Peer } from "../mail.ts";
import type { Policy } from "./policy.ts";

export function judgesSpam(peer: Peer): boolean {
  return peer.judgeSpam ?? !peer.relayClient;
}

/** Of a scanner, what matters here. */
export interface UsedScanner {
  readonly name: string;
  readonly judges: "virus" | "spam" | "both" | "neither";
}

export function wantsScanner(
  policy: Policy,
  peer: Peer,
  { name, judges }: UsedScanner,
): boolean {
  if (policy.scanners !== null && !policy.scanners.includes(name)) return false;
  return judgesSpam(peer) || judges !== "spam";
}

/** Why none of the policies wants a scanner, for its `skipped` verdict; null where one does. */
export function skipReason(
  policies: readonly Policy[],
  peer: Peer,
  scanner: UsedScanner,
): string | null {
  if (policies.some((policy) => wantsScanner(policy, peer, scanner)))
    return null;
  if (!judgesSpam(peer) && scanner.judges === "spam")
    return peer.judgeSpam === false ? "QS_SPAMASSASSIN=off" : "relay client";
  return "not in policy";
}
