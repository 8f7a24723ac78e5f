// `qsift completion bash|zsh|fish`: scripts made from the declared commands and
// options, so that they can't fall behind. Where an argument is a file or an
// ID, the shell completes file names.

import { Argument, type Command } from "commander";

import { exits, type Io } from "./io.ts";

const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

export function addCompletion(
  program: Command,
  io: Io,
  end: (exitCode: number) => void,
): void {
  program
    .command("completion")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .addHelpText(
      "after",
      "\nExamples:\n  qsift completion bash > /etc/bash_completion.d/qsift\n  qsift completion zsh > /usr/local/share/zsh/site-functions/_qsift\n  qsift completion fish > ~/.config/fish/completions/qsift.fish",
    )
    .action(async (shell: Shell) => {
      await io.out.write(formatCompletion(shell, levelsOf(program, [])));
      end(exits.done);
    });
}

/** What may follow the words in `path`. */
interface Level {
  readonly path: readonly string[];
  readonly commands: readonly string[];
  /** Arguments of which there are only so many. */
  readonly choices: readonly string[];
  readonly options: readonly string[];
}

function levelsOf(command: Command, path: readonly string[]): Level[] {
  return [
    {
      path,
      commands: command.commands.map((sub) => sub.name()),
      choices: command.registeredArguments.flatMap(
        ({ argChoices }) => argChoices ?? [],
      ),
      options: [
        ...command.options.flatMap((option) => option.long ?? []),
        "--help",
      ],
    },
    ...command.commands.flatMap((sub) => levelsOf(sub, [...path, sub.name()])),
  ];
}

function formatCompletion(shell: Shell, levels: readonly Level[]): string {
  switch (shell) {
    case "bash":
      return [
        "_qsift() {",
        "  local word path=qsift",
        "  COMPREPLY=()",
        '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
        ...walk(levels),
        "  done",
        "  local words=",
        ...choose(levels),
        '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
        "}",
        "complete -o default -F _qsift qsift",
        "",
      ].join("\n");
    case "zsh":
      return [
        "#compdef qsift",
        "_qsift() {",
        "  local word words_here path_here=qsift",
        '  for word in "${(@)words[2,CURRENT-1]}"; do',
        ...walk(levels).map((line) => line.replaceAll("path", "path_here")),
        "  done",
        ...choose(levels).map((line) =>
          line.replace("$path", "$path_here").replace("words=", "words_here="),
        ),
        "  compadd -- ${=words_here}",
        "  _files",
        "}",
        '_qsift "$@"',
        "",
      ].join("\n");
    case "fish":
      return `${levels.flatMap(fishLines).join("\n")}\n`;
  }
}

/** Follows the words that are commands. */
function walk(levels: readonly Level[]): string[] {
  const known = levels
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => `"qsift ${path.join(" ")}"`);
  return [
    '    case "$path $word" in',
    `      ${known.join("|")}) path="$path $word" ;;`,
    "    esac",
  ];
}

function choose(levels: readonly Level[]): string[] {
  return [
    '  case "$path" in',
    ...levels.map(
      ({ path, commands, choices, options }) =>
        `    "${["qsift", ...path].join(" ")}") words="${[...commands, ...choices, ...options].join(" ")}" ;;`,
    ),
    "  esac",
  ];
}

function fishLines({ path, commands, choices, options }: Level): string[] {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const unseen =
    commands.length > 0
      ? [`not __fish_seen_subcommand_from ${commands.join(" ")}`]
      : [];
  const condition = [...seen, ...unseen].join("; and ");
  const lines = options.map(
    (option) => `complete -c qsift -n "${condition}" -l ${option.slice(2)}`,
  );
  if (choices.length > 0)
    lines.unshift(
      `complete -c qsift -n "${condition}" -a "${choices.join(" ")}"`,
    );
  if (commands.length > 0)
    lines.unshift(
      `complete -c qsift -f -n "${condition}" -a "${commands.join(" ")}"`,
    );
  return lines;
}
