// The interface of what opens a format: archives, documents, encodings, MIME.
//
// An extractor is pure: bytes in, entries out, no I/O and no clock. Its input
// is hostile. It charges the budget for every byte it produces before keeping
// it (LimitReached ends it; what it yielded before is kept), never trusts a
// length or count that the input states, and never throws for malformed
// input: it yields `unread` or `remark` instead. What it yields, expand.ts
// makes into Parts, and opens in turn.

import type { Budget } from "../budget.ts";
import type { FindingKind } from "../verdict.ts";

/** Something found inside a container. */
export type Entry = ReadEntry | UnreadEntry | Remark;

/** An entry whose bytes were had. */
export interface ReadEntry {
  readonly kind: "read";
  /**
   * Where it is within its container: the entry's whole name in an archive,
   * or a section number ("1", "1.2") with `isSection`. Any characters; the
   * expander makes it printable.
   */
  readonly place: string;
  /** `place` is a MIME section number. */
  readonly isSection?: boolean;
  /** Declared name, raw; the expander takes its last component and cleans it. Null where there is none. */
  readonly filename: string | null;
  /** Other readings of the name. */
  readonly otherFilenames?: readonly string[];
  /** Declared media type, lower-case without parameters. */
  readonly declaredType: string | null;
  readonly otherTypes?: readonly string[];
  readonly charset?: string | null;
  /** Already charged to the budget where it was decoded; a view into the container's bytes costs nothing. */
  readonly content: Uint8Array;
  /**
   * The expander must not look into it again (for example the text of a
   * document that was already taken apart here).
   */
  readonly leaf?: boolean;
}

/** An entry that is there and could not be had. */
export interface UnreadEntry {
  readonly kind: "unread";
  /** As in ReadEntry; null when the container as a whole could not be opened. */
  readonly place: string | null;
  readonly filename: string | null;
  readonly reason: "encrypted" | "unsupported" | "malformed" | "limit";
  /** Finding name, stable: `zip-encrypted-aes`, `rar-method-unknown`. */
  readonly name: string;
}

/** Something worth a finding about the container, or about the entry read last. */
export interface Remark {
  readonly kind: "remark";
  readonly finding: FindingKind;
  /** Finding name, stable: `mime-two-boundaries`, `vba-macro`. */
  readonly name: string;
  /** True: about the entry yielded last. Otherwise about the container. */
  readonly aboutLastEntry?: boolean;
}

/** A password to try on what is encrypted. */
export interface Password {
  readonly text: string;
  /** The message's own text has it: that it opens something is worth `passwordRemark`. */
  readonly isNamed: boolean;
}

/** About a container of which something opened with `password`: none for passwords of the configuration. */
export function passwordRemark({ isNamed }: Password): readonly Remark[] {
  return isNamed
    ? [{ kind: "remark", finding: "policy", name: "password-in-message" }]
    : [];
}

/** What an extractor is asked about. */
export interface Candidate {
  readonly bytes: Uint8Array;
  readonly declaredType: string | null;
  /** By the first bytes (signatures.ts). */
  readonly detectedType: string;
  readonly filename: string | null;
  /**
   * To try in order, and to stop at the one that opens. Each time from the
   * first; they end early when the message's time for trying is used up.
   */
  readonly passwords: Iterable<Password>;
}

export interface Extractor {
  /** Lower-case name of the format; `source` of its findings. */
  readonly format: string;
  /** True where this extractor should open the candidate. Cheap; by content before name. Several may answer yes: all are run. */
  recognizes(candidate: Candidate): boolean;
  entries(
    candidate: Candidate,
    budget: Budget,
  ): Iterable<Entry> | AsyncIterable<Entry>;
}
