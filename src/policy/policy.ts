// A policy: who gets what treatment. Data only; decide.ts applies it.

import type { Action } from "../decision.ts";
import type { FindingKind } from "../verdict.ts";

/** What policy can ask for; `tag` is delivery with fields that say why. */
export type Treatment = Action | "tag";

/** Which mail a policy or rule is for. All that is given must hold; a list holds if one of it does. */
export interface PeerMatch {
  /** RELAYCLIENT set. */
  readonly relayClient?: boolean;
  /** An SMTP AUTH user is known. */
  readonly authenticated?: boolean;
  /** CIDR networks, IPv4 or IPv6. */
  readonly client?: readonly string[];
  /** `user@domain`, `domain` (with sub-domains), `@domain` (without), `user@`; "" or "<>" is the null sender. */
  readonly sender?: readonly string[];
  /** As `sender`; one recipient of many is enough only where the policy is chosen per recipient, which it is. */
  readonly recipient?: readonly string[];
}

export interface SpamBands {
  /** At or above: tagged. Null: never. Scores are SpamAssassin's. */
  readonly tag: number | null;
  readonly quarantine: number | null;
  readonly reject: number | null;
}

export interface Policy {
  readonly name: string;
  /** Null for the last policy, which is for everybody. */
  readonly match: PeerMatch | null;
  /** Names of scanners to ask; null: all that are enabled. */
  readonly scanners: readonly string[] | null;
  /** False: scanners are waited for though they can't change the decision any more. */
  readonly stopEarly: boolean;
  readonly spam: SpamBands;
  /** Put before the Subject of spam; null or "": left alone. */
  readonly subjectTag: string | null;
  readonly on: Readonly<Record<FindingKind, Treatment>>;
  /** By a finding's name, instead of `on`; not for viruses. */
  readonly onFinding: Readonly<Record<string, Treatment>>;
}
