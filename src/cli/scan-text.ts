// `qsift scan` for people: the parts as a tree with their types, sizes and
// findings, one line a scanner, and the decision with the rule that made it.

import { printable } from "../printable.ts";
import type { PartRecord, ScanRecord } from "./scan-record.ts";
import {
  type Colours,
  colourOfAction,
  formatFinding,
  formatSize,
} from "./text.ts";

/** A message can have 10,000 parts; the whole list is in --json. */
const shownParts = 200;
const shownRecipients = 10;

export function formatScanText(record: ScanRecord, colours: Colours): string {
  const lines = [colours.bold(printable(record.file))];
  lines.push(...partLines(record, colours));
  const general = record.findings.filter(({ part }) => part === null);
  if (general.length > 0) {
    lines.push(`  ${colours.dim("of the whole message")}`);
    for (const finding of general)
      lines.push(`    ${colours.yellow(formatFinding(finding))}`);
  }
  lines.push(`  ${colours.dim("scanners")}`);
  for (const { scanner, status, reason, version, ms } of record.verdicts) {
    const shown = `${scanner.padEnd(8)} ${status.padEnd(7)} ${String(ms).padStart(8)} ms`;
    const more = reason ?? version;
    const line = more === null ? shown : `${shown}  ${more}`;
    lines.push(`    ${status === "failed" ? colours.red(line) : line}`);
  }
  if (record.verdicts.length === 0) lines.push("    none was asked");
  lines.push(...decisionLines(record, colours));
  return `${lines.join("\n")}\n`;
}

function decisionLines(record: ScanRecord, colours: Colours): string[] {
  const lines = [`  ${colours.dim("decision")}`];
  const score = record.score === null ? "" : `, score ${record.score}`;
  const tagged = record.tagged ? " and tag" : "";
  const colour = colourOfAction(colours, record.action);
  lines.push(
    `    ${colour(colours.bold(record.action))}${tagged} by ${record.rule ?? "nothing"}, policy ${record.policy ?? "none"}${score}, ${record.ms} ms`,
  );
  if (record.text !== null) lines.push(`    says: ${record.text}`);
  // One line a group; recipients of one group were decided alike.
  const groups = new Map<string, string[]>();
  for (const { recipient, action, tagged, rule } of record.recipients) {
    const key = `${action}${tagged ? " and tag" : ""} by ${rule}`;
    const group = groups.get(key);
    if (group) group.push(recipient);
    else groups.set(key, [recipient]);
  }
  for (const [key, recipients] of groups) {
    const rest = recipients.length - shownRecipients;
    const names = recipients.slice(0, shownRecipients).join(", ");
    lines.push(
      `    for ${names}${rest > 0 ? ` and ${rest} more` : ""}: ${key}`,
    );
  }
  return lines;
}

/** The parts as a tree, each with its findings. */
export function partLines(
  record: Pick<ScanRecord, "parts" | "findings">,
  colours: Colours,
): string[] {
  const children = new Map<number | null, PartRecord[]>();
  for (const part of record.parts) {
    const siblings = children.get(part.parent);
    if (siblings) siblings.push(part);
    else children.set(part.parent, [part]);
  }
  const findings = new Map<number, string[]>();
  for (const finding of record.findings) {
    if (finding.part === null) continue;
    const texts = findings.get(finding.part);
    if (texts) texts.push(formatFinding(finding));
    else findings.set(finding.part, [formatFinding(finding)]);
  }
  const lines: string[] = [];
  let shown = 0;
  // A part's parent stands before it, so there is no cycle; a stack keeps depth harmless.
  const stack = (children.get(null) ?? [])
    .map((part) => ({ part, branch: "", indent: "" }))
    .reverse();
  for (let next = stack.pop(); next && shown < shownParts; next = stack.pop()) {
    const { part, branch, indent } = next;
    shown += 1;
    lines.push(`  ${branch}${describe(part, colours)}`);
    const below = children.get(part.id) ?? [];
    const bar = below.length > 0 ? "│ " : "  ";
    for (const text of findings.get(part.id) ?? [])
      lines.push(`  ${indent}${bar}${colours.yellow(`! ${text}`)}`);
    for (const [index, child] of [...below.entries()].reverse()) {
      const isLast = index === below.length - 1;
      stack.push({
        part: child,
        branch: `${indent}${isLast ? "└─" : "├─"} `,
        indent: `${indent}${isLast ? "   " : "│  "}`,
      });
    }
  }
  if (shown < record.parts.length)
    lines.push(`  and ${record.parts.length - shown} more parts (see --json)`);
  return lines;
}

/** `1.2 invoice.pdf  application/pdf, looks like text/html  9.1 kB`. */
function describe(part: PartRecord, colours: Colours): string {
  const place = part.place === "" ? "message" : part.place;
  const name = part.filename === null ? "" : ` ${colours.bold(part.filename)}`;
  const declared = part.declaredType ?? "no type";
  const detected =
    part.declaredType === part.detectedType || part.parent === null
      ? ""
      : `, looks like ${part.detectedType}`;
  return `${place}${name}  ${colours.cyan(declared)}${detected}  ${formatSize(part.size)}`;
}
