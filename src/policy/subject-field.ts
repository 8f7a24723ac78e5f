// The Subject of mail that is tagged as spam: the tag, then the sender's own
// value, byte for byte with its folding, so that encoded words stay whole.
// Called by fields.ts. The incoming field is kept under X-Received-Subject.
//
// The value is an attacker's: it must not be able to begin a field of its own,
// end the header, or show two readers two things.

import { maxLine } from "./fold.ts";

/** RFC 2047 2: an encoded word has at most 75 characters; 45 bytes are 60 in base64. */
const encodedBytes = 45;

/** The field without its last line end; one character a byte. */
export function subjectField(tag: string, value: string | null): string {
  const [first, ...others] = safeLines(value ?? "");
  const isEncoded = /[^\x20-\x7E]/.test(tag);
  const begins = `Subject: ${isEncoded ? encode(tag, first ?? "") : tag}`;
  const divider = isEncoded && !begins.endsWith(" ") ? " " : "";
  const start = begins + divider;
  if (first === undefined || first === "") {
    const lines = [start.trimEnd(), ...others];
    return lines.join("\n");
  }
  const lastLine = start.length - (start.lastIndexOf("\n") + 1);
  const tooLong = lastLine + first.length > maxLine;
  return [
    tooLong ? `${start.trimEnd()}\n ${first}` : start + first,
    ...others,
  ].join("\n");
}

/**
 * The value's lines, such that joined by LF they are one field: CR and NUL
 * become blanks, a line that does not begin with a blank is joined to the one
 * before it, and so is one of blanks alone, which some readers take for the
 * end of the header.
 */
function safeLines(value: string): string[] {
  const lines: string[] = [];
  for (const raw of value.replace(/\r?\n/g, "\n").split("\n")) {
    const line = raw.replace(/[\r\0\v\f]/g, " ");
    const isContinuation = line.startsWith(" ") || line.startsWith("\t");
    if (lines.length === 0) lines.push(line.replace(/^[ \t]+/, ""));
    else if (/^[ \t]*$/.test(line)) continue;
    else if (isContinuation) lines.push(line);
    else lines.push(` ${line}`);
  }
  return lines;
}

/**
 * RFC 2047 4.1, base64 of UTF-8, cut between characters. Blanks between two
 * encoded words are not shown (6.2), so the tag's own last blank goes into the
 * word where the value begins with one, and stays outside where it does not.
 */
function encode(tag: string, next: string): string {
  const text = next.startsWith("=?") ? tag : tag.trimEnd();
  const words: string[] = [];
  let chunk = "";
  for (const character of text) {
    if (Buffer.byteLength(chunk + character) > encodedBytes) {
      words.push(chunk);
      chunk = "";
    }
    chunk += character;
  }
  words.push(chunk);
  return words
    .map((part) => `=?UTF-8?B?${Buffer.from(part).toString("base64")}?=`)
    .join("\n ");
}
