// The spam score of a message as one policy sees it. Called by decide.ts.
//
// One judge gives the score: the first of `[spam] judges` that the policy uses
// and that is done. Scores of different judges are never added: they would
// count the same evidence twice. The built-in scanner, which knows only the
// GTUBE test string, is asked last.

import type { SpamScore } from "../decision.ts";
import type { Finding, Verdict } from "../verdict.ts";
import type { SpamBands } from "./policy.ts";

/** Gives a score only where it found something. */
const lastJudge = "builtin";

/** Null where no judge has given a score. `used`: verdicts of the policy's scanners. */
export function scoreSpam(
  used: readonly Verdict[],
  judges: readonly string[],
  bands: SpamBands,
): SpamScore | null {
  for (const judge of [...judges, lastJudge]) {
    const verdict = used.find(({ scanner }) => scanner === judge);
    if (verdict?.status !== "done") continue;
    const { score, findings } = verdict;
    if (score === null || !Number.isFinite(score)) continue;
    const lowest = Math.min(
      bands.tag ?? Infinity,
      bands.quarantine ?? Infinity,
      bands.reject ?? Infinity,
    );
    return {
      score,
      required: bands.tag,
      isSpam: score >= lowest,
      tests: findings
        .filter(({ kind }) => kind === "spam")
        .map(({ name }) => name),
    };
  }
  return null;
}

/** The finding is part of a judge's score, and acts through the score alone. */
export function isScored(finding: Finding, judges: readonly string[]): boolean {
  return (
    finding.kind === "spam" &&
    (finding.source === lastJudge || judges.includes(finding.source))
  );
}
