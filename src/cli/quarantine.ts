// `qsift quarantine list|show|release`: the declarations. Each command is in a
// file of its own; all begin with the configuration and the right user.

import type { Command } from "commander";

import type { Config } from "../config.ts";
import { explainPermission } from "./explain-permission.ts";
import { type Io, exits } from "./io.ts";
import { collect, collectFolder, parseSince } from "./options.ts";
import { type ListOptions, listQuarantine } from "./quarantine-list.ts";
import { type ReleaseOptions, releaseHeld } from "./quarantine-release.ts";
import { type ShowOptions, showHeld } from "./quarantine-show.ts";
import type { Services } from "./services.ts";

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
      "\nExamples:\n  qsift quarantine list --since 2d\n  qsift quarantine show 20261122-004512-k3j9c2mq\n  qsift quarantine release 20261122-004512-k3j9c2mq",
    );
  const inside = async (act: (config: Config) => Promise<number>) => {
    const config = await services.readConfig(io.env, null);
    const { path } = config.quarantine;
    io.becomeUser({ kind: "owner", path });
    try {
      end(await act(config));
    } catch (error) {
      throw explainPermission(error, path, io);
    }
  };

  quarantine
    .command("list")
    .description("list held messages, oldest first")
    .option("--json", "one JSON object a line")
    .option("--folder <name>", "only this folder, repeatable", collectFolder)
    .option("--sender <text>", "only where the sender has this text in it")
    .option("--recipient <text>", "only where a recipient has this text in it")
    .option(
      "--since <time>",
      "only from then on: 90m, 12h, 2d, 1w or a date",
      (value) => parseSince(value, io.now()),
    )
    .addHelpText(
      "after",
      "\nExamples:\n  qsift quarantine list\n  qsift quarantine list --folder spam --folder virus --since 12h\n  qsift quarantine list --recipient @example.test --json",
    )
    .action(async (options: ListOptions) => {
      await inside((config) => listQuarantine(config, options, io, services));
    });

  quarantine
    .command("show")
    .description("show why a message is held, and its envelope")
    .argument("<id>", "as `list` prints it")
    .option("--json", "one JSON object")
    .option("--raw", "the received bytes, exactly; escaped on a terminal")
    .addHelpText(
      "after",
      "\nExamples:\n  qsift quarantine show 20261122-004512-k3j9c2mq\n  qsift quarantine show --raw 20261122-004512-k3j9c2mq > message.eml",
    )
    .action(async (id: string, options: ShowOptions) => {
      await inside(async (config) => {
        await showHeld(config, id, options, io, services);
        return exits.done;
      });
    });

  quarantine
    .command("release")
    .description("hand held messages to qmail-queue, unscanned and unchanged")
    .argument("<id...>", "as `list` prints them")
    .option(
      "--to <address>",
      "deliver to this recipient instead, repeatable",
      collect,
    )
    .option("--again", "though it was released, or a release was cut short")
    .addHelpText(
      "after",
      "\nThe next hop is QSIFT_QUEUE, or `queue` of the configuration.\n\nExamples:\n  qsift quarantine release 20261122-004512-k3j9c2mq\n  qsift quarantine release --to postmaster@example.test 20261122-004512-k3j9c2mq",
    )
    .action(async (ids: readonly string[], options: ReleaseOptions) => {
      await inside((config) => releaseHeld(config, ids, options, io, services));
    });
}
