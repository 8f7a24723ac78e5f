// The header fields that qsift sets on top of what it delivers. Called by the
// filter once for each delivery; mime/edits.ts puts them there and takes them
// back, for which X-Qsift-Verdict has to be the last, on one line.
//
// What comes from mail or from scanners is printable ASCII here, whatever it
// was; the Subject alone keeps its bytes, and cannot end its own field.
// RFC 5322 2.1.1: no line of ours is above 998 bytes, and few are above 78.

import type { Decision, SpamScore } from "../decision.ts";
import { printableAscii } from "../printable.ts";
import type { Finding, HeaderLine, Verdict } from "../verdict.ts";
import { foldText, foldWords, maxLine } from "./fold.ts";
import { isOwnField } from "./own-fields.ts";
import { subjectField } from "./subject-field.ts";

const maxFindingFields = 20;
/** Names of findings, tests and scanners, and reasons; real ones are far below. */
const maxName = 100;
/** SpamAssassin names a dozen tests on most spam; more than this is for the log. */
const maxTests = 60;
/** As in SpamAssassin: more than fifty stars tell nothing new. */
const maxStars = 50;
/** Of a scanner's own field; Authentication-Results with ten signatures has some 2 KB. */
const maxValue = 8000;
const authenticationResults = "authentication-results";
/** Scanners in whose done verdict the message is checked for viruses. */
const virusScanners: readonly string[] = ["clamd"];

/** True where formatFields writes a Subject, so that the incoming one is to be renamed. */
export function replacesSubject(decision: Decision): boolean {
  return (
    decision.tagged &&
    decision.spam?.isSpam === true &&
    decision.subjectTag !== null &&
    decision.subjectTag !== ""
  );
}

/**
 * What scanners have to say beside their findings, of those that a recipient's
 * policy uses. Never under a name that is ours, or that the mail itself is read by.
 */
export function addedFields(verdicts: readonly Verdict[]): HeaderLine[] {
  return verdicts
    .flatMap((verdict) =>
      verdict.status === "done" ? (verdict.fields ?? []) : [],
    )
    .filter(
      ({ name }) =>
        name.toLowerCase() === authenticationResults ||
        (/^x-[!-9;-~]{1,74}$/i.test(name) && !isOwnField(name)),
    );
}

/**
 * True where incoming fields of this name would be taken for one of `added`.
 * Of Authentication-Results every host adds its own (mime/authserv-id.ts).
 */
export function replacesField(
  added: readonly HeaderLine[],
  name: string,
): boolean {
  const wanted = name.toLowerCase();
  return (
    wanted !== authenticationResults &&
    added.some((field) => field.name.toLowerCase() === wanted)
  );
}

/** Whole fields with LF line ends. */
export function formatFields(input: {
  readonly id: string;
  readonly decision: Decision;
  readonly verdicts: readonly Verdict[];
  /** Those to show on tagged mail: `Decision.tags`. */
  readonly findings: readonly Finding[];
  /** The incoming Subject's value, folding included, one character a byte; null where there is none. */
  readonly subject: string | null;
  /** Those of the scanners themselves: `addedFields`. */
  readonly added: readonly HeaderLine[];
}): Uint8Array {
  const { id, decision, verdicts, findings, added } = input;
  const fields = [`X-Qsift-ID: ${ascii(id)}`];
  if (replacesSubject(decision))
    fields.push(subjectField(decision.subjectTag ?? "", input.subject));
  fields.push(...virusFields(verdicts));
  if (decision.spam !== null) fields.push(...spamFields(decision.spam));
  if (decision.tagged) fields.push(...findingFields(findings));
  fields.push(
    ...added.map(({ name, value }) =>
      foldText(`${name}:`, ascii(value, maxValue)),
    ),
  );
  fields.push(verdictField(decision, verdicts));
  return Buffer.from(`${fields.join("\n")}\n`, "latin1");
}

function virusFields(verdicts: readonly Verdict[]): string[] {
  const scanned = verdicts.filter(
    (verdict) =>
      verdict.status === "done" && virusScanners.includes(verdict.scanner),
  );
  if (scanned.length === 0) return [];
  const versions = scanned.map((verdict) =>
    verdict.status === "done" && verdict.version !== null
      ? `${verdict.scanner} (${ascii(verdict.version)})`
      : verdict.scanner,
  );
  const words = `by qsift with ${versions.join(", ")}`.split(" ");
  return [foldWords("X-Virus-Scanned:", words, " ")];
}

function spamFields(spam: SpamScore): string[] {
  const score = formatScore(spam);
  const stars = Math.max(0, Math.min(maxStars, Math.floor(spam.score)));
  const status = [`${spam.isSpam ? "Yes" : "No"},`, `score=${score}`];
  if (spam.required !== null)
    status.push(`required=${spam.required.toFixed(1)}`);
  const tests = spam.tests.slice(0, maxTests).map(word);
  if (spam.tests.length > maxTests) tests.push("...");
  const [first = "none", ...others] = tests;
  status.push(`tests=${first}`);
  return [
    `X-Spam-Flag: ${spam.isSpam ? "YES" : "NO"}`,
    foldWords("X-Spam-Status:", status, " ", others),
    `X-Spam-Level:${stars === 0 ? "" : ` ${"*".repeat(stars)}`}`,
    `X-Spam-Score: ${score}`,
  ];
}

/** One decimal, as SpamAssassin writes it; never rounded up into spam. */
function formatScore({ score, required, isSpam }: SpamScore): string {
  const rounded = Math.round(score * 10) / 10;
  const shown =
    !isSpam && required !== null && rounded >= required
      ? Math.floor(score * 10) / 10
      : rounded;
  return (shown === 0 ? 0 : shown).toFixed(1);
}

function findingFields(findings: readonly Finding[]): string[] {
  const fields = new Set<string>();
  for (const { kind, name } of findings) {
    if (fields.size === maxFindingFields) break;
    fields.add(`X-Qsift-Finding: ${kind} ${word(name)}`);
  }
  return [...fields];
}

/** Says of every scanner how it fared, so that mail that was not scanned shows it. */
function verdictField(
  decision: Decision,
  verdicts: readonly Verdict[],
): string {
  let field = `X-Qsift-Verdict: ${decision.tagged ? "tag" : decision.action}`;
  for (const verdict of verdicts) {
    const reason =
      verdict.status === "done"
        ? ""
        : ` (${ascii(verdict.reason).replaceAll(";", ",")})`;
    const item = `; ${word(verdict.scanner)}=${verdict.status}${reason}`;
    if (field.length + item.length > maxLine - "; ...".length)
      return `${field}; ...`;
    field += item;
  }
  return field;
}

/** A name as one word: no blanks, commas or semicolons that would divide it. */
function word(name: string): string {
  return ascii(name).replace(/[ ,;]/g, "_") || "_";
}

/** What is plain already was escaped where it was made; a second time would double its backslashes. */
function ascii(text: string, max = maxName): string {
  return /^[ -~]*$/.test(text) ? text.slice(0, max) : printableAscii(text, max);
}
