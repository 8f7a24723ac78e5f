// The SMTP texts of refusals and deferrals: the only place that has them.
// Short, and without paths, versions or scores; the filter adds the enhanced
// status code and the message's reference. Called by decide.ts.

import type { Folder } from "../decision.ts";
import { printableAscii } from "../printable.ts";
import type { Finding, FindingKind } from "../verdict.ts";
import type { Treatment } from "./policy.ts";

const refusals: Readonly<Record<FindingKind, string>> = {
  virus: "virus found",
  spam: "message looks like spam",
  bulk: "bulk mail not accepted",
  policy: "content not accepted",
  macro: "documents with macros not accepted",
  encrypted: "encrypted content that cannot be checked not accepted",
  malformed: "malformed message not accepted",
  unsupported: "content that cannot be checked not accepted",
  limit: "message too complex to be checked",
  auth: "sender not authenticated",
};

/** Longest part of a virus's name that goes into an SMTP text of 255 bytes. */
const nameCharacters = 80;

/** Null for what neither refuses nor defers. */
export function textForFinding(
  treatment: Treatment,
  finding: Finding,
): string | null {
  if (treatment === "defer") return deferral;
  if (treatment !== "reject") return null;
  const text = refusals[finding.kind];
  return finding.kind === "virus"
    ? `${text}: ${shortName(finding.name)}`
    : text;
}

/** A plain name was escaped where it was made; a second time would double its backslashes. */
function shortName(name: string): string {
  return /^[ -~]*$/.test(name)
    ? name.slice(0, nameCharacters)
    : printableAscii(name, nameCharacters);
}

export function textForSpam(treatment: Treatment): string | null {
  return treatment === "reject" ? refusals.spam : null;
}

/** The rule's own words where it has some. */
export function textForRule(
  treatment: Treatment,
  text: string | null,
): string | null {
  if (treatment === "defer") return text ?? deferral;
  return treatment === "reject" ? (text ?? refusals.policy) : null;
}

export const deferral = "message cannot be checked now, try again later";

/** Where mail is held for a finding: its kind's folder, or `policy` for a kind that has none. */
export function folderForKind(kind: FindingKind): Folder {
  return kind === "auth" ? "policy" : kind;
}
