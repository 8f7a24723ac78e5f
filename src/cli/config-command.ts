// `qsift config check|show`: is the configuration valid and does this machine
// fit it, and what does it come to with all defaults filled in.

import type { Command } from "commander";

import { printable, printableText } from "../printable.ts";
import { exits, type Io } from "./io.ts";
import type { Services } from "./services.ts";
import { readUsers } from "./users.ts";

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
    .description("say whether the configuration is valid and fits this machine")
    .argument("[file]", "default: QSIFT_CONFIG, then /etc/qsift/qsift.toml")
    .addHelpText(
      "after",
      "\nExit code 55 where it is not valid; warnings change nothing.\n\nExamples:\n  qsift config check\n  qsift config check ./new.toml",
    )
    .action(async (file: string | undefined) => {
      const read = await services.readConfig(io.env, file ?? null);
      const { findWarnings } = await import("./config-warnings.ts");
      const { findScannerWarnings } = await import("./scanner-warnings.ts");
      const machine = findWarnings(read, readUsers());
      // Scanners may be programs that write: nothing of theirs is to be root's.
      io.becomeUser({ kind: "qsift" });
      const asked = await findScannerWarnings(
        read,
        services.pingScanner,
        io.now(),
      );
      for (const warning of [...machine, ...asked])
        await io.err.write(`warning: ${printableText(warning)}\n`);
      await io.out.write(
        read.file === null
          ? "no configuration file; built-in defaults are used\n"
          : `${printable(read.file)}: valid\n`,
      );
      end(exits.done);
    });

  config
    .command("show")
    .description("print the configuration with all defaults, as TOML")
    .argument("[file]", "default: QSIFT_CONFIG, then /etc/qsift/qsift.toml")
    .option("--json", "as JSON, with the rules")
    .addHelpText(
      "after",
      "\nExamples:\n  qsift config show\n  qsift config show --json ./new.toml",
    )
    .action(
      async (file: string | undefined, options: { readonly json?: true }) => {
        const read = await services.readConfig(io.env, file ?? null);
        const paths = await services.readRulePaths(read.file);
        const { formatConfigJson, formatConfigToml } =
          await import("./config-table.ts");
        const format = options.json ? formatConfigJson : formatConfigToml;
        await io.out.write(format(read, paths));
        end(exits.done);
      },
    );
}
