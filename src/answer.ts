// What is done about a judged mail, as far as the filter does it: groups of
// recipients are combined into one answer, what is to be held is held, and the
// edits of each delivery are written. Nothing is held before every group has
// its decision.

import { exitCodes } from "./qmail/exit-codes.ts";
import { allFindings, type Verdict } from "./verdict.ts";
import type { Judgement } from "./judge.ts";
import { claimsAuthservId } from "./mime/authserv-id.ts";
import { findOwnFields } from "./mime/edits.ts";
import { combine, type Combined } from "./policy/combine.ts";
import {
  addedFields,
  formatFields,
  replacesField,
  replacesSubject,
} from "./policy/fields.ts";
import { isOwnField } from "./policy/own-fields.ts";
import { wantsScanner } from "./policy/scanner-use.ts";
import { makeEntry } from "./quarantine/entry.ts";
import { auth, authservId } from "./scanners/auth.ts";
import type { Config } from "./config.ts";
import type { Answer, Decision, Delivery, Folder } from "./decision.ts";
import type { Filtered } from "./filter.ts";
import type { Message } from "./mail.ts";

export function failure(exitCode: number): Answer {
  return { kind: "defer", text: "temporary failure", failure: exitCode };
}

/** Of a message too large to be looked at: a refusal that says so, as qmail's databytes does. */
export function refuseSize(id: string, size: number, config: Config): Filtered {
  return {
    answer: { kind: "reject", text: `message too large (#5.3.4) ${id}` },
    judgement: null,
    cause: `message of ${size} bytes, at most ${config.limits.messageBytes} expected (limits.message_bytes)`,
  };
}

/** `clamd: time-out after 60 s`, for the log; null where none failed. */
function failedScanners(judgement: Judgement): string | null {
  const failed = judgement.verdicts.flatMap((verdict) =>
    verdict.status === "failed" ? `${verdict.scanner}: ${verdict.reason}` : [],
  );
  return failed.length === 0 ? null : failed.join("; ");
}

/** Combines the decisions; every entry that it names is durable. */
export async function answer(
  judgement: Judgement,
  config: Config,
): Promise<Filtered> {
  const { mail, decisions } = judgement;
  const combined = combine(decisions, config.onPartialReject);
  switch (combined.kind) {
    case "defer":
      return combined.decision === null
        ? { answer: failure(exitCodes.bug), judgement, cause: "no decision" }
        : {
            answer: {
              kind: "defer",
              text: smtpText(combined.decision, mail.id, "4.7.1"),
              failure: null,
            },
            judgement,
            cause: failedScanners(judgement),
          };
    case "reject":
      return {
        answer: {
          kind: "reject",
          text: smtpText(combined.decision, mail.id, "5.7.1"),
        },
        judgement,
        cause: null,
      };
    case "split":
      return split(judgement, config, combined);
  }
}

async function split(
  judgement: Judgement,
  config: Config,
  { held: groups, queued }: Extract<Combined, { kind: "split" }>,
): Promise<Filtered> {
  const held: string[] = [];
  try {
    for (const { decision, folder } of groups)
      held.push(
        await holdFor(judgement, config, decision, folder, held.length),
      );
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return { answer: failure(exitCodes.deferred), judgement, cause };
  }
  const deliveries = queued.map((decision) =>
    deliveryFor(decision, judgement, config),
  );
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
 * Holds the mail for the recipients of one decision; durable when it returns.
 * `n` counts the entries made of this mail. Throws if it can't.
 */
async function holdFor(
  judgement: Judgement,
  config: Config,
  decision: Decision,
  folder: Folder,
  n: number,
): Promise<string> {
  // Loaded when something is held: a process for every message pays for each module.
  const { hold } = await import("./quarantine/hold.ts");
  return hold(
    config.quarantine.path,
    makeEntry({
      mail: judgement.mail,
      decision,
      folder,
      n,
      findings: allFindings(judgement.message.findings, judgement.verdicts),
      verdicts: judgement.verdicts,
      subject: subjectOf(judgement.message),
    }),
  );
}

/**
 * Holds the recipients of a delivery that failed after another was queued.
 * Returns the entry's ID; throws if they can't be held.
 */
export async function holdUndelivered(
  judgement: Judgement | null,
  config: Config,
  delivery: Pick<Delivery, "recipients">,
  cause: string,
  n: number,
): Promise<string> {
  const decision = judgement?.decisions.find(({ recipients }) =>
    delivery.recipients.every((index) => recipients.includes(index)),
  );
  if (judgement === null || decision === undefined)
    throw new Error("nothing is known of this delivery");
  return holdFor(
    judgement,
    config,
    { ...decision, text: cause, recipients: delivery.recipients },
    "undelivered",
    n,
  );
}

function deliveryFor(
  decision: Decision,
  judgement: Judgement,
  config: Config,
): Delivery {
  const { mail, message, verdicts } = judgement;
  const added = addedFields(usedVerdicts(decision, judgement, config));
  const ownId = ownAuthservId(config);
  return {
    recipients: decision.recipients,
    edits: {
      top: formatFields({
        id: mail.id,
        decision,
        verdicts,
        findings: decision.tags,
        subject: subjectOf(message),
        added,
      }),
      renamed: findOwnFields(
        mail.bytes,
        (name, value) =>
          isOwnField(name) ||
          (replacesSubject(decision) && name.toLowerCase() === "subject") ||
          replacesField(added, name) ||
          (ownId !== null &&
            name.toLowerCase() === "authentication-results" &&
            claimsAuthservId(value(), ownId)),
      ),
    },
  };
}

/** Those that count for the recipients of the decision. */
function usedVerdicts(
  { policy: name }: Decision,
  { mail, verdicts }: Judgement,
  { policies, scanners }: Config,
): Verdict[] {
  const policy = policies.find((one) => one.name === name);
  return verdicts.filter(({ scanner }) =>
    policy === undefined
      ? false
      : wantsScanner(policy, mail.peer, {
          name: scanner,
          judges: scanners[scanner]?.judges ?? "neither",
        }),
  );
}

/** Under which we write Authentication-Results; null where we write none. */
function ownAuthservId({ scanners }: Config): string | null {
  const settings = scanners[auth.name];
  return settings === undefined || settings.enabled === false
    ? null
    : authservId(settings);
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
