// The filters that `qsift quarantine list` and the acts on many messages share:
// their options, and what they come to.

import { type Command, InvalidArgumentError, Option } from "commander";

import type { Folder } from "../decision.ts";
import type { Filter } from "../quarantine/filter.ts";
import type { ReleaseState } from "../quarantine/release.ts";
import type { Io } from "./io.ts";
import { collectFolder, parseSince } from "./options.ts";

const states = ["held", "released", "releasing", "deleting"] as const;

/** Their names are those of Filter, so that one is the other. */
export interface FilterOptions extends Filter {
  /** None: all. */
  readonly folder?: readonly Folder[];
  readonly state?: ReleaseState["kind"];
}

const names = [
  "folder",
  "state",
  "sender",
  "recipient",
  "subject",
  "finding",
  "since",
  "until",
  "minScore",
  "maxScore",
  "minSize",
  "maxSize",
] as const satisfies readonly (keyof FilterOptions)[];

export function hasFilter(options: FilterOptions): boolean {
  return names.some((name) => options[name] !== undefined);
}

export function addFilters(command: Command, io: Io): Command {
  const time = (value: string): number => parseSince(value, io.now());
  return command
    .option("--folder <name>", "only this folder, repeatable", collectFolder)
    .option("--sender <text>", "only where the sender has this text in it")
    .option("--recipient <text>", "only where a recipient has this text in it")
    .option("--subject <text>", "only where the subject has this text in it")
    .option(
      "--finding <text>",
      "only where a finding's kind:name has this text",
    )
    .option(
      "--since <time>",
      "only from then on: 90m, 12h, 2d, 1w or a date",
      time,
    )
    .option("--until <time>", "only from before then: 30d is older", time)
    .option(
      "--min-score <score>",
      "only with this spam score or more",
      parseScore,
    )
    .option(
      "--max-score <score>",
      "only with this spam score or less",
      parseScore,
    )
    .option(
      "--min-size <bytes>",
      "only this large or larger: 500k, 10M",
      parseSize,
    )
    .option("--max-size <bytes>", "only this large or smaller", parseSize)
    .addOption(
      new Option("--state <state>", "only in this state").choices(states),
    );
}

function parseScore(value: string): number {
  if (!/^-?\d{1,9}(\.\d{1,9})?$/.test(value))
    throw new InvalidArgumentError("A score is a number such as 7.5.");
  return Number(value);
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 1000,
  M: 1_000_000,
  G: 1_000_000_000,
};

function parseSize(value: string): number {
  const [, count = "", unit = "?"] = /^(\d{1,12})([kMG]?)$/.exec(value) ?? [];
  const bytes = Number(count) * (units[unit] ?? NaN);
  if (!Number.isSafeInteger(bytes))
    throw new InvalidArgumentError(
      "A size is bytes, or with a unit such as 500k, 10M or 1G.",
    );
  return bytes;
}

export function parseCount(value: string): number {
  if (!/^\d{1,9}$/.test(value))
    throw new InvalidArgumentError("A count is a whole number.");
  return Number(value);
}
