// Says the outcome to qmail: the exit code, and the text on the error
// descriptor where the launcher found one (launcher.sh).
//
// qmail-smtpd prints the text to the SMTP client as it is, so only printable
// ASCII goes there, at most 255 bytes with the letter in front.

import { writeSync } from "node:fs";

import { exitCodes, isPermanent } from "../qmail/exit-codes.ts";
import type { Outcome } from "../decision.ts";
import { printableAscii } from "../printable.ts";

const textBytes = 255;

/** The descriptor from `--error-fd=N`; null where there is none. */
export function errorDescriptor(argv: readonly string[]): number | null {
  const found = argv
    .map((arg) => /^--error-fd=(\d{1,4})$/.exec(arg)?.[1])
    .find((fd) => fd !== undefined);
  return found === undefined ? null : Number(found);
}

/** Writes the text if there is one to write; returns the code to exit with. */
export function announce(outcome: Outcome, fd: number | null): number {
  const { exitCode, text } = outcome;
  if (exitCode !== exitCodes.custom) return exitCode;
  const permanent = outcome.outcome === "rejected";
  const plain = permanent ? exitCodes.rejected : exitCodes.deferred;
  if (fd === null || text === null) return plain;
  const line = printableAscii(`${permanent ? "D" : "Z"}${text}`, textBytes);
  try {
    // The reader may have gone: EPIPE, as Node ignores SIGPIPE.
    return writeSync(fd, line) === line.length ? exitCode : plain;
  } catch {
    return plain;
  }
}

/** The outcome that a plain exit code stands for. */
export function outcomeOf(exitCode: number): Outcome["outcome"] {
  if (exitCode === exitCodes.queued) return "queued";
  return isPermanent(exitCode) ? "rejected" : "deferred";
}
