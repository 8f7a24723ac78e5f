// `qsift config check|show`: is the configuration valid, and what does it come
// to with all defaults filled in.

import type { Command } from "commander";

import { printable } from "../printable.ts";
import { exits, type Io } from "./io.ts";
import type { Services } from "./services.ts";

export function addConfig(
  program: Command,
  io: Io,
  services: Services,
  end: (exitCode: number) => void,
): void {
  const config = program
    .command("config")
    .description("look at the configuration")
    .addHelpText(
      "after",
      "\nExamples:\n  qsift config check\n  QSIFT_CONFIG=./new.toml qsift config show",
    );

  config
    .command("check")
    .description("say whether the configuration is valid")
    .argument("[file]", "default: QSIFT_CONFIG, then /etc/qsift/qsift.toml")
    .addHelpText(
      "after",
      "\nExit code 55 where it is not.\n\nExamples:\n  qsift config check\n  qsift config check ./new.toml",
    )
    .action(async (file: string | undefined) => {
      const read = await services.readConfig(io.env, file ?? null);
      await io.out.write(
        read.file === null
          ? "no configuration file; built-in defaults are used\n"
          : `${printable(read.file)}: valid\n`,
      );
      end(exits.done);
    });

  config
    .command("show")
    .description("print the configuration with all defaults, as JSON")
    .argument("[file]", "default: QSIFT_CONFIG, then /etc/qsift/qsift.toml")
    .addHelpText(
      "after",
      "\nExamples:\n  qsift config show\n  qsift config show ./new.toml",
    )
    .action(async (file: string | undefined) => {
      const read = await services.readConfig(io.env, file ?? null);
      await io.out.write(`${JSON.stringify(read, null, 2)}\n`);
      end(exits.done);
    });
}
