// `qsift quarantine release|delete|learn|export|expire`: the declarations of
// what is done with held messages, and recorded in the audit log.

import { Argument, type Command, Option } from "commander";

import type { LearnAs } from "../scanners/scanner.ts";
import { addFilters } from "./held-filters.ts";
import type { Io } from "./io.ts";
import { collect } from "./options.ts";
import type { Inside } from "./quarantine.ts";
import { type DeleteOptions, deleteHeld } from "./quarantine-delete.ts";
import { type ExpireOptions, expireHeld } from "./quarantine-expire.ts";
import {
  type ExportOptions,
  exportFormats,
  exportHeld,
} from "./quarantine-export.ts";
import { type LearnHeldOptions, learnHeld } from "./quarantine-learn.ts";
import { type ReleaseOptions, releaseHeld } from "./quarantine-release.ts";
import type { Services } from "./services.ts";

const dryRun = "only say what would be done";

export function addQuarantineActs(
  quarantine: Command,
  io: Io,
  services: Services,
  inside: Inside,
): void {
  /** For a command that takes IDs, "-", or filters. */
  const addSelection = (command: Command): Command =>
    addFilters(
      command
        .argument("[id...]", '"-" reads them from standard input')
        .option("--all", "everything that is held"),
      io,
    );

  addSelection(
    quarantine
      .command("release")
      .description(
        "hand held messages to qmail-queue, unscanned and unchanged",
      ),
  )
    .option(
      "--to <address>",
      "deliver to this recipient instead, repeatable",
      collect,
    )
    .option("--again", "though it was released, or a release was cut short")
    .option("--dry-run", dryRun)
    .addHelpText(
      "after",
      "\nThe next hop is QSIFT_QUEUE, or `queue` of the configuration.\n\nExamples:\n  qsift quarantine release k3j9c2mq\n  qsift quarantine release --to postmaster@example.test k3j9c2mq\n  qsift quarantine release --folder spam --sender @example.org --dry-run",
    )
    .action(async (ids: readonly string[], options: ReleaseOptions) => {
      await inside((config) => releaseHeld(config, ids, options, io, services));
    });

  addSelection(
    quarantine.command("delete").description("delete held messages for good"),
  )
    .option("--force", "though a release has begun and not ended")
    .option("--dry-run", dryRun)
    .addHelpText(
      "after",
      "\nExamples:\n  qsift quarantine delete k3j9c2mq\n  qsift quarantine delete --folder spam --min-score 20 --until 7d --dry-run\n  qsift quarantine list --json | jq -r .id | qsift quarantine delete -",
    )
    .action(async (ids: readonly string[], options: DeleteOptions) => {
      await inside((config) => deleteHeld(config, ids, options, io, services));
    });

  addSelection(
    quarantine
      .command("learn")
      .description("teach the scanners with held messages")
      .addArgument(
        new Argument("<as>", "what the messages are").choices(["spam", "ham"]),
      ),
  )
    .option("--scanner <name>", "only this one, repeatable", collect)
    .option("--report", "also tell the networks of those with report = true")
    .option("--dry-run", dryRun)
    .addHelpText(
      "after",
      "\nExamples:\n  qsift quarantine learn ham k3j9c2mq\n  qsift quarantine learn spam --folder spam --min-score 15 --since 1d",
    )
    .action(
      async (
        as: LearnAs,
        ids: readonly string[],
        options: LearnHeldOptions,
      ) => {
        await inside((config) =>
          learnHeld(config, as, ids, options, io, services),
        );
      },
    );

  addSelection(
    quarantine
      .command("export")
      .description("write held messages to files, or to standard output"),
  )
    .addOption(
      new Option("--format <format>", "eml: one file each (default)").choices(
        exportFormats,
      ),
    )
    .option("--output <place>", "a folder for eml, else a new file")
    .option("--held", "the files as they are held, not the received bytes")
    .addHelpText(
      "after",
      "\nExamples:\n  qsift quarantine export k3j9c2mq > message.eml\n  qsift quarantine export --format mbox --folder spam --since 1d > spam.mbox\n  qsift quarantine export --output /var/tmp/samples --folder virus",
    )
    .action(async (ids: readonly string[], options: ExportOptions) => {
      await inside((config) => exportHeld(config, ids, options, io, services));
    });

  quarantine
    .command("expire")
    .description(
      "delete what has had its time, by [quarantine] retention_days and max_bytes",
    )
    .option("--dry-run", dryRun)
    .addHelpText(
      "after",
      "\nFor cron. Without those keys nothing is deleted.\n\nExamples:\n  qsift quarantine expire --dry-run\n  qsift quarantine expire",
    )
    .action(async (options: ExpireOptions) => {
      await inside((config) => expireHeld(config, options, io));
    });
}
