// What was done with held messages, by whom: `audit.jsonl` in the quarantine's
// folder, one JSON object a line, never rewritten by us. Each act is one write
// to a file opened with O_APPEND, so several commands at once do no harm, and
// a line outlives the message that it tells of. docs/quarantine.md lists the
// keys. Whatever comes from mail is printable.

import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";

import { printable, printableBytes } from "../printable.ts";
import type { EntryHead } from "./entry.ts";

export const auditName = "audit.jsonl";

export type ActName = "release" | "delete" | "expire" | "export" | "learn";

/** Who asked: the real uid, and the name that sudo tells or /etc/passwd. */
export interface Actor {
  readonly uid: number;
  readonly user: string | null;
}

export interface Act {
  readonly act: ActName;
  readonly id: string;
  /** `done`, or what happened instead. */
  readonly result: string;
  /** Null where the entry is damaged. */
  readonly head: EntryHead | null;
  /** Where the message went, or as what it was learnt. */
  readonly to?: readonly string[];
}

/** Recipients in one line; there may be 100,000. */
const mostRecipients = 20;

/** Throws where it can't be written: the act was done all the same. */
export function recordAct(
  path: string,
  act: Act,
  actor: Actor,
  now: number,
): void {
  const line = Buffer.from(`${formatAct(act, actor, now)}\n`, "utf8");
  const file = openSync(
    join(path, auditName),
    constants.O_WRONLY |
      constants.O_APPEND |
      constants.O_CREAT |
      constants.O_NOFOLLOW |
      constants.O_NONBLOCK,
    0o600,
  );
  try {
    const written = writeSync(file, line);
    if (written < line.length)
      throw new Error(`${written} of ${line.length} bytes written`);
  } finally {
    closeSync(file);
  }
}

function formatAct(
  { act, id, result, head, to }: Act,
  actor: Actor,
  now: number,
): string {
  return JSON.stringify({
    time: new Date(now).toISOString(),
    act,
    id,
    result: printable(result),
    uid: actor.uid,
    user: actor.user === null ? null : printable(actor.user),
    ...(to === undefined
      ? {}
      : { to: to.slice(0, mostRecipients).map((one) => printable(one)) }),
    ...(head === null ? {} : message(head)),
  });
}

function message(head: EntryHead) {
  const { sender, recipients } = head.envelope;
  return {
    folder: head.folder,
    sender: printableBytes(sender),
    recipients: recipients.slice(0, mostRecipients).map(printableBytes),
    recipientCount: recipients.length,
    size: head.size,
    sha256: printable(head.sha256),
    rule: printable(head.rule),
  };
}
