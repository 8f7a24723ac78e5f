// A scanner's Report as the rest of the program may rely on it: bounded, with
// finite scores, names that can stand in a header. Called by ready-scanner.ts.

import { limitFindingName, type Limits } from "../limits.ts";
import { printableAscii } from "../printable.ts";
import { findingKinds, type Finding, type HeaderLine } from "../verdict.ts";
import { findingName } from "./finding-name.ts";
import { ScannerFailure, type Report, type Subject } from "./scanner.ts";

// Authentication-Results of ten signatures have some 2 KB.
const maxFieldCharacters = 8000;
const maxFields = 10;

/** Throws ScannerFailure where it makes no sense. `source`: the scanner's name. */
export function checkReport(
  source: string,
  { findings, score, version, fields = [] }: Report,
  subject: Subject,
  limits: Pick<Limits, "findings">,
): Report {
  if (score !== null && !Number.isFinite(score))
    throw new ScannerFailure("failed", "score is not a number");
  // Where there are too many, those that say more than a rule's name stay.
  const kept = [
    ...findings.filter(({ kind }) => kind !== "spam"),
    ...findings.filter(({ kind }) => kind === "spam"),
  ].slice(0, limits.findings);
  const result = kept.map((each) => checkFinding(source, each, subject));
  if (findings.length > kept.length)
    result.push({
      source,
      kind: "limit",
      name: limitFindingName("findings"),
      part: null,
      score: null,
    });
  return {
    findings: result,
    score,
    version: version === null ? null : printableAscii(version, 200),
    ...(fields.length === 0
      ? {}
      : { fields: fields.slice(0, maxFields).map(checkField) }),
  };
}

function checkFinding(
  source: string,
  { kind, name, part, score }: Finding,
  { message }: Subject,
): Finding {
  if (!findingKinds.includes(kind))
    throw new ScannerFailure("failed", "finding of unknown kind");
  if (score !== null && !Number.isFinite(score))
    throw new ScannerFailure("failed", "score is not a number");
  return {
    source,
    kind,
    name: findingName(name),
    part: part !== null && message.parts[part] ? part : null,
    score,
  };
}

function checkField({ name, value }: HeaderLine): HeaderLine {
  // RFC 5322 3.6.8, without the colon; kept short.
  if (!/^[!-9;-~]{1,76}$/.test(name))
    throw new ScannerFailure("failed", "header field with an impossible name");
  return { name, value: printableAscii(value, maxFieldCharacters) };
}
