// Which held messages are meant: the filters of the commands. Asked twice: of a
// row of the index, whether its file has to be read, and of that file's head.

import type { EntryHead } from "./entry.ts";
import type { IndexRow } from "./index-row.ts";

/** What is not given asks nothing. Texts are looked for anywhere, whatever their case. */
export interface Filter {
  readonly sender?: string;
  readonly recipient?: string;
  /** In the decoded Subject. */
  readonly subject?: string;
  /** In `kind:name` of a finding. */
  readonly finding?: string;
  /** Milliseconds since the epoch: arrived then or later, and earlier than. */
  readonly since?: number;
  readonly until?: number;
  readonly minScore?: number;
  readonly maxScore?: number;
  /** Bytes of the message as received. */
  readonly minSize?: number;
  readonly maxSize?: number;
}

/** A Subject's raw value (latin1) as text for people. */
export type DecodeSubject = (raw: string) => string;

export interface Matcher {
  /** False only where the file can't match. */
  readonly mayMatch: (row: IndexRow) => boolean;
  readonly matches: (head: EntryHead) => boolean;
}

type TextName = "sender" | "recipient" | "subject" | "finding";

export function makeMatcher(filter: Filter, decode: DecodeSubject): Matcher {
  const sender = wantedBytes(filter.sender);
  const recipient = wantedBytes(filter.recipient);
  const finding = wantedBytes(filter.finding);
  const subject = filter.subject?.toLowerCase();
  /** `text`: one character a byte. */
  const hasTexts = (text: (name: TextName) => string): boolean =>
    (sender === null || lower(text("sender")).includes(sender)) &&
    (recipient === null || lower(text("recipient")).includes(recipient)) &&
    (finding === null || lower(text("finding")).includes(finding)) &&
    (subject === undefined ||
      decode(text("subject")).toLowerCase().includes(subject));
  return {
    mayMatch: (row) =>
      hasNumbers(filter, row) &&
      (hasTexts((name) => row[rowField[name]]) || row.isCut),
    matches: (head) =>
      hasNumbers(filter, {
        receivedAt: head.receivedAt,
        size: head.size,
        score: head.spam?.score ?? null,
      }) && hasTexts((name) => headText(head, name)),
  };
}

const rowField = {
  sender: "sender",
  recipient: "recipients",
  subject: "subject",
  finding: "findings",
} as const satisfies Record<TextName, keyof IndexRow>;

function headText(head: EntryHead, name: TextName): string {
  switch (name) {
    case "sender":
      return latin1(head.envelope.sender);
    case "recipient":
      return head.envelope.recipients.map(latin1).join("\0");
    case "subject":
      return head.subject ?? "";
    case "finding":
      return head.findings
        .map((one) => latin1(Buffer.from(`${one.kind}:${one.name}`)))
        .join("\0");
  }
}

/** A message without a score has none that could be in a range. */
function hasNumbers(
  filter: Filter,
  of: Pick<IndexRow, "receivedAt" | "size" | "score">,
): boolean {
  const { since, until, minScore, maxScore, minSize, maxSize } = filter;
  const hasScore = (holds: (score: number) => boolean): boolean =>
    of.score !== null && holds(of.score);
  return (
    (since === undefined || of.receivedAt >= since) &&
    (until === undefined || of.receivedAt < until) &&
    (minScore === undefined || hasScore((score) => score >= minScore)) &&
    (maxScore === undefined || hasScore((score) => score <= maxScore)) &&
    (minSize === undefined || of.size >= minSize) &&
    (maxSize === undefined || of.size <= maxSize)
  );
}

/** Over the bytes as latin1, so that any address can be compared. */
function wantedBytes(text: string | undefined): string | null {
  return text === undefined ? null : lower(latin1(Buffer.from(text, "utf8")));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "latin1",
  );
}

function lower(text: string): string {
  return text.toLowerCase();
}
