// Reads the log that razor-check writes to its standard output with -d; see
// razor.ts. Pure. The exit code alone is not enough: an answer `err=210` of the
// server is logged, and then the mail "is not known spam", exit code 1.

import { quoted } from "./connection.ts";
import { describeEnd, type ProgramEnd } from "./process.ts";
import { ScannerFailure } from "./scanner.ts";

/** True where the network knows it as spam. Throws ScannerFailure for all that is no answer. */
export function parseCheck(end: ProgramEnd): boolean {
  const lines = logOf(end, "check");
  const bad = lines.find((line) => /: got (?:err|bad response)/.test(line));
  if (bad !== undefined) throw notAnswered(bad);
  if (lines.at(-1) !== "razor-check finished successfully.")
    throw notUnderstood(end);
  const isListed = lines.includes("mail 1 is known spam.");
  if (end.exitCode === 0 && isListed) return true;
  if (end.exitCode !== 1 || isListed) throw notUnderstood(end);

  const asked = keys(lines, /^mail (1\.\d+) e(\d+) sig: (\S+)$/);
  const answered = keys(
    lines,
    /^mail (1\.\d+) e=(\d+) sig=(\S+): (?:sig not found\.|sig found, no cf, ok\.|Is spam: .*|Not spam: cf .*)$/,
  );
  for (const key of asked)
    if (!answered.has(key)) throw notAnswered(`no answer for ${key}`);
  if (asked.size > 0) {
    if (lines.includes("mail 1 is not known spam.")) return false;
    throw notUnderstood(end);
  }
  // Nothing to ask about: no text in it, or on the agent's own white list.
  const hadText = lines.some((line) => line.startsWith("computing sigs for "));
  const saidSo =
    lines.includes("No queries, no spam") ||
    lines.includes("Done.  No valid mail or signatures to check.");
  if (hadText || !saidSo) throw notUnderstood(end);
  return false;
}

/** Throws ScannerFailure unless the server took it. */
export function parseReport(
  end: ProgramEnd,
  program: "report" | "revoke",
): void {
  const lines = logOf(end, program);
  const bad = lines.find((line) =>
    /: got (?:err|bad response)|did not accept/.test(line),
  );
  if (bad !== undefined) throw notAnswered(bad);
  const isTaken =
    lines.some((line) => line.endsWith(": Server accepted report.")) &&
    lines.at(-1) === `razor-${program} finished successfully.`;
  if (end.exitCode !== 0 || !isTaken) throw notUnderstood(end);
}

/**
 * The texts of its own lines; answers of the server stand between them as they
 * came. `Nov 22 04:02:53.995863 check[12001]: [ 6] text`
 */
function logOf(end: ProgramEnd, program: string): string[] {
  const line = new RegExp(
    `^[A-Z][a-z]{2} [ \\d]\\d [\\d:.]{8,20} ${program}\\[\\d+\\]: \\[ ?\\d+\\] (.*)$`,
  );
  return end.stdout
    .toString("latin1")
    .split("\n")
    .flatMap((text) => line.exec(text)?.[1]?.trimEnd() ?? []);
}

function keys(lines: readonly string[], pattern: RegExp): Set<string> {
  return new Set(
    lines.flatMap((line) => {
      const [, part, engine, signature] = pattern.exec(line) ?? [];
      return part === undefined
        ? []
        : `part ${part}, engine ${engine}, ${signature}`;
    }),
  );
}

function notAnswered(text: string): ScannerFailure {
  return new ScannerFailure(
    "failed",
    `no verdict: ${quoted(Buffer.from(text))}`,
  );
}

/** Its errors stand on standard error; its log is too long for a reason. */
function notUnderstood(end: ProgramEnd): ScannerFailure {
  const stdout = end.stdout.subarray(0, 0);
  return new ScannerFailure("failed", describeEnd({ ...end, stdout }));
}
