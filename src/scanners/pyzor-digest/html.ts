// The text of an HTML part as pyzor's reference client takes it: what Python's
// html.parser calls data, each piece without white space at its ends, those
// within script and style left out, joined by single spaces. Called by
// digest.ts.
//
// As there, what is left at the end because something was not closed (a tag, a
// comment, a reference cut short) is dropped. Where Python's parser throws (a
// marked section of an unknown kind), and the reference client with it, the
// text up to there is what counts here.

import { endOfName, readStartTag, type Html } from "./html-tag.ts";
import { resolveReferences } from "./references.ts";
import { strip, white } from "./python-text.ts";

const endTag = new RegExp(
  `</[${white}]*([a-zA-Z][-.a-zA-Z0-9:_]*)[${white}]*>`,
  "uy",
);
const commentEnd = new RegExp(`--[${white}]*>`, "gu");
const sectionName = new RegExp(`[a-zA-Z][-_.a-zA-Z0-9]*`, "uy");
const sectionEnd = new RegExp(`\\][${white}]*\\][${white}]*>`, "gu");
const conditionEnd = new RegExp(`\\][${white}]*>`, "gu");
// Python's ignoring of case takes a long s for s, and i with and without dot.
const rawTextEnds = new Map([
  ["script", rawTextEnd("[sS\u017f]cr[iI\u0130\u0131]pt")],
  ["style", rawTextEnd("[sS\u017f]tyle")],
]);

function rawTextEnd(name: string): RegExp {
  return new RegExp(`</[${white}]*${name}[${white}]*>`, "giu");
}

export function htmlText(text: string): string {
  return new HtmlText(text).read();
}

class HtmlText {
  readonly #html: Html;
  readonly #pieces: string[] = [];
  /** Within script or style: its name, and the expression for what ends it. */
  #rawText: { readonly name: string; readonly end: RegExp } | null = null;
  #isCollecting = true;

  constructor(text: string) {
    this.#html = {
      text,
      lastSingle: text.lastIndexOf("'"),
      lastDouble: text.lastIndexOf('"'),
    };
  }

  read(): string {
    const { text } = this.#html;
    let at: number | null = 0;
    while (at !== null && at < text.length) {
      const next = this.#endOfData(at);
      if (next === null) break;
      if (next > at) {
        const data = text.slice(at, next);
        this.#data(this.#rawText === null ? resolveReferences(data) : data);
      }
      if (next === text.length) break;
      at = this.#markup(next);
    }
    return this.#pieces.join(" ");
  }

  #data(data: string): void {
    const piece = this.#isCollecting ? strip(data) : "";
    if (piece !== "") this.#pieces.push(piece);
  }

  /** Where markup begins next, or the end; null where what is left is not data yet. */
  #endOfData(start: number): number | null {
    const { text } = this.#html;
    if (this.#rawText !== null)
      return find(this.#rawText.end, text, start)?.index ?? null;
    const next = text.indexOf("<", start);
    if (next >= 0) return next;
    // A reference may be cut in two by the end.
    const ampersand = text.lastIndexOf("&");
    if (ampersand < Math.max(start, backwards(text, 34))) return text.length;
    return new RegExp(`[${white};]`, "u").test(text.slice(ampersand))
      ? text.length
      : null;
  }

  /** Past what begins with the `<` at `start`; null where it does not end. */
  #markup(start: number): number | null {
    const { text } = this.#html;
    if (/[a-zA-Z]/.test(text.charAt(start + 1))) return this.#startTag(start);
    if (text.startsWith("</", start)) return this.#endTag(start);
    if (text.startsWith("<!--", start))
      return past(commentEnd, text, start + 4);
    if (text.startsWith("<?", start))
      return pastCharacter(">", text, start + 2);
    if (text.startsWith("<![", start)) return this.#section(start);
    if (/^<!doctype$/i.test(text.slice(start, start + 9)))
      return pastCharacter(">", text, start + 9);
    if (text.startsWith("<!", start))
      return pastCharacter(">", text, start + 2);
    if (start + 1 === text.length) return null;
    this.#data("<");
    return start + 1;
  }

  #startTag(start: number): number | null {
    const tag = readStartTag(this.#html, start);
    if (tag === null) return null;
    const { name, end, kind } = tag;
    if (kind === "unclosed") {
      this.#data(this.#html.text.slice(start, end));
      return end;
    }
    const closing = rawTextEnds.get(name);
    if (closing === undefined) return end;
    this.#isCollecting = kind === "empty";
    if (kind === "open") this.#rawText = { name, end: closing };
    return end;
  }

  #endTag(start: number): number | null {
    const { text } = this.#html;
    const end = pastCharacter(">", text, start + 1);
    if (end === null) return null;
    endTag.lastIndex = start;
    const name = endTag.exec(text)?.[1]?.toLowerCase();
    if (this.#rawText !== null && name !== this.#rawText.name) {
      this.#data(text.slice(start, end));
      return end;
    }
    if (name !== undefined) {
      this.#ended(name);
      this.#rawText = null;
      return end;
    }
    if (!/[a-zA-Z]/.test(text.charAt(start + 2))) return end;
    const nameEnd = endOfName(text, start + 2);
    this.#ended(text.slice(start + 2, nameEnd).toLowerCase());
    return end;
  }

  #ended(name: string): void {
    if (rawTextEnds.has(name)) this.#isCollecting = true;
  }

  /** `<![CDATA[...]]>` or, by Word, `<![if ...]>`. */
  #section(start: number): number | null {
    const { text } = this.#html;
    sectionName.lastIndex = start + 3;
    const name = sectionName.exec(text)?.[0].toLowerCase();
    switch (name) {
      case "temp":
      case "cdata":
      case "ignore":
      case "include":
      case "rcdata":
        return past(sectionEnd, text, start + 3);
      case "if":
      case "else":
      case "endif":
        return past(conditionEnd, text, start + 3);
      case undefined:
      default:
        return null;
    }
  }
}

function find(
  expression: RegExp,
  text: string,
  start: number,
): RegExpExecArray | null {
  expression.lastIndex = start;
  return expression.exec(text);
}

function past(expression: RegExp, text: string, start: number): number | null {
  return find(expression, text, start) === null ? null : expression.lastIndex;
}

function pastCharacter(
  character: string,
  text: string,
  start: number,
): number | null {
  const at = text.indexOf(character, start);
  return at < 0 ? null : at + 1;
}

/** Index of the character that stands so many before the end; Python counts no surrogates. */
function backwards(text: string, count: number): number {
  let at = text.length;
  for (let left = count; left > 0 && at > 0; left -= 1)
    at -= at > 1 && /[\udc00-\udfff]/.test(text.charAt(at - 1)) ? 2 : 1;
  return at;
}
