// What is said about a message: Findings, made by extractors, rules and
// scanners, and the Verdict that the runner makes of one scanner's work.

/** What a finding is about; policy maps each kind to an action (`on`). */
export const findingKinds = [
  "virus",
  "spam",
  "bulk",
  "policy",
  "macro",
  "encrypted",
  "malformed",
  "unsupported",
  "limit",
  "auth",
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** One remark about a message or one of its parts. */
export interface Finding {
  /** The scanner's name, `rules`, the extractor's format, or `policy`. */
  readonly source: string;
  readonly kind: FindingKind;
  /** Stable name, printable ASCII without blanks: `Eicar-Test-Signature`, `mime-two-boundaries`. */
  readonly name: string;
  /** `Part.id`, or null for the message as a whole. */
  readonly part: number | null;
  /** What it adds to a spam score, where that is known. */
  readonly score: number | null;
}

/** A header field to be added, without its line end: printable ASCII, unfolded. */
export interface HeaderLine {
  readonly name: string;
  readonly value: string;
}

/** How one scanner fared with one message. Only `done` ever means that it was judged. */
export type Verdict =
  | {
      readonly status: "done";
      readonly scanner: string;
      readonly findings: readonly Finding[];
      /** Total spam score; null for scanners that do not judge spam. */
      readonly score: number | null;
      /** Engine and signatures, as the scanner names them. */
      readonly version: string | null;
      /** Information for the delivered message. */
      readonly fields?: readonly HeaderLine[];
      readonly ms: number;
    }
  | {
      /** Not asked, on purpose: switched off, too large, not installed. Always with its reason. */
      readonly status: "skipped";
      readonly scanner: string;
      readonly reason: string;
      readonly ms: number;
    }
  | {
      /** Asked, and no verdict was had. Never clean. */
      readonly status: "failed";
      readonly scanner: string;
      /** Short, for the header and the log: `time-out`, `connection refused (unix:/run/clamd.sock)`. */
      readonly reason: string;
      readonly ms: number;
    };

/** All that was found: `expansion` of the message, and the scanners that are done. */
export function allFindings(
  expansion: readonly Finding[],
  verdicts: readonly Verdict[],
): Finding[] {
  return [
    ...expansion,
    ...verdicts.flatMap((verdict) =>
      verdict.status === "done" ? verdict.findings : [],
    ),
  ];
}
