// simscan's configure options as far as they say what is done about mail.
// Called by simscan.ts.

import {
  readScore,
  readYesNo,
  type ConfigureOption,
} from "./configure-words.ts";
import type { Notes } from "./import-result.ts";

export interface SimscanBuild {
  readonly clamav: boolean;
  readonly spam: boolean;
  /** null: simscan refuses what SpamAssassin calls spam. */
  readonly spamHits: number | null;
  readonly passthru: boolean;
  /** Mail was destroyed rather than refused. */
  readonly drops: boolean;
  /** `--enable-qmail-queue`. */
  readonly queue: string | null;
}

/** README, "Configuration Options": clamav is on unless it is switched off. */
export const defaultBuild: SimscanBuild = {
  clamav: true,
  spam: false,
  spamHits: null,
  passthru: false,
  drops: false,
  queue: null,
};

const needless: ReadonlyMap<string, string> = new Map([
  ["user", "the filter runs as the caller"],
  ["attach", "ssattach and simcontrol are translated where they are given"],
  ["clamdscan", "clamd is asked by its socket"],
  ["custom-smtp-reject", "refusals always say why"],
  ["per-domain", "simcontrol is translated where it is given"],
  ["spamc", "spamd is asked by its socket"],
  ["qmaildir", "only queue names a place of qmail"],
  ["workdir", "messages are opened in memory"],
  ["ripmime", "messages are opened without another program"],
  ["received", "X-Qsift-Verdict says which scanners a message has seen"],
  ["spamassassin-path", "was for the Received field"],
  ["clamavdb-path", "was for the Received field"],
  ["sigtool-path", "was for the Received field"],
  ["trophie-path", "was for the Received field"],
]);

const untranslatable: ReadonlyMap<string, string> = new Map([
  ["spamc-user", "spamd is not asked as the recipient"],
  ["spamc-args", "arguments of spamc have no counterpart"],
  ["trophie-socket", "there is no scanner trophie"],
  [
    "quarantinedir",
    "mail is refused or held, not both: there are no copies of refused mail",
  ],
]);

const shortRetention =
  "nothing that was accepted is destroyed: what simscan dropped is held (spam in folder spam, viruses in virus, attachments in policy), in folders which should be emptied early; how long a folder keeps mail can't be said in the configuration yet";

export function convertBuild(
  options: readonly ConfigureOption[],
  notes: Notes,
): SimscanBuild {
  let build = defaultBuild;
  for (const option of options) {
    const { line, text, value } = option;
    const isOff = option.name.startsWith("disable-");
    const name = option.name.replace(/^(?:enable|disable|with)-/, "");
    const answer = isOff ? false : readYesNo(value);
    const expected = (what: string): void => {
      notes.add("untranslated", line, text, `expected ${what}`);
    };
    const key = switches.get(name);
    if (key !== undefined) {
      if (answer === null) expected("y or n");
      else build = { ...build, [key]: answer };
      if (key === "drops" && answer === true)
        notes.add("different", line, text, shortRetention);
    } else if (name === "spam-hits") {
      const spamHits = value === "" ? defaultHits : readScore(value);
      if (isOff) build = { ...build, spamHits: null };
      else if (spamHits === null) expected("a score");
      else build = { ...build, spamHits };
    } else if (name === "qmail-queue") {
      if (value.startsWith("/")) build = { ...build, queue: value };
      else expected("an absolute path");
    } else {
      const unsaid = untranslatable.get(name);
      if (unsaid !== undefined && answer !== false)
        notes.add("untranslated", line, text, unsaid);
      else if (unsaid !== undefined)
        notes.add("information", line, text, "is off here too");
      else if (needless.has(name))
        notes.add("information", line, text, needless.get(name) ?? "");
      else notes.add("untranslated", line, text, "this option is not known");
    }
  }
  return build;
}

/** README: `--enable-spam-hits` without a number. */
const defaultHits = 10;

const switches: ReadonlyMap<string, keyof SimscanBuild> = new Map([
  ["clamav", "clamav"],
  ["spam", "spam"],
  ["spam-passthru", "passthru"],
  ["dropmsg", "drops"],
] as const);
