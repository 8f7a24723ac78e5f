// What a reader sees of a message as text, for finding passwords in it: the
// subjects, the text sections, and names of files that speak of a password.
// Called by expand.ts when something encrypted is opened. Bounded, linear.

import type { Part } from "../mail.ts";
import type { Limits } from "../limits.ts";
import { decodeCharset } from "../mime/charset.ts";
import { decodeField } from "../mime/encoded-word.ts";
import { parseHeader } from "../mime/header.ts";
import { decodeEntities } from "./html-entities.ts";
import { announcesPassword } from "./passwords.ts";

const maxTexts = 32;
const maxAllChars = 256 * 1024;
/** Of one: markup needs more bytes for a line of text. */
const maxMarkupBytes = 256 * 1024;
const maxTextChars = 64 * 1024;

const shownFields = /^(?:subject|comments|keywords)$/i;

/** `parts`: those of mail syntax, in order. */
export function messageTexts(
  parts: readonly Part[],
  limits: Limits,
): readonly string[] {
  const texts: string[] = [];
  const names: string[] = [];
  let chars = 0;
  for (const part of parts) {
    if (texts.length >= maxTexts || chars >= maxAllChars) break;
    const text = (
      part.detectedType === "message/rfc822"
        ? subjects(part, limits)
        : isText(part)
          ? textOf(part)
          : ""
    ).slice(0, maxTextChars);
    if (text !== "") texts.push(text);
    chars += text.length;
    // "invoice_pw_1234.zip"
    const name = (part.filename ?? "")
      .replace(/\.[A-Za-z0-9]{1,5}$/, "")
      .replace(/[_+]/g, " ");
    if (announcesPassword(name)) names.push(name);
  }
  return [...texts, ...names];
}

function subjects({ content }: Part, limits: Limits): string {
  const head = content.subarray(0, maxMarkupBytes);
  return parseHeader(head, limits)
    .fields.filter(({ name }) => shownFields.test(name))
    .slice(0, 4)
    .map(({ value }) => decodeField(value.slice(0, maxTextChars)))
    .join("\n");
}

export function isText({ declaredType, detectedType }: Part): boolean {
  return (
    detectedType.startsWith("text/") ||
    declaredType?.startsWith("text/") === true
  );
}

/** Decoded, markup as text; as much of it as a reader looks at. */
export function textOf({
  content,
  charset,
  declaredType,
  detectedType,
}: Part): string {
  const text = decodeCharset(content.subarray(0, maxMarkupBytes), charset);
  return declaredType === "text/html" || detectedType === "text/html"
    ? markupText(text)
    : text;
}

/** Elements that don't end a line. */
const inline =
  /^(?:a|abbr|b|bdi|bdo|big|code|em|font|i|ins|kbd|mark|o|s|samp|small|span|strong|sub|sup|tt|u|wbr)$/;

/** HTML's text, a line end where another element begins or ends. */
function markupText(markup: string): string {
  const text: string[] = [];
  // As long as the original, so that offsets hold.
  const lower = markup.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  for (let at = 0; at < markup.length;) {
    const open = markup.indexOf("<", at);
    const piece = markup.slice(at, open < 0 ? undefined : open);
    text.push(piece.replace(/\s+/g, " "));
    if (open < 0) break;
    const name = /^<[/!?]?([a-z-]{0,16})/.exec(lower.slice(open, open + 20));
    const element = name?.[1] ?? "";
    if (element === "") {
      text.push("<");
      at = open + 1;
      continue;
    }
    const isHidden = element === "style" || element === "script";
    const end = element.startsWith("--")
      ? "-->"
      : isHidden && markup[open + 1] !== "/"
        ? `</${element}`
        : ">";
    // What doesn't end hides the rest from readers, too.
    const close = lower.indexOf(end, open + 1);
    if (close < 0) break;
    at = close + (end.startsWith("</") ? 0 : end.length);
    if (!inline.test(element)) text.push("\n");
  }
  return decodeEntities(text.join("").replace(/&nbsp;/g, " "));
}
