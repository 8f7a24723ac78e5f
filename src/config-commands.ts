// The [commands.NAME] tables of the configuration: each makes a scanner of a
// program. Called by config.ts. (Not in scanners/: it needs the configuration's
// own tools, which stand above.)

import * as v from "valibot";
import {
  commonKeys,
  commonSettings,
  type CommonKeys,
} from "./config-scanners.ts";
import type { ConfigSource } from "./config-source.ts";
import { compileRegex, loadRegexEngine } from "./regex.ts";
import {
  commandOptions,
  type Command,
  type CommandProfile,
} from "./scanners/command-options.ts";
import { commandProfiles } from "./scanners/command-profiles.ts";
import { everyLine } from "./scanners/command-verdict.ts";
import { commandScanner } from "./scanners/command.ts";
import { scanners } from "./scanners/index.ts";
import type { ConfiguredScanner, Scanner } from "./scanners/scanner.ts";
import { oneOf, table } from "./schema.ts";

const { enabled, timeout_s, concurrency, max_bytes, on_failure } = commonKeys;

type ProfileName = keyof typeof commandProfiles;

const commandTable = table({
  profile: v.optional(oneOf(Object.keys(commandProfiles) as ProfileName[])),
  ...commandOptions,
  enabled,
  timeout_s,
  concurrency,
  max_bytes,
  on_failure,
});

export const commandTables = v.optional(
  v.record(v.string(), commandTable, "expected a table"),
);

type RawCommand = v.InferOutput<typeof commandTable>;

export interface ConfiguredCommand {
  readonly scanner: Scanner;
  readonly settings: ConfiguredScanner;
}

/** In the order of the file. Throws ConfigError. Patterns are compiled when it returns. */
export async function toCommands(
  source: ConfigSource,
  raw: Readonly<Record<string, RawCommand>> | undefined,
): Promise<readonly ConfiguredCommand[]> {
  const commands: ConfiguredCommand[] = [];
  for (const [name, fromFile] of Object.entries(raw ?? {})) {
    const path = ["commands", name];
    if (!/^[a-z][a-z0-9-]{0,63}$/.test(name))
      throw source.error(
        path,
        `expected a name of lower-case letters, digits and "-", found "${name}"`,
      );
    if (scanners.some((scanner) => scanner.name === name))
      throw source.error(
        path,
        `expected a name of its own, found "${name}", which is a built-in scanner`,
      );
    const command = complete(source, path, fromFile);
    await compilePatterns(source, path, command);
    const scanner = commandScanner(name, command);
    commands.push({
      scanner,
      settings: {
        ...commonSettings(scanner, common(fromFile)),
        options: command,
      },
    });
  }
  return commands;
}

function common(raw: RawCommand): CommonKeys {
  return Object.fromEntries(
    Object.entries(raw).filter(([key]) => key in commonKeys),
  );
}

/** With what the profile gives and the file does not. */
function complete(
  source: ConfigSource,
  path: readonly string[],
  { profile, ...fromFile }: RawCommand,
): Command {
  const base: Partial<CommandProfile> =
    profile === undefined ? {} : commandProfiles[profile];
  const own = Object.fromEntries(
    Object.entries(fromFile).filter(([key]) => key in commandOptions),
  ) as Pick<RawCommand, keyof typeof commandOptions>;
  const {
    program,
    arguments: args,
    infected,
    clean,
    ...rest
  } = {
    ...base,
    ...own,
  };
  if (program === undefined) throw missing(source, path, "program");
  if (args === undefined) throw missing(source, path, "arguments");
  if (infected === undefined) throw missing(source, path, "infected");
  if (clean === undefined) throw missing(source, path, "clean");
  const endings = { infected, clean, partial: rest.partial };
  for (const [key, ending] of Object.entries(endings))
    if (
      ending !== undefined &&
      ending.pattern === undefined &&
      (ending.exit === undefined || ending.exit.length === 0)
    )
      throw source.error(
        [...path, key],
        "expected exit, pattern or both, found neither",
      );
  return { program, arguments: args, infected, clean, ...rest };
}

function missing(source: ConfigSource, path: readonly string[], key: string) {
  return source.error(
    [...path, key],
    "expected a value, found nothing: this key must be given where no profile gives it",
  );
}

async function compilePatterns(
  source: ConfigSource,
  path: readonly string[],
  { infected, partial, clean, name_pattern }: Command,
): Promise<void> {
  for (const [key, pattern] of [
    [["infected", "pattern"], infected.pattern],
    [["partial", "pattern"], partial?.pattern],
    [["clean", "pattern"], clean.pattern],
    [["name_pattern"], name_pattern],
  ] as const) {
    if (pattern === undefined) continue;
    await loadRegexEngine();
    try {
      compileRegex(everyLine(pattern), false);
    } catch (error) {
      throw source.error(
        [...path, ...key],
        `expected an RE2 expression: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }
}
