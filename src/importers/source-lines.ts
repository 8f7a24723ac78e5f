// A source file as lines, whatever its bytes. Called by the importers.
//
// A line is UTF-8, or else Latin-1, as files of qmail-scanner's time often are;
// only its remarks are used then, never its patterns.

import type { Notes } from "./import-result.ts";

/** More is no configuration that somebody wrote. */
const maxLines = 10_000;
const maxLineCharacters = 10_000;

export interface SourceLine {
  /** From 1. */
  readonly number: number;
  /** Without its line end. */
  readonly text: string;
  readonly isUtf8: boolean;
}

/** Lines that are too many or too long are noted and left out. */
export function readLines(bytes: Uint8Array, notes: Notes): SourceLine[] {
  const lines: SourceLine[] = [];
  let start = 0;
  for (let number = 1; start < bytes.length; number++) {
    if (number > maxLines) {
      notes.add(
        "untranslated",
        number,
        "",
        `this line and all after it were not read: there are more than ${maxLines}`,
      );
      break;
    }
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const line = decode(bytes.subarray(start, end), number);
    if (line.text.length > maxLineCharacters)
      notes.add(
        "untranslated",
        number,
        line.text,
        `a line of more than ${maxLineCharacters} characters`,
      );
    else lines.push(line);
    start = end + 1;
  }
  return lines;
}

function decode(bytes: Uint8Array, number: number): SourceLine {
  let text: string;
  let isUtf8 = true;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    text = Buffer.from(bytes).toString("latin1");
    isUtf8 = false;
  }
  return { number, text: text.replace(/\r$/, ""), isUtf8 };
}

/** Blank, or a remark. */
export function isComment({ text }: SourceLine): boolean {
  return /^[ \t\r]*(?:#|$)/.test(text);
}

/** Can't stand in a pattern or an address of ours. */
export function hasControlCharacters(text: string): boolean {
  return /[\x00-\x1F\x7F-\x9F]/.test(text);
}
