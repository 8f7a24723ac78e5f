// A policy rule of rules/*.toml: conditions over the message, and what follows.
// Data only; match.ts applies it.

import type { Folder } from "../decision.ts";
import type { FindingKind } from "../verdict.ts";
import type { PeerMatch, Treatment } from "./policy.ts";

/** Must all hold of one and the same part. */
export interface PartMatch {
  /** Globs over every reading of the file name, case ignored. */
  readonly filename?: readonly string[];
  /** RE2 expression over every reading of the file name, case ignored. */
  readonly regex?: string;
  /** Media types, `*` allowed: `application/*`. */
  readonly declaredType?: readonly string[];
  readonly detectedType?: readonly string[];
  /** The part came out of an archive or document, not of MIME itself. */
  readonly insideArchive?: boolean;
  readonly minBytes?: number;
  readonly maxBytes?: number;
}

export interface RuleMatch {
  /** Names: the recipient has one of these policies. */
  readonly policy?: readonly string[];
  readonly part?: PartMatch;
  /** RE2 expression over the unfolded value of any field of that name. */
  readonly header?: { readonly name: string; readonly regex: string };
  /** `name` is a glob. */
  readonly finding?: { readonly kind?: FindingKind; readonly name?: string };
  readonly sender?: PeerMatch["sender"];
  readonly recipient?: PeerMatch["recipient"];
  readonly client?: PeerMatch["client"];
}

export interface Rule {
  readonly name: string;
  readonly match: RuleMatch;
  readonly action: Treatment;
  /** Where it is held, with action `quarantine`; default "policy". */
  readonly folder: Folder;
  /** For the SMTP client; null: a text by action. */
  readonly text: string | null;
}
