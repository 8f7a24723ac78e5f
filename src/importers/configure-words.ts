// The options of a `./configure` command, as they stand in the script in which
// people keep it, or in config.log. Called for qmail-scanner and simscan.
//
// Only words that begin with `--` are looked at, with their values: `--x=y`, or
// `--x y`. Quotes, backslashes and remarks are the shell's; nothing is run and
// no variable is filled in.

import type { Notes } from "./import-result.ts";
import type { SourceLine } from "./source-lines.ts";

export interface ConfigureOption {
  readonly line: number;
  /** Without the hyphens, lower-case. */
  readonly name: string;
  /** "" where it has none. */
  readonly value: string;
  /** As it stands in the source, for notes. */
  readonly text: string;
}

interface Word {
  readonly line: number;
  readonly text: string;
}

export function readOptions(
  lines: readonly SourceLine[],
  notes: Notes,
): ConfigureOption[] {
  const options: ConfigureOption[] = [];
  for (const words of logicalLines(lines)) {
    let isCommand = true;
    for (let at = 0; at < words.length; at++) {
      const word = words[at];
      if (word === undefined) break;
      const { line, text } = word;
      if (/^(?:&&?|\|\|?|;)$/.test(text)) isCommand = true;
      else if (text.startsWith("--")) {
        isCommand = false;
        const equals = text.indexOf("=");
        const name = text.slice(2, equals === -1 ? undefined : equals);
        let value = equals === -1 ? "" : text.slice(equals + 1);
        const next = words[at + 1]?.text;
        if (equals === -1 && next !== undefined && isValue(next)) {
          value = next;
          at += 1;
        }
        options.push({
          line,
          name: name.toLowerCase(),
          value,
          text: value === "" ? text : `--${name} ${value}`,
        });
      } else if (!isCommand)
        notes.add("untranslated", line, text, "not an option");
    }
  }
  return options;
}

function isValue(word: string): boolean {
  return !word.startsWith("--") && !/^(?:&&?|\|\|?|;)$/.test(word);
}

/** Lines that end in a backslash go on. */
function* logicalLines(lines: readonly SourceLine[]): Generator<Word[]> {
  let words: Word[] = [];
  for (const { number, text } of lines) {
    const goesOn = text.endsWith("\\");
    for (const word of shellWords(goesOn ? text.slice(0, -1) : text))
      words.push({ line: number, text: word });
    if (goesOn) continue;
    yield words;
    words = [];
  }
  yield words;
}

/** A quote that is not closed ends with the line. */
function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at);
    if (quote !== "") {
      if (c === quote) quote = "";
      else if (
        c === "\\" &&
        quote === '"' &&
        /["\\$`]/.test(text.charAt(at + 1))
      )
        word = (word ?? "") + text.charAt(++at);
      else word = (word ?? "") + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= "";
    } else if (c === "\\") word = (word ?? "") + text.charAt(++at);
    else if (c === " " || c === "\t" || c === ";") {
      if (word !== null) words.push(word);
      if (c === ";") words.push(c);
      word = null;
    } else if (c === "#" && word === null) break;
    else word = (word ?? "") + c;
  }
  if (word !== null) words.push(word);
  return words;
}

/** A number of 0 or more, finite; null for anything else. */
export function readScore(value: string): number | null {
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(value) ? Number(value) : null;
}

/** Sums of scores without the noise of binary fractions. */
export function addScores(a: number, b: number): number {
  return Math.round((a + b) * 1_000_000) / 1_000_000;
}

/** `yes`, `no`, and what else configure scripts take; null for anything else. */
export function readYesNo(value: string): boolean | null {
  if (/^(?:|y|yes|on|1|true)$/i.test(value)) return true;
  return /^(?:n|no|off|0|false|none)$/i.test(value) ? false : null;
}
