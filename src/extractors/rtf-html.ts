// HTML that Outlook wrapped in RTF (MS-OXRTFEX), unwrapped: what the reader of
// a message whose only body is RTF sees. Called by rtf.ts.

import type { Budget } from "../budget.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import type { Entry } from "./extractor.ts";
import { decodeCodepage } from "./ole-text.ts";
import { RtfTokens } from "./rtf-tokens.ts";

// Group state, packed: what is inherited by a nested group and restored at its end.
const suppressed = 1; // \htmlrtf: only for readers of RTF
const skipped = 2; // a destination that is not part of the HTML

// Groups beyond this depth keep the state of the one at it.
const maxDepth = 10_000;

// 8-bit characters decoded at a time; a pair of bytes may be cut in two there.
const maxNarrow = 8192;

// Destinations without text (RTF 1.9.1, appendix A) that lack the \* mark.
const withoutText: ReadonlySet<string> = new Set([
  "fonttbl",
  "colortbl",
  "stylesheet",
  "info",
  "pict",
  "object",
  "listtable",
]);

const characters: ReadonlyMap<string, string> = new Map([
  ["par", "\r\n"],
  ["line", "\r\n"],
  ["tab", "\t"],
  ["lquote", "\u2018"],
  ["rquote", "\u2019"],
  ["ldblquote", "\u201c"],
  ["rdblquote", "\u201d"],
  ["bullet", "\u2022"],
  ["endash", "\u2013"],
  ["emdash", "\u2014"],
  ["{", "{"],
  ["}", "}"],
  ["\\", "\\"],
  ["~", "\u00a0"],
  ["_", "\u00ad"],
]);

export function* encapsulated(
  bytes: Uint8Array,
  budget: Budget,
): Generator<Entry> {
  const output = new ChargedBytes(budget, bytes.length >> 1);
  const tokens = new RtfTokens(bytes);
  const states: number[] = [];
  let depth = 0;
  let state = 0;
  let codepage = 1252;
  let afterOpen = false;
  let ignorable = false;
  // \ucN: characters after \u that stand in for it; \uN itself counts.
  let fallback = 1;
  let skip = 0;
  let narrow: number[] = [];
  const flush = (): void => {
    if (narrow.length === 0) return;
    output.append(
      Buffer.from(decodeCodepage(Uint8Array.from(narrow), codepage), "utf8"),
    );
    narrow = [];
  };
  const put = (text: string): void => {
    flush();
    output.append(Buffer.from(text, "utf8"));
  };
  for (let token = tokens.next(); token.kind !== "end"; token = tokens.next()) {
    const opened: boolean = afterOpen;
    afterOpen = token.kind === "open";
    if (token.kind !== "hex" || narrow.length >= maxNarrow) flush();
    const visible = (state & (suppressed | skipped)) === 0;
    switch (token.kind) {
      case "open":
        if (depth < maxDepth) states[depth] = state;
        depth += 1;
        break;
      case "close":
        depth = Math.max(0, depth - 1);
        if (depth < maxDepth) state = states[depth] ?? 0;
        break;
      case "symbol":
        if (token.word === "*" && opened) {
          ignorable = true;
          afterOpen = true;
          continue;
        }
        if (visible) put(characters.get(token.word) ?? "");
        break;
      case "word": {
        const first = opened;
        if (token.word === "htmltag" && first) state &= ~skipped;
        else if (token.word === "htmlrtf")
          state = token.value === 0 ? state & ~suppressed : state | suppressed;
        else if (first && (ignorable || withoutText.has(token.word)))
          state |= skipped;
        else if (token.word === "ansicpg") codepage = token.value ?? 1252;
        else if (token.word === "uc")
          fallback = Math.min(Math.max(token.value ?? 1, 0), 16);
        else if (token.word === "u" && visible) {
          const code = (token.value ?? 0) & 0xffff;
          // HTML's own notation keeps pairs of surrogates out of the way.
          put(
            code >= 0xd800 && code <= 0xdfff ? "" : String.fromCharCode(code),
          );
          skip = fallback;
        } else if (visible) put(characters.get(token.word) ?? "");
        break;
      }
      case "hex":
        if (skip > 0) skip -= 1;
        else if (visible) narrow.push(token.value ?? 0);
        break;
      case "text":
        if (visible) {
          const length = token.end - token.start;
          const from = token.start + Math.min(skip, length);
          skip -= from - token.start;
          appendText(bytes, from, token.end, output);
        }
        break;
      case "bin":
        break;
      default:
    }
    ignorable = false;
  }
  flush();
  yield {
    kind: "read",
    place: "body.html",
    filename: null,
    declaredType: "text/html",
    charset: "utf-8",
    content: output.finish(),
  };
}

/** Line ends in RTF are no text. */
function appendText(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: ChargedBytes,
): void {
  let from = start;
  for (let at = start; at <= end; at++) {
    const byte = at === end ? 0x0a : bytes[at];
    if (byte !== 0x0a && byte !== 0x0d) continue;
    if (at > from) output.append(bytes.subarray(from, at));
    from = at + 1;
  }
}

// Ignored: characters beyond the basic plane written as two \u (left out),
// font-specific charsets (\fcharset), \mhtmltag (a second form of \htmltag).
