// qmail-scanner's configure options, with those of the st patch, as a policy.
// Called by qmail-scanner.ts.
//
// Scores of the st patch are added to SpamAssassin's required score: 2.1 and
// 4.2 are usual, which would hold ordinary mail if they were whole scores.

import {
  addScores,
  readScore,
  readYesNo,
  type ConfigureOption,
} from "./configure-words.ts";
import { quoteLine, type TomlTable, type TomlValue } from "./format-toml.ts";
import type { ImportNote, Notes } from "./import-result.ts";
import { convertScanners } from "./qmail-scanner-scanners.ts";
import { needless, untranslatable } from "./qmail-scanner-unsaid.ts";
import { TableSet } from "./table-set.ts";

/** `[[policy]]` without its name, and the tables beside it. */
export interface OptionsResult {
  readonly comments: readonly string[];
  readonly policy: readonly (readonly [string, TomlValue])[];
  readonly tables: readonly TomlTable[];
}

interface State {
  readonly set: TableSet;
  readonly comments: string[];
  scanners: readonly string[] | null;
  subjectTag: string | null;
  quarantine: number | null;
  destroy: ConfigureOption | null;
  rejects: ConfigureOption | null;
}

/** `required`: SpamAssassin's own threshold on that host. */
export function convertOptions(
  source: string,
  options: readonly ConfigureOption[],
  required: number,
  notes: Notes,
): OptionsResult {
  const state: State = {
    set: new TableSet(),
    comments: [],
    scanners: null,
    subjectTag: null,
    quarantine: null,
    destroy: null,
    rejects: null,
  };
  for (const option of options) {
    const { line, text } = option;
    const quote = quoteLine(source, line, text);
    for (const said of convert(option, quote, required, state))
      if (said === used) state.comments.push(quote);
      else notes.add(said.kind, line, text, said.reason);
  }
  const spam = bands(state, required, notes);
  return {
    comments: state.comments,
    policy: [
      ...(state.scanners === null
        ? []
        : [["scanners", state.scanners] as const]),
      ["spam", spam],
      ...(state.subjectTag === null
        ? []
        : [["subject_tag", state.subjectTag] as const]),
      ["on", { virus: "quarantine", policy: "quarantine" }],
    ],
    tables: state.set.tables,
  };
}

/** What is to be noted of an option, or that it went into the policy. */
type Said = Pick<ImportNote, "kind" | "reason"> | typeof used;
const used = "used";

const untranslated = (reason: string): Said => ({
  kind: "untranslated",
  reason,
});
const expected = (what: string): Said[] => [untranslated(`expected ${what}`)];
const information = (reason: string): Said[] => [
  { kind: "information", reason },
];

function convert(
  option: ConfigureOption,
  quote: string,
  required: number,
  state: State,
): Said[] {
  const { name, value } = option;
  const score = readScore(value);
  const answer = readYesNo(value);
  switch (name) {
    case "scanners":
      return chooseScanners(value, quote, state);
    case "sa-subject":
      return value === "" ? [] : setSubjectTag(value, state);
    case "sa-quarantine":
      if (score === null) return expected("a score");
      // 0 is how the patch says "not at all".
      if (score > 0) state.quarantine = addScores(required, score);
      return [used];
    case "sa-delete":
      if (score === null) return expected("a score");
      if (score > 0) state.destroy = option;
      return [used];
    case "sa-reject":
      if (answer === null) return expected("yes or no");
      state.rejects = answer ? option : null;
      return [used];
    case "sa-socket":
      if (!value.startsWith("/") || value.includes("\0"))
        return expected("an absolute path");
      state.set.add(spamdAt(`unix:${value}`, quote));
      return [];
    case "sa-remote": {
      const [, host = "", port = "783"] =
        /^([A-Za-z0-9.-]{1,253})(?:[,:](\d{1,5}))?$/.exec(value) ?? [];
      if (host === "" || Number(port) < 1 || Number(port) > 65_535)
        return expected("a host, and perhaps a comma and a port");
      state.set.add(spamdAt(`tcp:${host}:${port}`, quote));
      return [];
    }
    case "qmail-queue-binary":
      if (!value.startsWith("/") || value.includes("\0"))
        return expected("an absolute path");
      state.set.add({
        header: "",
        comments: [quote],
        entries: [["queue", value]],
      });
      return [];
    case "virus-to-delete":
      if (answer === null) return expected("yes or no");
      return answer
        ? [used, { kind: "different", reason: heldInstead("virus") }]
        : [used];
    case "notify":
      return answer === false && value !== ""
        ? information("nobody is notified here either")
        : [untranslated("there are no notices yet")];
    default:
      return unsaid(name, answer);
  }
}

function unsaid(name: string, answer: boolean | null): Said[] {
  const reason = untranslatable.get(name);
  if (reason !== undefined)
    return answer === false
      ? information("is off here too")
      : [untranslated(reason)];
  const why = needless.get(name);
  return why === undefined
    ? [untranslated("this option is not known")]
    : information(why);
}

function heldInstead(folder: string): string {
  return `nothing that was accepted is destroyed: such mail is held in folder ${folder}, which should be emptied early; how long a folder keeps mail can't be said in the configuration yet`;
}

function chooseScanners(value: string, quote: string, state: State): Said[] {
  if (value === "auto" || value === "")
    return information(
      "all scanners that are found running are used, as by default",
    );
  const list = convertScanners(value, quote);
  for (const table of list.tables) state.set.add(table);
  state.scanners = list.names;
  return [
    used,
    ...list.unknown.map((name) =>
      untranslated(
        `scanner "${name}" is not known here; a program can be described in [commands.NAME]`,
      ),
    ),
    ...(list.subjectTag === null
      ? []
      : setSubjectTag(list.subjectTag, state).filter((said) => said !== used)),
  ];
}

/** It is put before the Subject as it stands. */
function setSubjectTag(text: string, state: State): Said[] {
  const tag = `${text.trimEnd()} `;
  if (/[\x00-\x1F\x7F-\x9F\u2028\u2029]/.test(tag) || tag.length > 64)
    return expected("at most 63 characters, without control characters");
  state.subjectTag = tag;
  return [used];
}

function spamdAt(address: string, quote: string): TomlTable {
  return {
    header: "[scanners.spamd]",
    comments: [quote],
    entries: [["address", address]],
  };
}

function bands(
  state: State,
  required: number,
  notes: Notes,
): Record<string, number> {
  const { destroy, rejects } = state;
  let { quarantine } = state;
  const spam: Record<string, number> = { tag: required };
  if (destroy !== null) {
    const limit = addScores(required, readScore(destroy.value) ?? 0);
    if (rejects !== null) {
      spam["reject"] = limit;
      // Refusing was asked first, so there is nothing to hold above it.
      if (quarantine !== null && quarantine > limit) quarantine = null;
    } else {
      notes.add("different", destroy.line, destroy.text, heldInstead("spam"));
      quarantine = Math.min(quarantine ?? Infinity, limit);
    }
  } else if (rejects !== null)
    notes.add(
      "information",
      rejects.line,
      rejects.text,
      "without --sa-delete there is no score from which to refuse",
    );
  if (quarantine !== null) spam["quarantine"] = quarantine;
  return spam;
}
