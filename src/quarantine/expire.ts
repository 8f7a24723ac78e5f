// Which held messages have had their time: those older than their folder's
// retention, and of the rest the oldest, until the quarantine is under its cap.
// Nothing is due where neither is configured. `qsift quarantine expire` asks,
// and deletes by remove.ts, which spares what is being released.

import type { Folder } from "../decision.ts";
import type { Candidate } from "./survey.ts";

const dayMs = 86_400_000;

export interface Retention {
  readonly retentionDays: Readonly<Partial<Record<Folder, number>>>;
  readonly maxBytes: number | null;
}

export interface Due extends Candidate {
  readonly why: "age" | "cap";
}

/** Oldest first. `candidates`: all that is held. */
export function findDue(
  candidates: readonly Candidate[],
  { retentionDays, maxBytes }: Retention,
  now: number,
): Due[] {
  const due: Due[] = [];
  const kept: Candidate[] = [];
  let bytes = 0;
  for (const candidate of candidates) {
    const days = retentionDays[candidate.folder];
    if (days !== undefined && candidate.facts.receivedAt < now - days * dayMs)
      due.push({ ...candidate, why: "age" });
    else if (maxBytes !== null) {
      kept.push(candidate);
      bytes += bytesOf(candidate);
    }
  }
  if (maxBytes !== null && bytes > maxBytes) {
    kept.sort(byAge);
    for (const candidate of kept) {
      if (bytes <= maxBytes) break;
      due.push({ ...candidate, why: "cap" });
      bytes -= bytesOf(candidate);
    }
  }
  return due.sort(byAge);
}

/** Of its file: our fields and the message. */
export function bytesOf({ facts }: Candidate): number {
  return facts.headSize + facts.size;
}

function byAge(a: Candidate, b: Candidate): number {
  return a.facts.receivedAt - b.facts.receivedAt || (a.id < b.id ? -1 : 1);
}
