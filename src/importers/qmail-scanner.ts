// qmail-scanner's two configurations: its list of what is not allowed, and the
// options it was built with. Called by cli/import.ts.

import { loadRegexEngine } from "../regex.ts";
import { readOptions } from "./configure-words.ts";
import { formatToml } from "./format-toml.ts";
import { Notes, type ImportedPolicy } from "./import-result.ts";
import { NameMaker } from "./names.ts";
import { convertEvents } from "./qmail-scanner-events.ts";
import { convertOptions } from "./qmail-scanner-options.ts";
import { readLines } from "./source-lines.ts";

export interface ImportSource {
  /** For notes and comments: a file's name. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface QmailScannerSources {
  /** quarantine-events.txt or quarantine-attachments.txt. */
  readonly events: ImportSource | null;
  /** The `./configure` command. */
  readonly options: ImportSource | null;
  /** SpamAssassin's threshold there. */
  readonly required: number;
  /** Absolute path of the rules file to be. */
  readonly rulesPath: string;
}

export async function importQmailScanner(
  sources: QmailScannerSources,
): Promise<ImportedPolicy> {
  await loadRegexEngine();
  const { events, options, required, rulesPath } = sources;
  const eventNotes = new Notes(events?.name ?? "");
  const rules =
    events === null
      ? []
      : convertEvents(
          events.name,
          readLines(events.bytes, eventNotes),
          new NameMaker(),
          eventNotes,
        );
  const optionNotes = new Notes(options?.name ?? "");
  const name = options?.name ?? "";
  const converted = convertOptions(
    name,
    options === null
      ? []
      : readOptions(readLines(options.bytes, optionNotes), optionNotes),
    required,
    optionNotes,
  );
  const top = converted.tables.filter(({ header }) => header === "");
  const scanners = converted.tables.filter(({ header }) => header !== "");
  return {
    policies: formatToml(
      [
        "What qmail-scanner did, for qsift.",
        `SpamAssassin's required score is taken to be ${required}.`,
      ],
      [
        ...top,
        {
          header: "[rules]",
          comments: [
            'Add "builtin" to refuse all that a computer runs when it is opened.',
          ],
          entries: [["paths", rules.length === 0 ? [] : [rulesPath]]],
        },
        ...scanners,
        {
          header: "[[policy]]",
          comments: [
            ...converted.comments,
            "qmail-scanner held what it found, and delivered spam tagged.",
          ],
          entries: [["name", "default"], ...converted.policy],
        },
      ],
    ),
    rules:
      rules.length === 0
        ? ""
        : formatToml(
            [
              "What qmail-scanner did not allow.",
              "The first rule that holds decides.",
            ],
            rules,
          ),
    notes: [...eventNotes.all, ...optionNotes.all],
  };
}
