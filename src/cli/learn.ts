// `qsift learn`: teaches the scanners that keep a database of their own what a
// message is, and with --report tells the networks that some of them ask.

import { Argument, type Command } from "commander";

import type { Config } from "../config.ts";
import { printable, printableText } from "../printable.ts";
import type { LearnAs } from "../scanners/scanner.ts";
import { CommandFailure, exits, type Io } from "./io.ts";
import { collect } from "./options.ts";
import { hideProgress, showProgress } from "./progress.ts";
import { describeReadError, readInput } from "./read-input.ts";
import { chooseScanners } from "./scanners.ts";
import type { Services } from "./services.ts";
import type { Taught, Teachable } from "./teach.ts";
import { type Colours, coloursFor } from "./text.ts";

interface LearnOptions {
  readonly scanner?: readonly string[];
  readonly report?: true;
  readonly json?: true;
}

const examples = `
Our own header fields, and those that the delivery has put above them, are
taken off first. Exit code 0 if all was done, 1 if something was not.

Examples:
  qsift learn spam ~/Maildir/.Junk/cur/*
  qsift learn ham --scanner spamd message.eml
  qsift learn spam --report - < message.eml`;

export function addLearn(
  program: Command,
  io: Io,
  services: Services,
  end: (exitCode: number) => void,
): void {
  program
    .command("learn")
    .description("teach the scanners what is spam and what is not")
    .addArgument(
      new Argument("<as>", "what the messages are").choices(["spam", "ham"]),
    )
    .argument("<file...>", 'files with one message each; "-" is standard input')
    .option("--scanner <name>", "only this one, repeatable", collect)
    .option("--report", "also tell the networks of those with report = true")
    .option("--json", "one JSON object a line")
    .addHelpText("after", examples)
    .action(
      async (as: LearnAs, files: readonly string[], options: LearnOptions) => {
        end(await learn(as, files, options, io, services));
      },
    );
}

async function learn(
  as: LearnAs,
  files: readonly string[],
  options: LearnOptions,
  io: Io,
  services: Services,
): Promise<number> {
  io.becomeUser({ kind: "qsift" });
  const config = await services.readConfig(io.env, null);
  const names = options.scanner ?? [];
  const chosen = chooseScanners(config, names);
  const { closeAll, openTeachables } = await import("./teach.ts");
  const { teachables, leftOut } = openTeachables(chosen, config, {
    isReported: options.report === true,
    isNamed: names.length > 0,
  });
  for (const text of leftOut) await io.err.write(`qsift: ${text}\n`);
  if (teachables.length === 0)
    throw new CommandFailure(
      exits.notDone,
      "none of the scanners that are switched on can be taught; nothing was done",
    );
  // Who was named and got nothing was not taught.
  let isAllDone = names.length === 0 || leftOut.length === 0;
  const colours = coloursFor(io);
  for (const [index, file] of files.entries()) {
    if (io.out.isClosed) break;
    await showProgress(io, "learning", files, index);
    const lessons = await learnFile(file, as, teachables, config, io);
    await hideProgress(io, files);
    const isDone = await tell(file, as, lessons, options, colours, io);
    isAllDone = isAllDone && isDone;
  }
  await closeAll(teachables);
  return isAllDone ? exits.done : exits.notDone;
}

async function learnFile(
  file: string,
  as: LearnAs,
  teachables: readonly Teachable[],
  config: Config,
  io: Io,
): Promise<readonly Taught[] | { readonly error: string }> {
  try {
    const bytes = await readInput(file, io, config.limits.messageBytes);
    if (bytes.length === 0) return { error: "is empty" };
    const { teach } = await import("./teach.ts");
    return await teach(bytes, as, teachables);
  } catch (error) {
    return { error: describeReadError(error, `learn ${as}`) };
  }
}

/** One line for each lesson. True where all of it was done. */
async function tell(
  file: string,
  as: LearnAs,
  lessons: readonly Taught[] | { readonly error: string },
  { json }: LearnOptions,
  colours: Colours,
  io: Io,
): Promise<boolean> {
  if ("error" in lessons) {
    const error = printable(lessons.error);
    if (json) await io.out.write(`${JSON.stringify({ file, error })}\n`);
    else await io.err.write(`qsift: ${printable(file)}: ${error}\n`);
    return false;
  }
  for (const { scanner, lesson, status, reason, ms } of lessons)
    await io.out.write(
      json
        ? `${JSON.stringify({ file, scanner, lesson, as, status, reason, ms })}\n`
        : `${printable(file)}: ${scanner}: ${describe(lesson, as, status, reason, colours)}\n`,
    );
  // A scanner of "auto" that is not there is none; but somebody must have learned it.
  return (
    lessons.every(({ status }) => status !== "failed") &&
    lessons.some(({ status }) => status === "done")
  );
}

const pastOf = {
  learn: "learned",
  report: "reported",
} as const satisfies Record<Taught["lesson"], string>;

function describe(
  lesson: Taught["lesson"],
  as: LearnAs,
  status: Taught["status"],
  reason: string | null,
  colours: Colours,
): string {
  const done = `${pastOf[lesson]} as ${as}`;
  if (status === "done") return colours.green(done);
  const text = `not ${done}: ${printableText(reason ?? "unknown")}`;
  return status === "failed" ? colours.red(text) : colours.yellow(text);
}
