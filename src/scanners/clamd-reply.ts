// Reads what clamd answers; see the dialogue at the head of clamd.ts. Pure.

import type { Finding, FindingKind } from "../verdict.ts";
import { quoted } from "./connection.ts";
import { findingName } from "./finding-name.ts";
import { ScannerFailure } from "./scanner.ts";

export function parseVersion(reply: Uint8Array): string {
  const text = Buffer.from(reply).toString("latin1");
  if (!/^ClamAV [\x20-\x7E]{1,200}$/.test(text)) throw notUnderstood(reply);
  return text;
}

/** Findings of one stream: none for `stream: OK`, one for `stream: NAME FOUND`. Throws for everything else. */
export function parseStreamReply(
  reply: Uint8Array,
  part: number | null,
): Finding[] {
  const text = Buffer.from(reply).toString("utf8");
  if (text === "stream: OK") return [];
  const [, signature, error] =
    /^stream: (?:([^\r\n]+) FOUND|([^\r\n]+) ERROR)$/.exec(text) ?? [];
  if (error !== undefined)
    throw new ScannerFailure("failed", `clamd said ${quoted(reply)}`);
  if (signature === undefined) throw notUnderstood(reply);
  return [
    {
      source: "clamd",
      kind: kindOf(signature),
      name: findingName(signature),
      part,
      score: null,
    },
  ];
}

export function notUnderstood(reply: Uint8Array): ScannerFailure {
  return new ScannerFailure("failed", `reply not understood: ${quoted(reply)}`);
}

// ClamAV's own heuristics that are no malware; each is off unless clamd.conf
// asks for it (AlertEncrypted, AlertExceedsMax, AlertOLE2Macros, Phishing*).
const heuristics: readonly (readonly [string, FindingKind])[] = [
  ["Heuristics.Encrypted.", "encrypted"],
  ["Heuristics.Limits.Exceeded", "limit"],
  ["Heuristics.OLE2.ContainsMacros", "macro"],
  ["Heuristics.Phishing.", "spam"],
];

function kindOf(signature: string): FindingKind {
  for (const [prefix, kind] of heuristics)
    if (signature.startsWith(prefix)) return kind;
  return "virus";
}
