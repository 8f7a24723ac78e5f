// What is done about a message: Decisions by the policy, one for each group of
// recipients; the Answer that the filter makes of them; the Outcome that the
// wrapper settles it into.

import type { Finding } from "./verdict.ts";

/** What can be done for a recipient. `tag` is `queue` with fields that say why. */
export type Action = "queue" | "reject" | "defer" | "quarantine";

/** Quarantine folders: one a kind, and one for deliveries that failed half-way. */
export const folders = [
  "virus",
  "spam",
  "bulk",
  "policy",
  "macro",
  "encrypted",
  "malformed",
  "unsupported",
  "limit",
  "undelivered",
] as const;
export type Folder = (typeof folders)[number];

/** The policy's word for recipients that are treated alike. */
export interface Decision {
  /** Indexes into `Envelope.recipients`, ascending. */
  readonly recipients: readonly number[];
  readonly action: Action;
  /** Fields about spam or findings are added, the Subject perhaps changed. */
  readonly tagged: boolean;
  /** Name of the policy that decided. */
  readonly policy: string;
  /** What decided: `policy/rulename`, `policy/on.virus`, `policy/spam.reject`, `policy/scanner.spamd.failed`, `policy/none`. */
  readonly rule: string;
  /** Where it is held; for a refusal, where it would be; null unless one of these. */
  readonly folder: Folder | null;
  /** For the SMTP client: short, no paths, versions or scores; null where nothing is refused or deferred. */
  readonly text: string | null;
  /** Spam score and the band that counts as spam; null where spam was not judged. */
  readonly spam: SpamScore | null;
  /** Put before the Subject; null to leave it alone. */
  readonly subjectTag: string | null;
  /** The findings that tagged mail shows in its header. */
  readonly tags: readonly Finding[];
}

export interface SpamScore {
  readonly score: number;
  /** The tag band of the policy; null where the policy never tags. */
  readonly required: number | null;
  readonly isSpam: boolean;
  /** Names of the findings that made it. */
  readonly tests: readonly string[];
}

/** Changes to the header, made without parsing: nothing is ever removed. */
export interface Edits {
  /** Whole header fields with LF line ends, set before the first byte. */
  readonly top: Uint8Array;
  /** Ascending offsets of field names that get `renamePrefix` in front. */
  readonly renamed: readonly number[];
}

/** Set before the name of an incoming field that must not be believed. */
export const renamePrefix = "X-Received-";

/** One run of qmail-queue. */
export interface Delivery {
  /** Indexes into `Envelope.recipients`, ascending. */
  readonly recipients: readonly number[];
  readonly edits: Edits;
}

/** The filter's answer to the wrapper. Whatever it holds is durable by then. */
export type Answer =
  | {
      readonly kind: "queue";
      readonly deliveries: readonly Delivery[];
      readonly held: readonly string[];
    }
  | { readonly kind: "accept"; readonly held: readonly string[] }
  | { readonly kind: "reject"; readonly text: string }
  | {
      readonly kind: "defer";
      readonly text: string;
      /** Set where not policy defers but something failed: what the door exits with, as docs/contract.md has it. */
      readonly failure: number | null;
    };

/** How it ended for the SMTP client; exactly one for each message. */
export interface Outcome {
  readonly outcome: "queued" | "rejected" | "deferred" | "quarantined";
  /** What the door exits with; 82 becomes 31 or 71 where there is no error descriptor. */
  readonly exitCode: number;
  /** For the SMTP client, with exit code 82; without the leading D or Z. */
  readonly text: string | null;
  /** For the log: what led to it. */
  readonly cause: string | null;
}
