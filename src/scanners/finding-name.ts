// Names that scanners give to what they find, made fit for a Finding: printable
// ASCII without blanks, bounded. They end up in header fields and the log, and
// whoever wrote the signature or rule chose them.

import { printableAscii } from "../printable.ts";

const maxCharacters = 100;

export function findingName(text: string): string {
  if (/^[!-~]{1,100}$/.test(text)) return text;
  const name = printableAscii(text, maxCharacters).replaceAll(" ", "_");
  return name === "" ? "unnamed" : name;
}
