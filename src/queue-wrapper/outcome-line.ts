// The one log line that every message gets: how it ended, what it was, what was
// found and decided. Keys are part of the public interface
// (docs/operating.md).

import { listEntries, short } from "../log-text.ts";
import type { Outcome } from "../decision.ts";
import { envelopeFields } from "../envelope-fields.ts";
import type { LogFields } from "../log.ts";
import type { Envelope } from "../mail.ts";
import { printable, printableText } from "../printable.ts";
import { exitCodes } from "../qmail/exit-codes.ts";

export interface OutcomeInput {
  readonly id: string;
  /** Of outcome-fields.ts; null where nobody judged it. */
  readonly fields: Readonly<Record<string, unknown>> | null;
  /** Null where it ended before there was one. */
  readonly envelope: Envelope | null;
  /** Why no daemon was asked, where one should be there. */
  readonly noDaemon: string | null;
  readonly outcome: Outcome;
  /** What the process exits with. */
  readonly exitCode: number;
  readonly cause: string | null;
  readonly held: readonly string[];
  readonly duplicatePossible: boolean;
  readonly size: number | null;
  /** TCPREMOTEIP, for what nobody judged. */
  readonly clientIp: string | null;
  readonly ms: number;
}

export function formatOutcome(input: OutcomeInput): LogFields {
  const { outcome } = input;
  return {
    event: "outcome",
    id: input.id,
    outcome: outcome.outcome,
    exit: input.exitCode,
    ...(outcome.text === null || input.exitCode !== exitCodes.custom
      ? {}
      : { text: short(outcome.text) }),
    ...(input.cause === null
      ? {}
      : { cause: short(printableText(input.cause)) }),
    ...(input.duplicatePossible ? { duplicate_possible: true } : {}),
    ...(input.held.length === 0
      ? {}
      : { held: input.held.slice(0, listEntries) }),
    ...(input.fields ?? {
      client: short(printable(input.clientIp ?? "local")),
      ...(input.envelope === null ? {} : envelopeFields(input.envelope)),
    }),
    ...(input.noDaemon === null
      ? {}
      : { no_daemon: short(printable(input.noDaemon)) }),
    ...(input.size === null ? {} : { size: input.size }),
    ms: Math.round(input.ms),
  };
}
