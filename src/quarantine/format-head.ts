// Writes the fields that stand above a held message. store.ts calls it,
// parse-head.ts reads it back, docs/quarantine.md describes it.
//
// ASCII with LF line ends, one line a field, never folded. What comes from
// mail is xtext, so no value can hold a line end, and the first field named
// `X-Qsift-Message` is ours: the received bytes begin right after its line.

import type { EntryHead } from "./entry.ts";
import { formatXtext } from "./xtext.ts";

/** Raised when a reader of the old form could misunderstand the new one. */
export const formatVersion = 1;

/** Ends the head. The received bytes follow. */
export const headEnd = "X-Qsift-Message: follows\n";

/** A subject is for lists; its field in the message below is whole. */
const subjectBytes = 1000;

export function formatHead(head: EntryHead): Uint8Array {
  const { envelope } = head;
  const lines = [
    // This field is first and tells a reader whether it knows the rest.
    `X-Qsift-Quarantine: ${formatVersion}`,
    `X-Qsift-ID: ${head.id}`,
    `X-Qsift-Time: ${new Date(head.receivedAt).toISOString()}`,
    `X-Qsift-Folder: ${head.folder}`,
    `X-Qsift-Bytes: ${head.size}`,
    `X-Qsift-SHA256: ${head.sha256}`,
    `X-Qsift-Policy: ${textXtext(head.policy)}`,
    `X-Qsift-Rule: ${textXtext(head.rule)}`,
    `X-Qsift-Peer: ${formatPeer(head)}`,
  ];
  if (head.text !== null) lines.push(`X-Qsift-Text: ${textXtext(head.text)}`);
  if (head.subject !== null)
    lines.push(
      `X-Qsift-Subject: <${formatXtext(Buffer.from(head.subject.slice(0, subjectBytes), "latin1"))}>`,
    );
  if (head.spam !== null) {
    const { score, required, isSpam, tests } = head.spam;
    lines.push(
      "X-Qsift-Spam: " +
        formatPairs([
          ["score", String(score)],
          ["required", required === null ? null : String(required)],
          ["spam", isSpam ? "yes" : "no"],
          ["tests", tests.map(textXtext).join(",")],
        ]),
    );
  }
  for (const scanner of head.scanners)
    lines.push(
      "X-Qsift-Scanner: " +
        formatPairs([
          ["name", textXtext(scanner.scanner)],
          ["status", scanner.status],
          ["ms", String(scanner.ms)],
          ["score", scanner.score === null ? null : String(scanner.score)],
          ["reason", optional(scanner.reason)],
          ["version", optional(scanner.version)],
        ]),
    );
  for (const finding of head.findings)
    lines.push(
      "X-Qsift-Finding: " +
        formatPairs([
          ["kind", finding.kind],
          ["name", textXtext(finding.name)],
          ["source", textXtext(finding.source)],
          ["part", finding.part === null ? null : String(finding.part)],
          ["score", finding.score === null ? null : String(finding.score)],
        ]),
    );
  lines.push(`X-Qsift-Sender: <${formatXtext(envelope.sender)}>`);
  for (const recipient of envelope.recipients)
    lines.push(`X-Qsift-Recipient: <${formatXtext(recipient)}>`);
  return Buffer.from(`${lines.join("\n")}\n${headEnd}`, "latin1");
}

function formatPeer({ peer }: EntryHead): string {
  return formatPairs([
    ["uid", String(peer.uid)],
    ["trusted", yesNo(peer.trusted)],
    ["relay-client", yesNo(peer.relayClient)],
    ["ip", optional(peer.ip)],
    ["host", optional(peer.host)],
    ["helo", optional(peer.helo)],
    ["user", optional(peer.user)],
    ["policy", optional(peer.policy)],
    ["judge-spam", peer.judgeSpam === null ? null : yesNo(peer.judgeSpam)],
  ]);
}

/** `a=1; b=2`; a pair whose value is null is left out. Values hold neither ";" nor blanks. */
function formatPairs(
  pairs: readonly (readonly [string, string | null])[],
): string {
  return pairs
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${value ?? ""}`)
    .join("; ");
}

function textXtext(text: string): string {
  return formatXtext(Buffer.from(text, "utf8"));
}

function optional(text: string | null): string | null {
  return text === null ? null : textXtext(text);
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}
