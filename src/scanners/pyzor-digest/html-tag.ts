// Where a start tag ends as Python's html.parser sees it, for pyzor's digest.
// Called by html.ts.
//
// Python does it by two expressions that disagree here and there; this follows
// both, by hand: on hostile tags the expressions take quadratic time.

import { isWhite } from "./python-text.ts";

export interface Html {
  readonly text: string;
  /** Where the last quotes stand, so that one that nothing closes is not searched for again and again. */
  readonly lastSingle: number;
  readonly lastDouble: number;
}

export interface StartTag {
  /** Lower case. */
  readonly name: string;
  readonly end: number;
  /** `unclosed`: no tag after all, but text; `empty`: closed by itself. */
  readonly kind: "open" | "empty" | "unclosed";
}

/** The tag whose `<` stands at `start`, a letter after it; null where the text ends before it does. */
export function readStartTag(html: Html, start: number): StartTag | null {
  const { text } = html;
  const nameEnd = endOfName(text, start + 1);
  const end = endOfTag(html, nameEnd);
  if (end === null) return null;
  let at = pastSeparators(text, nameEnd);
  while (at < end) {
    const next = pastAttribute(html, at);
    if (next === null) break;
    at = next;
  }
  const rest = stripped(text, at, end);
  return {
    name: text.slice(start + 1, nameEnd).toLowerCase(),
    end,
    kind: rest === ">" ? "open" : rest === "/>" ? "empty" : "unclosed",
  };
}

/** End of a tag's name that begins with a letter. */
export function endOfName(html: string, start: number): number {
  let at = start;
  while (at < html.length && !"\t\n\r\f />\0".includes(html.charAt(at)))
    at += 1;
  return at;
}

function endOfTag(html: Html, nameEnd: number): number | null {
  const { text } = html;
  let at = nameEnd;
  while (isSeparator(text.charAt(at))) at += 1;
  for (;;) {
    const next = pastAttribute(html, at);
    if (next === null) break;
    at = next;
  }
  at = pastWhite(text, at);
  const character = text.charAt(at);
  if (character === ">") return at + 1;
  if (character === "/") return text.charAt(at + 1) === ">" ? at + 2 : null;
  return character === "" || /[a-zA-Z=]/.test(character) ? null : at;
}

/** Past a name, a value if there is one, and what separates it from the next; null where none stands here. */
function pastAttribute(html: Html, start: number): number | null {
  const { text } = html;
  const before = text.charAt(start - 1);
  if (before !== '"' && before !== "'" && !isSeparator(before)) return null;
  const first = text.charAt(start);
  if (first === "" || first === ">" || isSeparator(first)) return null;
  let at = start + 1;
  for (;;) {
    const character = text.charAt(at);
    if (character === "" || "=>".includes(character) || isSeparator(character))
      break;
    at += 1;
  }
  return pastSeparators(text, pastValue(html, at) ?? at);
}

/** Past `=` and what follows it; null where there is no `=`, or a quote that nothing closes directly behind it. */
function pastValue(html: Html, start: number): number | null {
  const { text } = html;
  const equals = pastWhite(text, start);
  if (text.charAt(equals) !== "=") return null;
  let at = equals;
  while (text.charAt(at) === "=") at += 1;
  const value = pastWhite(text, at);
  const quote = text.charAt(value);
  if (quote !== '"' && quote !== "'") return pastBare(text, value);
  const closing = closingQuote(html, quote, value + 1);
  if (closing >= 0) return closing + 1;
  // The value is empty then, or begins with an `=`.
  if (value > at) return value;
  return at - equals > 1 ? pastBare(text, at - 1) : null;
}

function closingQuote(
  { text, lastSingle, lastDouble }: Html,
  quote: string,
  from: number,
): number {
  const last = quote === "'" ? lastSingle : lastDouble;
  return from > last ? -1 : text.indexOf(quote, from);
}

function pastBare(html: string, start: number): number {
  let at = start;
  for (;;) {
    const character = html.charAt(at);
    if (character === "" || character === ">" || isWhite(character)) return at;
    at += 1;
  }
}

function pastWhite(html: string, start: number): number {
  let at = start;
  while (at < html.length && isWhite(html.charAt(at))) at += 1;
  return at;
}

/** Past white space and slashes, but not a slash that closes the tag. */
function pastSeparators(html: string, start: number): number {
  let at = start;
  for (;;) {
    const character = html.charAt(at);
    if (!isSeparator(character)) return at;
    if (character === "/" && html.charAt(at + 1) === ">") return at;
    at += 1;
  }
}

function isSeparator(character: string): boolean {
  return character === "/" || (character !== "" && isWhite(character));
}

function stripped(html: string, start: number, end: number): string {
  const from = pastWhite(html, start);
  // What matters has two characters at most, and ends with one that is no white space.
  return from + 2 < end ? "" : html.slice(from, end).trimEnd();
}
