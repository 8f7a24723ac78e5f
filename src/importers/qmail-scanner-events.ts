// qmail-scanner's list of what is not allowed: quarantine-events.txt (2.x) or
// quarantine-attachments.txt (1.x). Called by qmail-scanner.ts.
//
//   # remark
//   .pif<TAB>SIZE=-1<TAB>PIF files not allowed per Company security policy
//   EICAR.COM<TAB>SIZE=69<TAB>EICAR Test Virus
//   You are 0wNed<TAB>Policy-Subject:<TAB>Nasty emails not allowed
//
// A name that begins with a dot is an ending; the size is in bytes, -1 for any.
// `Policy-NAME:` (1.x `Virus-NAME:`) is an expression for the whole of a header
// field, or for one of the values that qmail-scanner made up itself.
// (qmail-scanner.sourceforge.net, "PerlScanner module".)
//
// What it did with such mail was to hold it, so that is what the rules do; the
// reason becomes `text`, which counts once somebody makes "reject" of it. Names
// inside archives count too, which they did there only with --unzip.

import type { Notes } from "./import-result.ts";
import { quoteLine, type TomlTable, type TomlValue } from "./format-toml.ts";
import type { NameMaker } from "./names.ts";
import {
  addressOf,
  networkOf,
  wholeValueRegex,
  type Translated,
} from "./perl-pattern.ts";
import {
  hasControlCharacters,
  isComment,
  type SourceLine,
} from "./source-lines.ts";

/** A door compiles them all when it starts; people have some twenty. */
const maxExpressions = 1000;

type Match = Readonly<Record<string, TomlValue>>;

type Outcome =
  | {
      readonly kind: "rule";
      readonly match: Match;
      readonly folder: "policy" | "virus";
      /** What is not quite the same. */
      readonly difference?: string;
    }
  | { readonly kind: "failed"; readonly reason: string };

/** The regular expression engine must be loaded. */
export function convertEvents(
  source: string,
  lines: readonly SourceLine[],
  names: NameMaker,
  notes: Notes,
): TomlTable[] {
  const tables: TomlTable[] = [];
  let expressions = 0;
  for (const line of lines) {
    if (isComment(line)) continue;
    const [what = "", how = "", ...rest] = line.text.split("\t");
    if (/^(?:Policy|Virus)-/i.test(how.trim())) expressions += 1;
    const outcome =
      expressions > maxExpressions
        ? failed(`more than ${maxExpressions} lines with expressions`)
        : convert(what, how.trim(), rest.length > 0, line);
    if (outcome.kind === "failed") {
      notes.add("untranslated", line.number, line.text, outcome.reason);
      continue;
    }
    const { match, folder, difference } = outcome;
    if (difference !== undefined)
      notes.add("different", line.number, line.text, difference);
    const text = smtpText(rest.join(" "));
    tables.push({
      header: "[[rule]]",
      comments: [quoteLine(source, line.number, line.text)],
      entries: [
        ["name", names.make(`qms-${line.number}`, what)],
        ["match", match],
        ["action", "quarantine"],
        ["folder", folder],
        ...(text === null ? [] : [["text", text] as const]),
      ],
    });
  }
  return tables;
}

function convert(
  what: string,
  how: string,
  hasReason: boolean,
  line: SourceLine,
): Outcome {
  if (how === "" || !hasReason)
    return failed(
      "expected three fields with tabulators between them, as qmail-scanner does",
    );
  if (hasControlCharacters(what))
    return failed("control characters in the first field");
  // A pattern is compared with UTF-8.
  if (!line.isUtf8 && /[^\x00-\x7F]/.test(what))
    return failed("the first field is not UTF-8");
  if (what.trim() === "") return failed("the first field is empty");
  const size = /^SIZE=(-1|\d{1,15})$/i.exec(how);
  if (size !== null) return ofAttachment(what.trim(), Number(size[1]));
  const [, family = "", field = ""] =
    /^(Policy|Virus)-([!-9;-~]{1,100}):?$/i.exec(how) ?? [];
  if (field === "")
    return failed("expected SIZE=, Policy-NAME: or Virus-NAME: in field two");
  const folder = family.toLowerCase() === "virus" ? "virus" : "policy";
  const outcome = ofMadeUpValue(what, field) ?? ofHeader(what, field);
  return outcome.kind === "rule" ? { ...outcome, folder } : outcome;
}

function ofAttachment(name: string, size: number): Outcome {
  if (/[*?]/.test(name))
    return failed(
      "* or ? in a file's name: whether a pattern was meant is not known",
    );
  const glob = name.startsWith(".") ? `*${name}` : name;
  const bytes = size === -1 ? {} : { min_bytes: size, max_bytes: size };
  return {
    kind: "rule",
    match: { part: { filename: [glob], ...bytes } },
    folder: "policy",
  };
}

function ofHeader(pattern: string, name: string): Outcome {
  return ofTranslated(wholeValueRegex(pattern), (regex) => ({
    header: { name, regex },
  }));
}

const anyValue = "the first field is not looked at: ";

// What a computer runs, behind another ending. The list is ours.
const doubleEnding =
  "\\.[a-z][a-z0-9]{1,3}\\.(?:bat|chm|cmd|com|cpl|exe|hta|js|jse|lnk|msi|pif|reg|scr|shs|vbe|vbs|wsf|wsh)$";

/** Null for a field of the message's own header. */
function ofMadeUpValue(pattern: string, field: string): Outcome | null {
  switch (field.toUpperCase()) {
    case "MAILFROM":
      return ofTranslated(addressOf(pattern), (address) => ({
        sender: [address],
      }));
    case "RCPTTO":
      return ofTranslated(addressOf(pattern), (address) => ({
        recipient: [address],
      }));
    case "REMOTEIPADDR":
      return ofTranslated(networkOf(pattern), (network) => ({
        client: [network],
      }));
    case "ZIPPASSWORDPROTECTED":
      return rule(
        { finding: { kind: "encrypted", name: "zip-encrypted-*" } },
        `${anyValue}the rule holds for every zip that could not be opened without a password`,
      );
    case "FILEDOUBLEBARRELED":
      return rule(
        { part: { regex: doubleEnding } },
        `${anyValue}the rule holds for names with an ending before one that is run, by a list of our own`,
      );
    case "FILECLSID":
      return rule(
        {
          part: { filename: ["*.{????????-????-????-????-????????????}"] },
        },
        `${anyValue}the rule holds for names that end in a class identifier`,
      );
    case "FILELENGTHTOOLONG":
      return rule(
        // Of longer names than file systems have, extractors keep 253 characters.
        { part: { regex: "^.{253}" } },
        `${anyValue}the rule holds for names of 253 characters or more, for qmail-scanner's own limit is not documented`,
      );
    case "ISSENSITIVEANDNOCRYPTO":
    case "CRYPTODETAILS":
      return failed("whether a message is sensitive or signed is not judged");
    default:
      return null;
  }
}

function rule(match: Match, difference: string): Outcome {
  return { kind: "rule", match, folder: "policy", difference };
}

function ofTranslated(
  translated: Translated,
  match: (value: string) => Match,
): Outcome {
  return translated.kind === "failed"
    ? translated
    : { kind: "rule", match: match(translated.value), folder: "policy" };
}

function failed(reason: string): Outcome {
  return { kind: "failed", reason };
}

/** What a rule's `text` may be, else null. */
function smtpText(reason: string): string | null {
  const text = reason.trim().slice(0, 180);
  return /^[ -~]+$/.test(text) ? text : null;
}
