// `qsift import qmail-scanner|simscan|tcprules`: the configuration of another
// filter as one of ours, and what could not be taken over.

import { existsSync, writeFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";

import { type Command, InvalidArgumentError } from "commander";

import type { ImportedPolicy, ImportNote } from "../importers/import-result.ts";
import type { ImportSource } from "../importers/qmail-scanner.ts";
import { printable } from "../printable.ts";
import { CommandFailure, exits, type Io } from "./io.ts";
import { describeReadError, readInput } from "./read-input.ts";

interface Options {
  readonly configure?: string;
  readonly ssattach?: string;
  readonly required: number;
  readonly door: string;
  readonly output?: string;
  readonly json?: true;
}

/** Larger files are no configuration that somebody wrote. */
const maxBytes = 1_048_576;

const maxShownCharacters = 200;

const usualOutput = "/etc/qsift/qsift.toml";
const usualDoor = "/var/qmail/bin/qmail-scanner-queue";

const ending = `
Notes go to standard error, each with the line it is about. Exit code 0 if all
was translated, 1 if something was not.`;

export function addImport(
  program: Command,
  io: Io,
  end: (exitCode: number) => void,
): void {
  const group = program
    .command("import")
    .description("take over the configuration of another filter")
    .addHelpText(
      "after",
      "\nExamples:\n  qsift import qmail-scanner /var/spool/qscan/quarantine-events.txt\n  qsift import simscan /var/qmail/control/simcontrol\n  qsift import tcprules /etc/tcp.smtp",
    );

  policyCommand(group, "qmail-scanner", "qmail-scanner's lists and options")
    .argument(
      "[events]",
      'quarantine-events.txt or quarantine-attachments.txt; "-" is standard input',
    )
    .addHelpText(
      "after",
      `${ending}\n\nExamples:\n  qsift import qmail-scanner /var/spool/qscan/quarantine-events.txt --configure ./qms-config --output new.toml\n  qsift import qmail-scanner --configure config.log --required 6.5`,
    )
    .action(async (events: string | undefined, options: Options) => {
      if (events === undefined && options.configure === undefined)
        throw nothingToRead("the events file, --configure, or both");
      const { importQmailScanner } =
        await import("../importers/qmail-scanner.ts");
      const imported = await importQmailScanner({
        events: await readSource(events, io),
        options: await readSource(options.configure, io),
        required: options.required,
        rulesPath: rulesPathFor(options.output ?? usualOutput),
      });
      end(await answer("qmail-scanner", imported, options, io));
    });

  policyCommand(group, "simscan", "simscan's simcontrol, ssattach and options")
    .argument("[simcontrol]", 'control/simcontrol; "-" is standard input')
    .option("--ssattach <file>", "control/ssattach")
    .addHelpText(
      "after",
      `${ending}\n\nExamples:\n  qsift import simscan /var/qmail/control/simcontrol --output new.toml\n  qsift import simscan --ssattach /var/qmail/control/ssattach --configure ./config.log`,
    )
    .action(async (simcontrol: string | undefined, options: Options) => {
      if ((simcontrol ?? options.ssattach ?? options.configure) === undefined)
        throw nothingToRead("simcontrol, --ssattach or --configure");
      const { importSimscan } = await import("../importers/simscan.ts");
      const imported = importSimscan({
        simcontrol: await readSource(simcontrol, io),
        ssattach: await readSource(options.ssattach, io),
        options: await readSource(options.configure, io),
        required: options.required,
        rulesPath: rulesPathFor(options.output ?? usualOutput),
      });
      end(await answer("simscan", imported, options, io));
    });

  group
    .command("tcprules")
    .description(
      "which lines of a tcprules file need what, and the file changed",
    )
    .argument("<file>", 'what tcprules reads; "-" is standard input')
    .option(
      "--door <path>",
      "what QMAILQUEUE is to name",
      (path: string) => {
        if (!isAbsolute(path) || !/^[!-~]+$/.test(path) || path.includes('"'))
          throw new InvalidArgumentError("Expected an absolute path.");
        return path;
      },
      usualDoor,
    )
    .option("--output <file>", "write it there, not to standard output")
    .option("--json", "print one JSON object instead")
    .addHelpText(
      "after",
      `${ending}\n\nExamples:\n  qsift import tcprules /etc/tcp.smtp > /dev/null\n  qsift import tcprules /etc/tcp.smtp --output /etc/tcp.smtp.new`,
    )
    .action(async (file: string, options: Options) => {
      const { importTcprules } = await import("../importers/tcprules.ts");
      const source = await readSource(file, io);
      if (source === null) throw nothingToRead("a file");
      const { changed, notes } = importTcprules(source, options.door);
      if (options.output !== undefined)
        writeNew([[resolve(options.output), changed]]);
      if (options.json)
        await printJson(
          "tcprules",
          notes,
          { tcprules: Buffer.from(changed).toString("utf8") },
          io,
        );
      else {
        await printNotes(notes, io);
        if (options.output === undefined) await io.out.write(changed);
      }
      end(exitFor(notes));
    });
}

function policyCommand(
  group: Command,
  name: string,
  description: string,
): Command {
  return group
    .command(name)
    .description(description)
    .option(
      "--configure <file>",
      "script or config.log with the ./configure options it was built with",
    )
    .option(
      "--required <score>",
      "SpamAssassin's required score there",
      (value: string) => {
        if (!/^\d{1,6}(?:\.\d{1,6})?$/.test(value))
          throw new InvalidArgumentError("Expected a score of 0 or more.");
        return Number(value);
      },
      5,
    )
    .option(
      "--output <file>",
      "write the configuration there, and its rules beside it",
    )
    .option("--json", "print one JSON object instead");
}

function nothingToRead(what: string): CommandFailure {
  return new CommandFailure(exits.usage, `nothing to read: name ${what}`);
}

async function readSource(
  file: string | undefined,
  io: Io,
): Promise<ImportSource | null> {
  if (file === undefined) return null;
  try {
    return { name: file, bytes: await readInput(file, io, maxBytes, "") };
  } catch (error) {
    throw new CommandFailure(
      exits.notDone,
      `${file}: ${describeReadError(error, "import")}`,
      { cause: error },
    );
  }
}

/** `/etc/qsift/qsift.toml` has its rules in `/etc/qsift/qsift.rules.toml`. */
function rulesPathFor(output: string): string {
  return resolve(output).replace(/(?:\.toml)?$/, ".rules.toml");
}

async function answer(
  from: string,
  imported: ImportedPolicy,
  options: Options,
  io: Io,
): Promise<number> {
  const { policies, rules, notes } = imported;
  const file = resolve(options.output ?? usualOutput);
  const texts = [
    ...(rules === "" ? [] : [[rulesPathFor(file), rules] as const]),
    [file, policies] as const,
  ];
  if (options.output !== undefined) writeNew(texts);
  if (options.json) await printJson(from, notes, { policies, rules }, io);
  else {
    await printNotes(notes, io);
    if (options.output === undefined)
      await io.out.write(
        texts
          .map(([path, content]) => `# ---- ${path}\n${content}`)
          .reverse()
          .join("\n"),
      );
  }
  return exitFor(notes);
}

/** Nothing that is there is written over: it may be the configuration in use. */
function writeNew(
  files: readonly (readonly [string, string | Uint8Array])[],
): void {
  for (const [path] of files)
    if (existsSync(path))
      throw new CommandFailure(
        exits.notDone,
        `${path} exists already; nothing was written`,
      );
  for (const [path, content] of files)
    writeFileSync(path, content, { flag: "wx" });
}

function exitFor(notes: readonly ImportNote[]): number {
  return notes.some(({ kind }) => kind === "untranslated")
    ? exits.notDone
    : exits.done;
}

const kinds: Readonly<Record<ImportNote["kind"], string>> = {
  untranslated: "not translated",
  different: "not quite the same",
  information: "note",
};

async function printNotes(notes: readonly ImportNote[], io: Io): Promise<void> {
  for (const { source, line, kind, text: quoted, reason } of notes) {
    const place = line === null ? source : `${source}:${line}`;
    const shown =
      quoted.length > maxShownCharacters
        ? `${quoted.slice(0, maxShownCharacters)}...`
        : quoted;
    const tail = shown === "" ? "" : `: ${shown.replaceAll("\t", "<TAB>")}`;
    await io.err.write(
      `${printable(`${place}: ${kinds[kind]}: ${reason}${tail}`)}\n`,
    );
  }
}

async function printJson(
  from: string,
  notes: readonly ImportNote[],
  texts: Readonly<Record<string, string>>,
  io: Io,
): Promise<void> {
  const complete = exitFor(notes) === exits.done;
  const shown = notes.map(({ source, line, kind, text, reason }) => ({
    source: printable(source),
    line,
    kind,
    text: printable(text),
    reason: printable(reason),
  }));
  await io.out.write(
    `${JSON.stringify({ from, complete, notes: shown, ...texts })}\n`,
  );
}
