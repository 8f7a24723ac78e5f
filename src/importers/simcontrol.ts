// simscan's control/simcontrol, a rule a line. Called by simscan.ts.
//
//   postmaster@example.com:clam=yes,spam=no,attach=.txt:.com
//   example.com:clam=no,spam=yes,attach=.mp3
//   :clam=yes,spam=yes,trophie=yes,spam_hits=20.1
//
// The left side is an address, a domain, or nothing for everybody else (README,
// "Enable Per Domain processing").

import { readScore, readYesNo } from "./configure-words.ts";
import type { Notes } from "./import-result.ts";
import {
  hasControlCharacters,
  isComment,
  type SourceLine,
} from "./source-lines.ts";

export interface SimcontrolRule {
  readonly line: number;
  readonly text: string;
  /** As an address list of ours has it: `user@domain` or `@domain`; "" for everybody else. */
  readonly who: string;
  readonly clam: boolean;
  readonly spam: boolean;
  /** Null where the line says nothing. */
  readonly spamHits: number | null;
  readonly passthru: boolean | null;
  readonly attach: readonly string[];
}

export function readSimcontrol(
  lines: readonly SourceLine[],
  notes: Notes,
): SimcontrolRule[] {
  const rules: SimcontrolRule[] = [];
  const seen = new Map<string, number>();
  for (const line of lines) {
    if (isComment(line)) continue;
    const wrong = (reason: string): void => {
      notes.add("untranslated", line.number, line.text, reason);
    };
    const colon = line.text.indexOf(":");
    if (colon === -1) {
      wrong("expected an address, a domain or nothing, then a colon");
      continue;
    }
    const who = readWho(line.text.slice(0, colon).trim(), line);
    if (who === null) {
      wrong("an address or a domain that can't stand in a policy");
      continue;
    }
    const first = seen.get(who.toLowerCase());
    if (first !== undefined) {
      wrong(`line ${first} is for the same`);
      continue;
    }
    seen.set(who.toLowerCase(), line.number);
    rules.push(readKeys(line.text.slice(colon + 1), who, line, notes));
  }
  return rules;
}

/** Null where our address lists can't have it. */
function readWho(left: string, { isUtf8 }: SourceLine): string | null {
  if (left === "") return "";
  if (!isUtf8 || hasControlCharacters(left) || /[\s*<>]/.test(left))
    return null;
  const at = left.lastIndexOf("@");
  if (at === -1) return `@${left}`;
  return at === 0 || at === left.length - 1 ? null : left;
}

function readKeys(
  text: string,
  who: string,
  line: SourceLine,
  notes: Notes,
): SimcontrolRule {
  let rule: SimcontrolRule = {
    line: line.number,
    text: line.text,
    who,
    clam: false,
    spam: false,
    spamHits: null,
    passthru: null,
    attach: [],
  };
  for (const item of text.split(",")) {
    if (item.trim() === "") continue;
    const equals = item.indexOf("=");
    const key = item.slice(0, equals === -1 ? undefined : equals).trim();
    const value = equals === -1 ? "" : item.slice(equals + 1).trim();
    const note = (reason: string): void => {
      notes.add("untranslated", line.number, item.trim(), reason);
    };
    const isOn = value === "" ? null : readYesNo(value);
    switch (key) {
      case "clam":
      case "spam":
        if (isOn === null) note("expected yes or no; yes is taken");
        rule = { ...rule, [key]: isOn ?? true };
        break;
      case "spam_passthru":
        if (isOn === null) note("expected yes or no");
        else rule = { ...rule, passthru: isOn };
        break;
      case "trophie":
        if (isOn !== false) note("there is no scanner trophie");
        break;
      case "spam_hits":
        if (readScore(value) === null) note("expected a score of 0 or more");
        else rule = { ...rule, spamHits: readScore(value) };
        break;
      case "attach":
        rule = {
          ...rule,
          attach: [...rule.attach, ...readEndings(value, line, notes)],
        };
        break;
      case "regex":
        note(
          "what the expressions are compared with is not documented; write a [[rule]] with match.header or match.part",
        );
        break;
      case "spamuser":
        note("spamd is not asked as a user of its own");
        break;
      case "qmailqueue":
        note("there is one next hop for all mail, queue");
        break;
      case "size_limit":
        note(
          "its unit is not documented; max_bytes of [scanners.spamd] holds for all mail",
        );
        break;
      default:
        note("this key is not known");
    }
  }
  return rule;
}

/** `.ext:.ext`; simscan compares lower-case letters with the end of the name. */
export function readEndings(
  text: string,
  line: SourceLine,
  notes: Notes,
): string[] {
  const endings: string[] = [];
  for (const item of text.split(":")) {
    const ending = item.trim();
    if (ending === "") continue;
    if (!line.isUtf8 || hasControlCharacters(ending))
      notes.add(
        "untranslated",
        line.number,
        ending,
        "an ending with control characters, or not in UTF-8",
      );
    else endings.push(ending);
  }
  return endings;
}
