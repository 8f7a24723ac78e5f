// `qsift daemon` as help and completion know it. It is a program of its own
// (src/daemon/main.ts), which bin/qsift starts without coming here.

import type { Command } from "commander";

import { CommandFailure, exits } from "./io.ts";

const examples = `
Its socket, and how many messages it judges at a time, stand in [daemon] of the
configuration. SIGTERM: takes no new mail, finishes what it has, and ends.

Examples:
  qsift daemon
  QSIFT_CONFIG=./new.toml qsift daemon`;

export function addDaemon(program: Command): void {
  program
    .command("daemon")
    .description("judge mail for the doors (runs in the foreground)")
    .addHelpText("after", examples)
    .action(() => {
      throw new CommandFailure(
        exits.usage,
        "the daemon is a program of its own: start it by bin/qsift daemon",
      );
    });
}
