// `qsift quarantine list|show|verify|stats|reindex`: the declarations of what
// changes no message; quarantine-acts.ts has the others. Each command is in a
// file of its own; all begin with the configuration and the right user.

import { type Command, Option } from "commander";

import type { Config } from "../config.ts";
import { explainPermission } from "./explain-permission.ts";
import { addFilters, parseCount } from "./held-filters.ts";
import type { SelectOptions } from "./held-selection.ts";
import { exits, type Io } from "./io.ts";
import { addQuarantineActs } from "./quarantine-acts.ts";
import {
  type ListOptions,
  listQuarantine,
  sortKeys,
} from "./quarantine-list.ts";
import { type ShowOptions, showHeld } from "./quarantine-show.ts";
import { reindex, showStats } from "./quarantine-stats.ts";
import { verifyHeld } from "./quarantine-verify.ts";
import type { Services } from "./services.ts";

/** Runs a command with the configuration, as the quarantine's owner. */
export type Inside = (
  act: (config: Config) => Promise<number>,
) => Promise<void>;

export function addQuarantine(
  program: Command,
  io: Io,
  services: Services,
  end: (exitCode: number) => void,
): void {
  const quarantine = program
    .command("quarantine")
    .description("review held messages")
    .addHelpText(
      "after",
      "\nAn ID may be cut to any part of four characters or more that only one has at its\nbeginning or end.\n\nExamples:\n  qsift quarantine list --since 2d\n  qsift quarantine show k3j9c2mq\n  qsift quarantine release 20261122-004512-k3j9c2mq",
    );
  const inside: Inside = async (act) => {
    const config = await services.readConfig(io.env, null);
    const { path } = config.quarantine;
    io.becomeUser({ kind: "owner", path });
    try {
      end(await act(config));
    } catch (error) {
      throw explainPermission(error, path, io);
    }
  };
  addList(quarantine, io, services, inside);
  addShow(quarantine, io, services, inside);
  addQuarantineActs(quarantine, io, services, inside);
  addUpkeep(quarantine, io, services, inside);
}

function addList(
  quarantine: Command,
  io: Io,
  services: Services,
  inside: Inside,
): void {
  const list = quarantine
    .command("list")
    .description("list held messages, oldest first")
    .option("--json", "one JSON object a line");
  addFilters(list, io)
    .addOption(new Option("--sort <key>", "what to sort by").choices(sortKeys))
    .option("--reverse", "the other way round")
    .option("--limit <count>", "no more than so many", parseCount)
    .option("--offset <count>", "leave out so many first", parseCount)
    .addHelpText(
      "after",
      "\nExamples:\n  qsift quarantine list\n  qsift quarantine list --folder spam --folder virus --since 12h\n  qsift quarantine list --recipient @example.test --json\n  qsift quarantine list --sort score --reverse --limit 20",
    )
    .action(async (options: ListOptions) => {
      await inside((config) => listQuarantine(config, options, io, services));
    });
}

function addShow(
  quarantine: Command,
  io: Io,
  services: Services,
  inside: Inside,
): void {
  quarantine
    .command("show")
    .description("show why a message is held, its envelope and what is in it")
    .argument("<id>", "as `list` prints it")
    .option("--json", "one JSON object")
    .option("--parts", "its parts as a tree, of a message above 1 MiB too")
    .option("--headers", "its header, line by line")
    .option("--text", "its text, markup taken off")
    .option("--part <place>", "only this part of the tree, decoded")
    .option("--raw", "the received bytes, exactly; escaped on a terminal")
    .addHelpText(
      "after",
      "\nExamples:\n  qsift quarantine show 20261122-004512-k3j9c2mq\n  qsift quarantine show --headers --text k3j9c2mq\n  qsift quarantine show --part 2 k3j9c2mq > attachment\n  qsift quarantine show --raw k3j9c2mq > message.eml",
    )
    .action(async (id: string, options: ShowOptions) => {
      await inside(async (config) => {
        await showHeld(config, id, options, io, services);
        return exits.done;
      });
    });
}

function addUpkeep(
  quarantine: Command,
  io: Io,
  services: Services,
  inside: Inside,
): void {
  const verify = quarantine
    .command("verify")
    .description(
      "read held messages whole and compare them with what was recorded",
    )
    .argument("[id...]", 'default: all; "-" reads them from standard input');
  addFilters(verify, io)
    .addHelpText(
      "after",
      "\nExit code 1 if one is damaged.\n\nExamples:\n  qsift quarantine verify\n  qsift quarantine verify --folder undelivered",
    )
    .action(async (ids: readonly string[], options: SelectOptions) => {
      await inside((config) => verifyHeld(config, ids, options, io, services));
    });

  quarantine
    .command("stats")
    .description("how much is held, by folder")
    .option("--json", "one JSON object")
    .addHelpText("after", "\nExamples:\n  qsift quarantine stats")
    .action(async (options: { readonly json?: true }) => {
      await inside((config) => showStats(config, options, io));
    });

  quarantine
    .command("reindex")
    .description("make the index anew from the messages")
    .addHelpText(
      "after",
      "\nNever needed for correctness: the index only makes listing fast.\n\nExamples:\n  qsift quarantine reindex",
    )
    .action(async () => {
      await inside((config) => reindex(config, io));
    });
}
