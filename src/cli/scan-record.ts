// One scanned file as `qsift scan --json` prints it: the public form, with
// everything from mail made printable. The text form is made from it too.

import type { Config } from "../config.ts";
import type { Action, Decision } from "../decision.ts";
import type { Judgement } from "../judge.ts";
import type { Part } from "../mail.ts";
import { printable, printableBytes, printableText } from "../printable.ts";
import {
  allFindings,
  type Finding,
  type FindingKind,
  type Verdict,
} from "../verdict.ts";
import { overall } from "./exit-for-action.ts";

export interface ScanRecord {
  readonly file: string;
  readonly id: string;
  readonly action: Action;
  readonly tagged: boolean;
  readonly policy: string | null;
  readonly rule: string | null;
  readonly score: number | null;
  readonly text: string | null;
  readonly recipients: readonly RecipientRecord[];
  readonly findings: readonly FindingRecord[];
  readonly verdicts: readonly VerdictRecord[];
  readonly parts: readonly PartRecord[];
  readonly ms: number;
}

interface RecipientRecord {
  readonly recipient: string;
  readonly action: Action;
  readonly tagged: boolean;
  readonly policy: string;
  readonly rule: string;
}

export interface FindingRecord {
  readonly source: string;
  readonly kind: FindingKind;
  readonly name: string;
  readonly part: number | null;
  readonly score: number | null;
}

interface VerdictRecord {
  readonly scanner: string;
  readonly status: Verdict["status"];
  readonly reason: string | null;
  readonly version: string | null;
  readonly ms: number;
}

export interface PartRecord {
  readonly id: number;
  readonly parent: number | null;
  readonly place: string;
  readonly filename: string | null;
  readonly declaredType: string | null;
  readonly detectedType: string;
  readonly size: number;
  readonly sha256: string;
}

export function makeScanRecord(
  file: string,
  judgement: Judgement,
  config: Config,
): ScanRecord {
  const { mail, message, verdicts, decisions } = judgement;
  const { action, decision } = overall(decisions, config.onPartialReject);
  return {
    file,
    id: mail.id,
    action,
    tagged: decision?.tagged ?? false,
    policy: safe(decision?.policy ?? null),
    rule: safe(decision?.rule ?? null),
    score: decision?.spam?.score ?? null,
    text: safe(decision?.text ?? null),
    recipients: recipientRecords(mail.envelope.recipients, decisions),
    findings: allFindings(message.findings, verdicts).map(findingRecord),
    verdicts: verdicts.map(verdictRecord),
    parts: message.parts.map(partRecord),
    ms: tenths(judgement.ms),
  };
}

/** In the envelope's order. */
function recipientRecords(
  recipients: readonly Uint8Array[],
  decisions: readonly Decision[],
): RecipientRecord[] {
  const deciding = new Map<number, Decision>();
  for (const decision of decisions)
    for (const index of decision.recipients) deciding.set(index, decision);
  return recipients.flatMap((recipient, index) => {
    const decision = deciding.get(index);
    if (decision === undefined) return [];
    return {
      recipient: printableBytes(recipient),
      action: decision.action,
      tagged: decision.tagged,
      policy: printable(decision.policy),
      rule: printable(decision.rule),
    };
  });
}

export function partRecord(part: Part): PartRecord {
  return {
    id: part.id,
    parent: part.parent,
    place: printable(part.place),
    filename: safe(part.filename),
    declaredType: safe(part.declaredType),
    detectedType: printable(part.detectedType),
    size: part.size,
    sha256: part.sha256,
  };
}

export function findingRecord(finding: Finding): FindingRecord {
  return {
    source: printable(finding.source),
    kind: finding.kind,
    name: printable(finding.name),
    part: finding.part,
    score: finding.score,
  };
}

function verdictRecord(verdict: Verdict): VerdictRecord {
  return {
    scanner: printable(verdict.scanner),
    status: verdict.status,
    reason: verdict.status === "done" ? null : printableText(verdict.reason),
    version: verdict.status === "done" ? safe(verdict.version) : null,
    ms: tenths(verdict.ms),
  };
}

function safe(text: string | null): string | null {
  return text === null ? null : printable(text);
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
