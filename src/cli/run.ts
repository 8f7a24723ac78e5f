// The command line as one function: arguments in, exit code out. main.ts calls
// it with the real process, tests with strings. Whatever a command throws
// becomes one line on standard error, here.

import { Command, CommanderError } from "commander";

import { ConfigError } from "../config-error.ts";
import { printable } from "../printable.ts";
import { addCompletion } from "./completion.ts";
import { addConfig } from "./config-command.ts";
import { addDaemon } from "./daemon-command.ts";
import { addImport } from "./import.ts";
import { CommandFailure, exits, type Io } from "./io.ts";
import { addLearn } from "./learn.ts";
import { addQuarantine } from "./quarantine.ts";
import { addScan } from "./scan.ts";
import { addScanners } from "./scanners.ts";
import type { Services } from "./services.ts";

const examples = `
Exit codes: 0 done, 1 something was not done, 2 wrong usage, 55 configuration;
scan of one file: 0 queue, 31 reject, 71 defer, 99 quarantine.

Examples:
  qsift scan message.eml
  qsift scanners
  qsift learn spam ~/Maildir/.Junk/cur/*
  qsift quarantine list --since 2d
  qsift config check
  qsift completion bash`;

/** Never rejects. */
export async function run(
  argv: readonly string[],
  io: Io,
  services: Services,
): Promise<number> {
  let exitCode: number = exits.notDone;
  const texts: Promise<void>[] = [];
  const program = new Command("qsift")
    .description("mail filter for qmail: command line")
    .version(services.version, "--version", "print the version")
    .helpOption("--help", "print help for a command")
    .helpCommand("help [command]", "print help for a command")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => texts.push(io.out.write(text)),
      // It repeats the user's own words, which may come from anywhere.
      writeErr: (text) =>
        texts.push(io.err.write(text.split("\n").map(printable).join("\n"))),
    })
    .addHelpText("after", examples);
  const end = (code: number): void => {
    exitCode = code;
  };
  addScan(program, io, services, end);
  addScanners(program, io, services, end);
  addLearn(program, io, services, end);
  addQuarantine(program, io, services, end);
  addConfig(program, io, services, end);
  addImport(program, io, end);
  addDaemon(program);
  addCompletion(program, io, end);
  pointToHelp(program, program.name());
  try {
    await program.parseAsync(asHelpOption(program, argv), { from: "user" });
  } catch (error) {
    exitCode = await report(error, io);
  }
  await Promise.all(texts);
  return exitCode;
}

/**
 * `qsift help quarantine list` as `qsift quarantine list --help`: commander's
 * own help command goes one level deep and ends with another exit code.
 */
function asHelpOption(
  program: Command,
  argv: readonly string[],
): readonly string[] {
  const at = argv.indexOf("help");
  const above = follow(program, argv.slice(0, at));
  if (at === -1 || above === null || above.commands.length === 0) return argv;
  const words = argv.toSpliced(at, 1);
  // An unknown command is an error here too.
  return follow(program, words) === null ? words : [...words, "--help"];
}

function follow(program: Command, words: readonly string[]): Command | null {
  let command: Command | undefined = program;
  for (const word of words) {
    command = command.commands.find((sub) => sub.name() === word);
    if (command === undefined) return null;
  }
  return command;
}

/** A wrong option of `scan` is explained by `qsift scan --help`. */
function pointToHelp(command: Command, path: string): void {
  command.showHelpAfterError(`(${path} --help shows what there is)`);
  for (const sub of command.commands) pointToHelp(sub, `${path} ${sub.name()}`);
}

async function report(error: unknown, io: Io): Promise<number> {
  // Commander has said it already. Help and version that were asked for are 0.
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exits.done : exits.usage;
  const message = error instanceof Error ? error.message : String(error);
  await io.err.write(`qsift: ${printable(message)}\n`);
  if (error instanceof CommandFailure) return error.exitCode;
  return error instanceof ConfigError ? exits.configuration : exits.notDone;
}
