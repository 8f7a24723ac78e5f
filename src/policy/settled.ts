// Whether anything that scanners may still say can change what is done. Asked
// by judge.ts after each verdict, so that a message with a virus is refused
// at once and spamd is not kept busy with it.
//
// Careful on purpose: only where every recipient is refused, by a finding and
// not by a score (another judge of spam may come before the one that is done),
// and no rule that looks at findings could still let the message through.

import type { Decision } from "../decision.ts";
import type { Policy } from "./policy.ts";
import type { Rule } from "./rule.ts";

/** `decisions`: made of the verdicts that are there; `policies`: those of the recipients. */
export function isSettled(
  decisions: readonly Decision[],
  policies: readonly Policy[],
  rules: readonly Rule[],
): boolean {
  return (
    policies.every(({ stopEarly }) => stopEarly) &&
    decisions.length > 0 &&
    decisions.every(
      ({ action, rule }) =>
        action === "reject" && !/\/(?:spam|scanner)\./.test(rule),
    ) &&
    !rules.some(
      ({ match, action }) => match.finding !== undefined && action !== "reject",
    )
  );
}
