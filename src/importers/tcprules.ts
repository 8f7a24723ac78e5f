// A tcprules file: which lines need what, and the file with the filter in the
// other filters' place. Called by cli/import.ts.
//
// Only the value of QMAILQUEUE is ever changed, and only where it names a filter
// whose place qsift takes; all other bytes stay. RELAYCLIENT and
// QS_SPAMASSASSIN mean here what they meant to qmail-scanner.

import { Notes, type ImportNote } from "./import-result.ts";
import type { ImportSource } from "./qmail-scanner.ts";
import { parseTcpRule, type TcpRule } from "./tcprules-line.ts";

export interface ImportedTcprules {
  readonly changed: Uint8Array;
  readonly notes: readonly ImportNote[];
}

/** As programs are called; the last component of QMAILQUEUE. */
const filters: ReadonlySet<string> = new Set([
  "qmail-scanner-queue.pl",
  "qmail-scanner-queue",
  "simscan",
]);

const maxLines = 100_000;
const maxLineCharacters = 10_000;

/** `door`: absolute path of the program that QMAILQUEUE is to name. */
export function importTcprules(
  { name, bytes }: ImportSource,
  door: string,
): ImportedTcprules {
  const notes = new Notes(name);
  const text = Buffer.from(
    bytes.buffer,
    bytes.byteOffset,
    bytes.byteLength,
  ).toString("latin1");
  const lines = text.split("\n");
  const replaced = new Set<string>();
  const changed = lines.map((line, i) => {
    if (i >= maxLines) {
      if (i === maxLines)
        notes.add(
          "untranslated",
          i + 1,
          "",
          `this line and all after it were left as they are: there are more than ${maxLines}`,
        );
      return line;
    }
    return convertLine(line, i + 1, door, replaced, notes);
  });
  if (replaced.size > 1)
    notes.add(
      "different",
      null,
      "",
      `${[...replaced].sort().join(" and ")} gave way to one filter; QSIFT_POLICY="NAME" gives a line's clients a policy of their own`,
    );
  return {
    changed: Buffer.from(changed.join("\n"), "latin1"),
    notes: notes.all,
  };
}

function convertLine(
  line: string,
  number: number,
  door: string,
  replaced: Set<string>,
  notes: Notes,
): string {
  if (line === "" || line.startsWith("#")) return line;
  const shown = Buffer.from(line, "latin1").toString("utf8");
  const rule = line.length > maxLineCharacters ? null : parseTcpRule(line);
  if (rule === null) {
    notes.add(
      "untranslated",
      number,
      shown,
      'left as it is: expected ADDRESS:allow or ADDRESS:deny, and variables NAME="value"',
    );
    return line;
  }
  // tcpserver drops these connections; their variables don't matter.
  if (!rule.allows) return line;
  noteVariables(rule, number, shown, notes);
  const queue = rule.variables.findLast(({ name }) => name === "QMAILQUEUE");
  const note = (
    kind: "untranslated" | "information",
    reason: string,
  ): string => {
    notes.add(kind, number, shown, reason);
    return line;
  };
  if (queue === undefined)
    return note(
      "information",
      `without QMAILQUEUE the run script of qmail-smtpd decides; to filter the mail of these clients add QMAILQUEUE="${door}"`,
    );
  const program = queue.value.slice(queue.value.lastIndexOf("/") + 1);
  if (queue.value === door)
    return note("information", `is filtered already${relayText(rule)}`);
  if (program === "qmail-queue")
    return note(
      "information",
      `left as it is: not filtered; to filter it set QMAILQUEUE="${door}", and QSIFT_POLICY="NAME" for a policy of its own`,
    );
  if (!filters.has(program))
    return note(
      "untranslated",
      "left as it is: the program that QMAILQUEUE names is not known",
    );
  replaced.add(program);
  const quote = door.includes(line.charAt(queue.start))
    ? '"'
    : line.charAt(queue.start);
  note(
    "information",
    `QMAILQUEUE becomes "${door}", and is to be filtered${relayText(rule)}`,
  );
  return `${line.slice(0, queue.start)}${quote}${door}${quote}${line.slice(queue.end)}`;
}

/** What is judged of these clients' mail. */
function relayText({ variables }: TcpRule): string {
  const judged = variables
    .findLast(({ name }) => name === "QS_SPAMASSASSIN")
    ?.value.toLowerCase();
  if (judged === "off")
    return "; QS_SPAMASSASSIN is kept: never judged as spam";
  if (!variables.some(({ name }) => name === "RELAYCLIENT")) return "";
  return judged === "on"
    ? "; RELAYCLIENT and QS_SPAMASSASSIN are kept: judged as spam though it is a relay client's"
    : '; RELAYCLIENT is kept: not judged as spam, unless QS_SPAMASSASSIN="on" is added';
}

function noteVariables(
  { variables }: TcpRule,
  number: number,
  shown: string,
  notes: Notes,
): void {
  for (const { name, value } of variables) {
    if (name === "QS_SPAMASSASSIN") {
      if (!/^(?:on|off)$/i.test(value))
        notes.add(
          "untranslated",
          number,
          shown,
          "QS_SPAMASSASSIN counts only as on or off",
        );
    } else if (
      name === "BMC_WHITELIST" ||
      /^(?:SA|QS|SIMSCAN)_[A-Z_]+$/.test(name)
    )
      notes.add(
        "untranslated",
        number,
        shown,
        `${name} does nothing here; QSIFT_POLICY="NAME" can give these clients a policy of their own`,
      );
  }
}
