// Small pieces of text output that several commands share: colours, sizes,
// findings in words.

import pc from "picocolors";

import type { Action } from "../decision.ts";
import type { Io } from "./io.ts";
import type { FindingRecord } from "./scan-record.ts";

export type Colours = ReturnType<typeof pc.createColors>;

/** On a terminal only, and not where NO_COLOR is set (https://no-color.org). */
export function coloursFor(io: Io): Colours {
  const refused = (io.env["NO_COLOR"] ?? "") !== "";
  return pc.createColors(
    io.out.isTerminal && !refused && io.env["TERM"] !== "dumb",
  );
}

export function colourOfAction(
  colours: Colours,
  action: Action,
): (text: string) => string {
  switch (action) {
    case "queue":
      return colours.green;
    case "reject":
      return colours.red;
    case "defer":
    case "quarantine":
      return colours.yellow;
  }
}

/** `340 B`, `12.3 kB`, `1.5 MB`; decimal units. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_950) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `virus Eicar-Test-Signature (clamd)`, with its score where it has one. */
export function formatFinding(finding: FindingRecord): string {
  const score = finding.score === null ? "" : ` ${finding.score}`;
  return `${finding.kind} ${finding.name}${score} (${finding.source})`;
}
