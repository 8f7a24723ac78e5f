// RFC 2047 encoded words in header fields: `=?utf-8?B?...?=`. Used for part
// names here, and for the Subject by rules and previews.
//
// More tolerant than the standard, as readers are: words inside quoted strings
// and next to other text, blanks in Q, unpadded B, and characters that were
// split between two words are decoded.

import { decodeBase64 } from "./base64.ts";
import { latin1Bytes } from "./bytes.ts";
import { decodeCharset, decodeUnlabelled } from "./charset.ts";
import { decodeQ } from "./quoted-printable.ts";

interface Word {
  readonly charset: string;
  readonly bytes: Uint8Array;
}

/** A field's value (one character a byte, as `HeaderField.value`), unfolded and decoded. */
export function decodeField(value: string): string {
  return decodeWords(unfold(value).trim());
}

/** RFC 5322 2.2.3: the line end goes, the blank after it stays. */
export function unfold(value: string): string {
  return /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, "") : value;
}

/** Decodes the encoded words of a text that has one character a byte; other 8-bit text as UTF-8, else windows-1252. */
export function decodeWords(text: string): string {
  if (!text.includes("=?"))
    return /[\x80-\xFF]/.test(text)
      ? decodeUnlabelled(latin1Bytes(text))
      : text;
  const out: string[] = [];
  let words: Word[] = [];
  const flushWords = () => {
    // Adjacent words of one charset are decoded together: senders cut
    // characters in two, though RFC 2047 5 forbids it.
    for (let i = 0; i < words.length;) {
      const charset = words[i]?.charset ?? "";
      const pieces: Uint8Array[] = [];
      for (; i < words.length && words[i]?.charset === charset; i++)
        pieces.push(words[i]?.bytes ?? new Uint8Array());
      out.push(decodeCharset(Buffer.concat(pieces), charset));
    }
    words = [];
  };
  let plainFrom = 0;
  let end = -1;
  let open = text.indexOf("=?");
  while (open >= 0) {
    const head = wordHead(text, open);
    if (head === null) {
      open = text.indexOf("=?", open + 2);
      continue;
    }
    // Kept until passed, so that many unclosed words cost one search.
    if (end < head.textStart) {
      end = text.indexOf("?=", head.textStart);
      if (end < 0) break;
    }
    const between = text.slice(plainFrom, open);
    // RFC 2047 6.2: blanks between two words are not shown.
    if (words.length === 0 || /[^ \t]/.test(between)) {
      flushWords();
      if (between !== "") out.push(decodeUnlabelledText(between));
    }
    const bytes = latin1Bytes(text.slice(head.textStart, end));
    words.push({
      charset: head.charset,
      bytes: head.encoding === "b" ? decodeBase64(bytes).bytes : decodeQ(bytes),
    });
    plainFrom = end + 2;
    open = text.indexOf("=?", plainFrom);
  }
  flushWords();
  if (plainFrom < text.length)
    out.push(decodeUnlabelledText(text.slice(plainFrom)));
  return out.join("");
}

function decodeUnlabelledText(text: string): string {
  return /[\x80-\xFF]/.test(text) ? decodeUnlabelled(latin1Bytes(text)) : text;
}

/** `=?charset*language?B?`; charset names are short, so a bounded look is enough. */
function wordHead(
  text: string,
  open: number,
): { charset: string; encoding: "b" | "q"; textStart: number } | null {
  const match = /^=\?([^?\s]{1,60})\?([bBqQ])\?/.exec(
    text.slice(open, open + 66),
  );
  if (match === null) return null;
  const [all, charset = "", encoding] = match;
  return {
    // RFC 2231 5: a language may follow the charset.
    charset: (charset.split("*")[0] ?? "").toLowerCase(),
    encoding: encoding === "B" || encoding === "b" ? "b" : "q",
    textStart: open + all.length,
  };
}
