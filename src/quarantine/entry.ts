// A quarantine entry: what is held, and everything that release and review
// have to know about it. The form on disk is described in docs/quarantine.md:
// our fields on top, written by format-head.ts and read by parse-head.ts, then
// the received bytes, unchanged. The filter makes entries, store.ts keeps them.

import type { Decision, Folder, SpamScore } from "../decision.ts";
import type { Envelope, Mail, Peer } from "../mail.ts";
import type { Finding, Verdict } from "../verdict.ts";

/** How a scanner fared, without its findings: those stand in a list of their own. */
export interface ScannerStatus {
  readonly scanner: string;
  readonly status: Verdict["status"];
  readonly reason: string | null;
  readonly version: string | null;
  readonly score: number | null;
  readonly ms: number;
}

/** All of an entry but the message's bytes. */
export interface EntryHead {
  /** The mail's ID, or with `.2`, `.3` where one mail is held more than once. */
  readonly id: string;
  readonly folder: Folder;
  /** Milliseconds since the epoch: when the message had arrived. */
  readonly receivedAt: number;
  /** The original sender, and the recipients that this entry is held for. */
  readonly envelope: Envelope;
  readonly peer: Peer;
  readonly policy: string;
  readonly rule: string;
  readonly text: string | null;
  readonly spam: SpamScore | null;
  readonly findings: readonly Finding[];
  readonly scanners: readonly ScannerStatus[];
  /** Value of the first Subject field as received, one character a byte; null where there is none. */
  readonly subject: string | null;
  /** Bytes of the message as received. */
  readonly size: number;
  /** Lower-case hex, of those bytes. */
  readonly sha256: string;
}

/** What `hold` is given; it measures the bytes itself. */
export interface Entry extends Omit<EntryHead, "size" | "sha256"> {
  readonly bytes: Uint8Array;
}

/** The ID of the `n`th entry (from 0) that is made of one mail. */
export function entryId(mailId: string, n: number): string {
  return n === 0 ? mailId : `${mailId}.${n + 1}`;
}

/** True for what may be an ID: the last guard before it becomes part of a path. */
export function isEntryId(text: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{0,99}$/.test(text);
}

/** An entry for the recipients of one decision. `n` counts the entries of this mail. */
export function makeEntry(held: {
  readonly mail: Mail;
  readonly decision: Decision;
  /** Overrides the decision's folder: `undelivered`, or a partial refusal that is held. */
  readonly folder: Folder;
  readonly n: number;
  /** What extraction and scanners found. */
  readonly findings: readonly Finding[];
  readonly verdicts: readonly Verdict[];
  readonly subject: string | null;
}): Entry {
  const { mail, decision } = held;
  return {
    id: entryId(mail.id, held.n),
    folder: held.folder,
    receivedAt: mail.receivedAt,
    envelope: {
      sender: mail.envelope.sender,
      recipients: decision.recipients.flatMap(
        (index) => mail.envelope.recipients[index] ?? [],
      ),
    },
    peer: mail.peer,
    policy: decision.policy,
    rule: decision.rule,
    text: decision.text,
    spam: decision.spam,
    findings: held.findings,
    scanners: held.verdicts.map(statusOf),
    subject: held.subject,
    bytes: mail.bytes,
  };
}

function statusOf(verdict: Verdict): ScannerStatus {
  return {
    scanner: verdict.scanner,
    status: verdict.status,
    reason: verdict.status === "done" ? null : verdict.reason,
    version: verdict.status === "done" ? verdict.version : null,
    score: verdict.status === "done" ? verdict.score : null,
    ms: verdict.ms,
  };
}
