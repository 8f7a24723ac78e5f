// From a Mail to an Answer: judges it, holds what is to be held, writes the
// edits. The TypeScript door calls it in its own process.
//
// Whatever is thrown below becomes a temporary failure in one place, here.

import { answer, failure } from "./answer.ts";
import { judge, type Judgement } from "./judge.ts";
import { UnknownPolicy } from "./policy/unknown-policy.ts";
import { printable } from "./printable.ts";
import { exitCodes } from "./qmail/exit-codes.ts";
import type { Config } from "./config.ts";
import type { Answer } from "./decision.ts";
import type { Log } from "./log.ts";
import type { Mail } from "./mail.ts";

export interface Filtered {
  readonly answer: Answer;
  /** Null where it failed before there was one. */
  readonly judgement: Judgement | null;
  /** For the log: what went wrong. */
  readonly cause: string | null;
}

/** Judges the mail and does all of the answer but the queueing. Never throws. */
export async function filterMail(
  mail: Mail,
  config: Config,
  signal: AbortSignal,
  log: Log,
): Promise<Filtered> {
  let judgement: Judgement | null = null;
  try {
    judgement = await judge(mail, config, signal);
    for (const verdict of judgement.verdicts)
      if (verdict.status === "failed")
        log.warn({
          event: "scanner_failed",
          id: mail.id,
          scanner: verdict.scanner,
          reason: verdict.reason,
          ms: Math.round(verdict.ms),
        });
    return await answer(judgement, config);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const isConfiguration = error instanceof UnknownPolicy;
    log.error({
      event: isConfiguration ? "configuration_error" : "bug",
      id: mail.id,
      cause: printable(cause),
      ...(error instanceof Error && !isConfiguration
        ? { stack: printable(error.stack ?? "") }
        : {}),
    });
    return {
      answer: failure(
        isConfiguration ? exitCodes.configuration : exitCodes.bug,
      ),
      judgement,
      cause,
    };
  }
}
