// A scanner program as data: the keys of a `[commands.NAME]` table. Its parts:
// command.ts runs it, command-verdict.ts reads what it says,
// command-profiles.ts has the tables of known programs.

import * as v from "valibot";
import {
  absolutePath,
  list,
  nonNegativeInteger,
  stringThat,
  table,
} from "../schema.ts";
import { processOptions } from "./process-limits.ts";

const exitCode = v.pipe(
  nonNegativeInteger,
  v.maxValue(255, "expected an exit code, at most 255"),
);

const regex = stringThat("an RE2 expression", (text) => text !== "");

const argument = stringThat(
  "a text without NUL",
  (text) => !text.includes("\0"),
);

/** Both must hold where both are given; `pattern` is looked for in all that the program said, ^ and $ at every line. */
const ending = table({
  exit: v.optional(list(exitCode)),
  pattern: v.optional(regex),
});

export type Ending = v.InferOutput<typeof ending>;

/** Keys that a profile may give instead of the file. */
export const commandOptions = {
  /** Absolute. */
  program: v.optional(absolutePath),
  /** One a word, no shell; see `inputOf`. */
  arguments: v.optional(list(argument)),
  infected: v.optional(ending),
  /** Nothing found, but not all could be looked at. */
  partial: v.optional(ending),
  clean: v.optional(ending),
  /** Its first group is the name of what was found. */
  name_pattern: v.optional(regex),
  /** With these it tells its version. */
  version_arguments: v.optional(list(argument)),
  /** Below it stand the files that it reads; by default /run/qsift, or /tmp. */
  runtime_folder: v.optional(absolutePath),
  ...processOptions,
};

type Options = v.InferOutput<v.ObjectSchema<typeof commandOptions, undefined>>;

type Needed = "program" | "arguments" | "infected" | "clean";
type Given = { readonly [Key in Needed]: NonNullable<Options[Key]> };

/** A table with what its profile gives, whole. */
export type Command = Omit<Options, Needed> & Given;

export type CommandProfile = Given &
  Pick<Options, "partial" | "name_pattern" | "version_arguments">;

export type CommandInput = "parts" | "file" | "stdin";

/** `{folder}`: the message and all decoded parts, as files; `{file}`: the message as a file; neither: on standard input. */
export function inputOf(args: readonly string[]): CommandInput {
  if (args.some((one) => one.includes("{folder}"))) return "parts";
  return args.some((one) => one.includes("{file}")) ? "file" : "stdin";
}
