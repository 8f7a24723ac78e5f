// From a Mail to an Answer: judges it, holds what is to be held, writes the
// edits. The TypeScript door calls it in its own process.
//
// Whatever is thrown below becomes a temporary failure in one place, here.

import { answer, failure } from "./answer.ts";
import { SandboxUnavailable } from "./extractors/sandbox/unavailable.ts";
import { judge, type Judgement } from "./judge.ts";
import { isOutOfMemory } from "./out-of-memory.ts";
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
    judgement = await judge(
      mail,
      config,
      signal,
      (cause) => {
        log.warn({
          event: "sandbox_failed",
          id: mail.id,
          reason: printable(cause.message),
        });
      },
      ({ format, place, stack }) => {
        log.error({
          event: "extractor_failed",
          id: mail.id,
          format,
          place: printable(place),
          stack: printable(stack),
        });
      },
    );
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
    const exitCode = exitCodeFor(error);
    if (exitCode === exitCodes.bug)
      log.error({
        event: "bug",
        id: mail.id,
        stack: printable(
          error instanceof Error ? (error.stack ?? "") : String(error),
        ),
      });
    return {
      answer: failure(exitCode),
      judgement,
      cause: error instanceof Error ? error.message : String(error),
    };
  }
}

/** All temporary. */
function exitCodeFor(error: unknown): number {
  if (error instanceof UnknownPolicy) return exitCodes.configuration;
  if (error instanceof SandboxUnavailable) return exitCodes.deferred;
  if (isOutOfMemory(error)) return exitCodes.outOfMemory;
  return exitCodes.bug;
}
