// The one log line that every message gets: what came, what was found, what
// was decided, how it ended. Keys are part of the public interface
// (docs/operating.md). All mail data in it is bounded and printable.

import type { Outcome } from "../decision.ts";
import type { Filtered } from "../filter.ts";
import type { LogFields } from "../log.ts";
import type { Mail, Message } from "../mail.ts";
import { allFindings, type Verdict } from "../verdict.ts";
import { printable, printableBytes } from "../printable.ts";
import { exitCodes } from "../qmail/exit-codes.ts";

const textCharacters = 500;
const listEntries = 20;

export interface OutcomeInput {
  readonly id: string;
  readonly mail: Mail | null;
  readonly filtered: Filtered | null;
  readonly outcome: Outcome;
  /** What the process exits with. */
  readonly exitCode: number;
  readonly cause: string | null;
  readonly held: readonly string[];
  readonly duplicatePossible: boolean;
  readonly size: number | null;
  /** TCPREMOTEIP, for what ended before there was a mail. */
  readonly clientIp: string | null;
  readonly ms: number;
}

export function formatOutcome(input: OutcomeInput): LogFields {
  const { mail, filtered, outcome } = input;
  const judgement = filtered?.judgement ?? null;
  return {
    event: "outcome",
    id: input.id,
    outcome: outcome.outcome,
    exit: input.exitCode,
    ...(outcome.text === null || input.exitCode !== exitCodes.custom
      ? {}
      : { text: short(outcome.text) }),
    ...(input.cause === null ? {} : { cause: short(printable(input.cause)) }),
    ...(input.duplicatePossible ? { duplicate_possible: true } : {}),
    ...(input.held.length === 0
      ? {}
      : { held: input.held.slice(0, listEntries) }),
    ...(mail === null
      ? { client: short(printable(input.clientIp ?? "local")) }
      : mailFields(mail, input.clientIp)),
    ...(input.size === null ? {} : { size: input.size }),
    ...(judgement === null
      ? {}
      : {
          message_id: messageId(judgement.message),
          decisions: judgement.decisions
            .slice(0, listEntries)
            .map((decision) => ({
              policy: decision.policy,
              rule: decision.rule,
              action: decision.action,
              tagged: decision.tagged,
              recipients: decision.recipients.length,
              score: decision.spam?.score ?? null,
            })),
          scanners: Object.fromEntries(judgement.verdicts.map(scannerField)),
          findings: allFindings(judgement.message.findings, judgement.verdicts)
            .slice(0, listEntries)
            .map((finding) => `${finding.kind} ${finding.name}`),
        }),
    ms: Math.round(input.ms),
  };
}

function mailFields(
  mail: Mail,
  clientIp: string | null,
): Record<string, unknown> {
  const { peer, envelope } = mail;
  const [first] = envelope.recipients;
  return {
    client: peer.ip ?? `local uid ${peer.uid}`,
    // What tcprules set does not count then, and somebody will wonder why.
    ...(clientIp !== null && !peer.trusted
      ? {
          environment: `ignored: uid ${peer.uid} is not in daemon.trusted_users`,
        }
      : {}),
    ...(peer.host === null ? {} : { host: short(peer.host) }),
    ...(peer.helo === null ? {} : { helo: short(printable(peer.helo)) }),
    ...(peer.relayClient ? { relay_client: true } : {}),
    ...(peer.user === null ? {} : { user: short(peer.user) }),
    sender: short(printableBytes(envelope.sender)),
    recipients: envelope.recipients.length,
    ...(first === undefined
      ? {}
      : { first_recipient: short(printableBytes(first)) }),
  };
}

function messageId(message: Message): string | null {
  const field = message.header.find(
    ({ name }) => name.toLowerCase() === "message-id",
  );
  return field === undefined
    ? null
    : short(printableBytes(Buffer.from(field.value.trim(), "latin1")));
}

function scannerField(verdict: Verdict): [string, string] {
  const { scanner, status } = verdict;
  return [
    scanner,
    status === "done" ? status : `${status} (${short(verdict.reason)})`,
  ];
}

function short(text: string): string {
  return text.length <= textCharacters
    ? text
    : `${text.slice(0, textCharacters)}...`;
}
