// One quarantine entry as `qsift quarantine list --json` prints it: the public
// form, with everything from mail made printable. The text forms use it too.

import type { Folder } from "../decision.ts";
import { printable, printableBytes } from "../printable.ts";
import type { DecodeSubject } from "../quarantine/filter.ts";
import type { ReleaseState } from "../quarantine/release.ts";
import type { HeldEntry } from "../quarantine/store.ts";
import { type FindingRecord, findingRecord } from "./scan-record.ts";

export interface HeldRecord {
  readonly id: string;
  readonly folder: Folder;
  /** RFC 3339, UTC. */
  readonly time: string;
  /** "" for the null sender. */
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly subject: string | null;
  readonly size: number;
  readonly findings: readonly FindingRecord[];
  readonly rule: string;
  /** When it was released. */
  readonly released: string | null;
}

export function makeHeldRecord(
  entry: HeldEntry,
  state: ReleaseState,
  decodeSubject: DecodeSubject,
): HeldRecord {
  const { head } = entry;
  return {
    id: head.id,
    // The place counts: an IMAP user may have moved it.
    folder: entry.folder,
    time: new Date(head.receivedAt).toISOString(),
    sender: printableBytes(head.envelope.sender),
    recipients: head.envelope.recipients.map(printableBytes),
    subject:
      head.subject === null
        ? null
        : printable(decodeSubject(head.subject).trim()),
    size: head.size,
    findings: head.findings.map(findingRecord),
    rule: printable(head.rule),
    released: state.kind === "released" ? state.at : null,
  };
}
