// From a Mail to an Answer: expand, scan, decide (judge), then hold what is to
// be held and write the edits (filterMail). The TypeScript door calls
// filterMail in its own process; `qsift scan` calls judge alone.
//
// Whatever is thrown in here becomes a temporary failure in one place, at the
// end of filterMail. Nothing is queued or held before every group of
// recipients has its decision.

import { exitCodes } from "./qmail/exit-codes.ts";
import { expand } from "./extractors/expand.ts";
import { findOwnFields } from "./mime/edits.ts";
import { choosePolicies } from "./policy/choose.ts";
import { decide } from "./policy/decide.ts";
import { formatFields, replacesSubject } from "./policy/fields.ts";
import { isOwnField } from "./policy/own-fields.ts";
import { UnknownPolicy } from "./policy/unknown-policy.ts";
import { skipReason } from "./policy/scanner-use.ts";
import { makeEntry } from "./quarantine/entry.ts";
import { hold } from "./quarantine/hold.ts";
import { scanners } from "./scanners/index.ts";
import { runScanners } from "./scanners/run.ts";
import { printable } from "./printable.ts";
import type { Config } from "./config.ts";
import type { Answer, Decision, Delivery, Folder } from "./decision.ts";
import type { Log } from "./log.ts";
import type { Mail, Message } from "./mail.ts";
import type { Policy } from "./policy/policy.ts";
import type { Finding, Verdict } from "./verdict.ts";

/** All that was found out about a mail, before anything is done about it. */
export interface Judgement {
  readonly mail: Mail;
  readonly message: Message;
  readonly verdicts: readonly Verdict[];
  /** One for each group of recipients that is treated alike; together all recipients. */
  readonly decisions: readonly Decision[];
  readonly ms: number;
}

/**
 * Expands, scans and decides. `signal` ends the scanners, whose verdicts are
 * then `failed`. Throws UnknownPolicy if QSIFT_POLICY names none.
 */
export async function judge(
  mail: Mail,
  config: Config,
  signal: AbortSignal,
): Promise<Judgement> {
  const start = performance.now();
  const policies = choosePolicies(mail, config.policies).map(
    (chosen) => chosen.policy,
  );
  const message = await expand(mail.bytes, config.limits);
  const verdicts = await scan(mail, message, policies, config, signal);
  const decisions = decide(mail, message, verdicts, config);
  return {
    mail,
    message,
    verdicts,
    decisions,
    ms: performance.now() - start,
  };
}

/** Asks every scanner that is switched on and that some recipient's policy wants. */
async function scan(
  mail: Mail,
  message: Message,
  policies: readonly Policy[],
  config: Config,
  signal: AbortSignal,
): Promise<Verdict[]> {
  const selected = [];
  const skipped: Verdict[] = [];
  for (const scanner of scanners) {
    const settings = config.scanners[scanner.name] ?? scanner.defaults;
    if (settings.enabled === false) continue;
    const reason = skipReason(
      policies,
      mail.peer,
      scanner.name,
      config.spam.judges,
    );
    if (reason === null)
      selected.push({ scanner: scanner.open(settings), settings });
    else
      skipped.push({
        status: "skipped",
        scanner: scanner.name,
        reason,
        ms: 0,
      });
  }
  const verdicts = await runScanners(
    { mail, message },
    selected,
    signal,
    config.limits,
  );
  return [...verdicts, ...skipped];
}

/** The findings that decide: the extractors' and those of scanners that are done. */
export function allFindings(
  judgement: Pick<Judgement, "message" | "verdicts">,
): Finding[] {
  return [
    ...judgement.message.findings,
    ...judgement.verdicts.flatMap((verdict) =>
      verdict.status === "done" ? verdict.findings : [],
    ),
  ];
}

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

function failure(exitCode: number): Answer {
  return { kind: "defer", text: "temporary failure", failure: exitCode };
}

/** What happens to one group once all groups are known. */
interface Step {
  readonly decision: Decision;
  readonly folder: Folder | null;
}

async function answer(judgement: Judgement, config: Config): Promise<Filtered> {
  const { mail, decisions } = judgement;
  const deferred = decisions.find(({ action }) => action === "defer");
  if (deferred !== undefined)
    return {
      answer: {
        kind: "defer",
        text: smtpText(deferred, mail.id, "4.7.1"),
        failure: null,
      },
      judgement,
      cause: null,
    };
  const rejected = decisions.filter(({ action }) => action === "reject");
  const [firstRejected] = rejected;
  if (
    firstRejected !== undefined &&
    (rejected.length === decisions.length ||
      config.onPartialReject === "reject")
  )
    return {
      answer: {
        kind: "reject",
        text: smtpText(firstRejected, mail.id, "5.7.1"),
      },
      judgement,
      cause: null,
    };
  const steps = decisions.map((decision) => stepFor(decision, config));
  let held: string[];
  try {
    held = await holdAll(judgement, steps, config);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return { answer: failure(exitCodes.deferred), judgement, cause };
  }
  const deliveries = steps
    .filter((step) => step.folder === null)
    .map((step) => deliveryFor(step.decision, judgement));
  return {
    answer:
      deliveries.length === 0
        ? { kind: "accept", held }
        : { kind: "queue", deliveries, held },
    judgement,
    cause: null,
  };
}

/**
 * A refusal for some recipients only can't be said to the client, who gets one
 * reply for all of them: their copy is held, or queued all the same where the
 * configuration says so and no virus is the reason.
 */
function stepFor(decision: Decision, config: Config): Step {
  if (decision.action === "quarantine")
    return { decision, folder: decision.folder ?? "policy" };
  if (decision.action !== "reject") return { decision, folder: null };
  const folder = decision.folder ?? "policy";
  const queued = config.onPartialReject === "queue" && folder !== "virus";
  return queued
    ? { decision: { ...decision, action: "queue", tagged: true }, folder: null }
    : { decision, folder };
}

async function holdAll(
  judgement: Judgement,
  steps: readonly Step[],
  config: Config,
): Promise<string[]> {
  const held: string[] = [];
  for (const { decision, folder } of steps)
    if (folder !== null)
      held.push(
        await holdFor(judgement, config, decision, folder, held.length),
      );
  return held;
}

/**
 * Holds the mail for the recipients of one decision; durable when it returns.
 * `n` counts the entries made of this mail. Throws if it can't.
 */
export async function holdFor(
  judgement: Judgement,
  config: Config,
  decision: Decision,
  folder: Folder,
  n: number,
): Promise<string> {
  return hold(
    config.quarantine.path,
    makeEntry({
      mail: judgement.mail,
      decision,
      folder,
      n,
      findings: allFindings(judgement),
      verdicts: judgement.verdicts,
      subject: subjectOf(judgement.message),
    }),
  );
}

function deliveryFor(decision: Decision, judgement: Judgement): Delivery {
  const { mail, message, verdicts } = judgement;
  return {
    recipients: decision.recipients,
    edits: {
      top: formatFields({
        id: mail.id,
        decision,
        verdicts,
        findings: decision.tags,
        subject: subjectOf(message),
      }),
      renamed: findOwnFields(
        mail.bytes,
        (name) =>
          isOwnField(name) ||
          (replacesSubject(decision) && name.toLowerCase() === "subject"),
      ),
    },
  };
}

/** Value of the first Subject field, as received. */
function subjectOf(message: Message): string | null {
  return (
    message.header.find((field) => field.name.toLowerCase() === "subject")
      ?.value ?? null
  );
}

/** `text (#5.7.1) id`: what the SMTP client is told, and the postmaster asked about. */
function smtpText(decision: Decision, id: string, status: string): string {
  return `${decision.text ?? "message refused"} (#${status}) ${id}`;
}
