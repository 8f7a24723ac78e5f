// What a scanner program's end means: infected is tested first, then partial,
// then clean; what is none of these is a failure. Pure. Called by command.ts.
//
// What the program says holds names out of the mail (members of archives), so
// a sender can put words into its mouth. Where a profile tests both the exit
// code and a pattern, words alone make nothing clean.

import { regexCatches, regexMatches } from "../regex.ts";
import type { Finding } from "../verdict.ts";
import type { Command, Ending } from "./command-options.ts";
import { findingName } from "./finding-name.ts";
import { describeEnd, type ProgramEnd } from "./process.ts";
import { ScannerFailure } from "./scanner.ts";

// As many names as anybody reads.
const maxNames = 20;

/** Throws ScannerFailure where the end means nothing that is known. */
export function judgeEnd(
  name: string,
  command: Command,
  end: ProgramEnd,
): Finding[] {
  const said = Buffer.concat([
    end.stdout,
    Buffer.from("\n"),
    end.stderr,
  ]).toString("utf8");
  if (endedSo(command.infected, end, said)) {
    const names = new Set(namesIn(command.name_pattern, said));
    return (names.size === 0 ? ["unnamed"] : [...names]).map((virus) => ({
      source: name,
      kind: "virus",
      name: virus,
      part: null,
      score: null,
    }));
  }
  if (!end.tookInput)
    throw new ScannerFailure(
      "failed",
      `did not read the whole message, ${describeEnd(end)}`,
    );
  if (command.partial !== undefined && endedSo(command.partial, end, said))
    return [
      {
        source: name,
        kind: "unsupported",
        name: `${name}-not-all-scanned`,
        part: null,
        score: null,
      },
    ];
  if (endedSo(command.clean, end, said)) return [];
  throw new ScannerFailure("failed", describeEnd(end));
}

/** As the patterns are compiled: ^ and $ match at every line. */
export function everyLine(pattern: string): string {
  return `(?m)${pattern}`;
}

function namesIn(pattern: string | undefined, said: string): string[] {
  if (pattern === undefined) return [];
  return regexCatches(everyLine(pattern), said, maxNames).map((caught) =>
    findingName(caught.trim()),
  );
}

/** A program that was killed ended in no way that it chose. */
function endedSo(
  { exit, pattern }: Ending,
  end: ProgramEnd,
  said: string,
): boolean {
  return (
    end.exitCode !== null &&
    (exit === undefined || exit.includes(end.exitCode)) &&
    (pattern === undefined || regexMatches(everyLine(pattern), false, said))
  );
}
