// Reads what clamd answers; see the dialogue at the head of clamd.ts. Pure.

import type { FindingKind } from "../verdict.ts";
import { quoted } from "./connection.ts";
import { findingName } from "./finding-name.ts";
import { ScannerFailure } from "./scanner.ts";

/** Kinds of finding by how a signature's name begins; any other is a virus. */
export type Heuristics = Readonly<Record<string, FindingKind>>;

// ClamAV's own heuristics that are no malware; each is off unless clamd.conf
// asks for it (AlertEncrypted, AlertExceedsMax, AlertOLE2Macros, Phishing*).
export const defaultHeuristics: Heuristics = {
  "Heuristics.Encrypted.": "encrypted",
  "Heuristics.Limits.Exceeded": "limit",
  "Heuristics.OLE2.ContainsMacros": "macro",
  "Heuristics.Phishing.": "spam",
};

/** A stream over clamd's StreamMaxLength. Its connection is of no more use. */
export class StreamTooLong extends ScannerFailure {
  constructor(bytes: number) {
    super(
      "message",
      `stream of ${bytes} bytes is over clamd's StreamMaxLength: raise it, or set max_bytes of [scanners.clamd] to it`,
    );
    this.name = "StreamTooLong";
  }
}

export function parseVersion(reply: Uint8Array): string {
  const text = Buffer.from(reply).toString("latin1");
  if (!/^ClamAV [\x20-\x7E]{1,200}$/.test(text)) throw notUnderstood(reply);
  return text;
}

/** Of `ClamAV 1.4.6/27500/Fri Jan 10 09:26:01 2025`, which is local time; null without official databases. */
export function databaseTime(version: string): number | null {
  const [, date] = /^[^/]+\/\d+\/(.+)$/.exec(version) ?? [];
  const time = date === undefined ? NaN : Date.parse(date);
  return Number.isNaN(time) ? null : time;
}

/** The signature of `stream: NAME FOUND`, null of `stream: OK`. Throws for everything else. */
export function parseStreamReply(reply: Uint8Array): string | null {
  const text = Buffer.from(reply).toString("utf8");
  if (text === "stream: OK") return null;
  const [, signature, error] =
    /^stream: (?:([^\r\n]+) FOUND|([^\r\n]+) ERROR)$/.exec(text) ?? [];
  if (error !== undefined)
    throw new ScannerFailure(
      // "Can't allocate memory", "Can't create temporary file" and the like are
      // that host's troubles; all else is about what it was given.
      error.startsWith("Can't ") ? "failed" : "message",
      `clamd said ${quoted(reply)}`,
    );
  if (signature === undefined) throw notUnderstood(reply);
  return signature;
}

/** What a signature's name is about, and the name as findings have it. */
export function classify(
  signature: string,
  heuristics: Heuristics,
): { readonly kind: FindingKind; readonly name: string } {
  let longest = "";
  let kind: FindingKind = "virus";
  for (const [prefix, kindOfPrefix] of Object.entries(heuristics)) {
    if (!signature.startsWith(prefix) || prefix.length < longest.length)
      continue;
    longest = prefix;
    kind = kindOfPrefix;
  }
  return { kind, name: findingName(signature) };
}

export function notUnderstood(reply: Uint8Array): ScannerFailure {
  return new ScannerFailure("failed", `reply not understood: ${quoted(reply)}`);
}
