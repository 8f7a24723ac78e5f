// simscan's configuration: control/simcontrol, control/ssattach, and the options
// it was built with. Called by cli/import.ts.
//
// simcontrol is read by a simscan built with --enable-per-domain, ssattach by one
// built without (README, "Attachment blocking option"); whoever gives both has
// the first. ssattach's example has a line `.exe:.com`, the README one ending a
// line; both are read.

import { readOptions } from "./configure-words.ts";
import { formatToml, type TomlTable } from "./format-toml.ts";
import { Notes, type ImportedPolicy } from "./import-result.ts";
import { NameMaker } from "./names.ts";
import type { ImportSource } from "./qmail-scanner.ts";
import { readEndings, readSimcontrol } from "./simcontrol.ts";
import {
  convertBuild,
  defaultBuild,
  type SimscanBuild,
} from "./simscan-options.ts";
import {
  attachmentRules,
  convertRules,
  treatmentEntries,
  type SimscanTables,
} from "./simscan-policies.ts";
import { isComment, readLines } from "./source-lines.ts";

export interface SimscanSources {
  readonly simcontrol: ImportSource | null;
  readonly ssattach: ImportSource | null;
  /** The `./configure` command. */
  readonly options: ImportSource | null;
  /** SpamAssassin's threshold there. */
  readonly required: number;
  /** Absolute path of the rules file to be. */
  readonly rulesPath: string;
}

export function importSimscan(sources: SimscanSources): ImportedPolicy {
  const { simcontrol, options, required, rulesPath } = sources;
  const optionNotes = new Notes(options?.name ?? "");
  const build =
    options === null
      ? defaultBuild
      : convertBuild(
          readOptions(readLines(options.bytes, optionNotes), optionNotes),
          optionNotes,
        );
  const controlNotes = new Notes(simcontrol?.name ?? "");
  const attachNotes = new Notes(sources.ssattach?.name ?? "");
  const { policies, rules } =
    simcontrol === null
      ? forEverybody(sources, build, attachNotes)
      : perDomain(simcontrol, build, required, controlNotes);
  if (simcontrol !== null && sources.ssattach !== null)
    attachNotes.add(
      "untranslated",
      null,
      "",
      "a simscan that reads simcontrol does not read this file; import it by itself if it did",
    );
  return {
    policies: formatToml(
      [
        "What simscan did, for qsift.",
        `SpamAssassin's required score is taken to be ${required}.`,
      ],
      [
        ...(build.queue === null
          ? []
          : [
              {
                header: "",
                comments: ["--enable-qmail-queue"],
                entries: [["queue", build.queue] as const],
              },
            ]),
        {
          header: "[rules]",
          comments: [
            'Add "builtin" to refuse all that a computer runs when it is opened.',
          ],
          entries: [["paths", rules.length === 0 ? [] : [rulesPath]]],
        },
        ...policies,
      ],
    ),
    rules:
      rules.length === 0
        ? ""
        : formatToml(["Attachments that simscan did not let in."], rules),
    notes: [...controlNotes.all, ...attachNotes.all, ...optionNotes.all],
  };
}

function perDomain(
  { name, bytes }: ImportSource,
  build: SimscanBuild,
  required: number,
  notes: Notes,
): SimscanTables {
  const rules = readSimcontrol(readLines(bytes, notes), notes);
  const addresses = rules.filter(({ who }) => /^[^@]/.test(who));
  for (const { line, text } of addresses)
    notes.add(
      "different",
      line,
      text,
      "simscan looked up user@ for user-extension@ too; here the line is for this address alone",
    );
  if (rules.length > 1)
    notes.add(
      "different",
      null,
      "",
      "of several recipients the last one's line counted for all; here each has its own",
    );
  return convertRules(name, rules, build, required, {
    policies: new NameMaker(),
    rules: new NameMaker(),
  });
}

/** Without simcontrol: the build alone decides. */
function forEverybody(
  { ssattach, required }: SimscanSources,
  build: SimscanBuild,
  notes: Notes,
): SimscanTables {
  const names = new NameMaker();
  const rules: TomlTable[] = [];
  if (ssattach !== null)
    for (const line of readLines(ssattach.bytes, notes)) {
      if (isComment(line)) continue;
      rules.push(
        ...attachmentRules(
          `${ssattach.name}, line ${line.number}: ${line.text}`,
          `ssattach-${line.number}`,
          readEndings(line.text, line, notes),
          null,
          build.drops,
          names,
        ),
      );
    }
  return {
    rules,
    policies: [
      {
        header: "[[policy]]",
        comments: ["For all mail, as simscan was built."],
        entries: [
          ["name", "default"],
          ...treatmentEntries({ ...build, clam: build.clamav }, required),
        ],
      },
    ],
  };
}
