// RTF as a series of tokens (RTF 1.9.1, "Basic Entities"). For rtf.ts and
// rtf-html.ts. Linear, and nothing is kept: a token is one reused object.

import { hexValue } from "../mime/quoted-printable.ts";

export interface RtfToken {
  /** `bin`: `start` to `end` are the raw bytes after `\binN`. */
  kind: "open" | "close" | "word" | "symbol" | "hex" | "bin" | "text" | "end";
  /** Control word, or the symbol's character. */
  word: string;
  /** The number after a control word; the byte of `\'hh`. */
  value: number | null;
  start: number;
  end: number;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
const backslash = 0x5c;
const minus = 0x2d;
const blank = 0x20;
const apostrophe = 0x27;

// The specification's limits: a word of 32 letters, a number of ten digits.
const maxWordBytes = 32;
const maxNumberBytes = 11;

export class RtfTokens {
  readonly token: RtfToken = {
    kind: "end",
    word: "",
    value: null,
    start: 0,
    end: 0,
  };
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next token; the same object each time. */
  next(): RtfToken {
    const bytes = this.#bytes;
    const token = this.token;
    const at = token.end;
    token.start = at;
    token.word = "";
    token.value = null;
    const byte = bytes[at];
    if (byte === undefined) token.kind = "end";
    else if (byte === openBrace || byte === closeBrace) {
      token.kind = byte === openBrace ? "open" : "close";
      token.end = at + 1;
    } else if (byte === backslash) this.#control(at);
    else {
      token.kind = "text";
      let end = at + 1;
      for (; end < bytes.length; end++) {
        const next = bytes[end];
        if (next === openBrace || next === closeBrace || next === backslash)
          break;
      }
      token.end = end;
    }
    return token;
  }

  #control(at: number): void {
    const bytes = this.#bytes;
    const token = this.token;
    let end = at + 1;
    while (isLetter(bytes[end]) && end - at <= maxWordBytes) end += 1;
    if (end === at + 1) {
      token.word = String.fromCharCode(bytes[end] ?? 0);
      token.kind = "symbol";
      token.end = Math.min(end + 1, bytes.length);
      if (bytes[end] !== apostrophe) return;
      token.kind = "hex";
      token.value = (digitOf(bytes[end + 1]) << 4) | digitOf(bytes[end + 2]);
      token.end = Math.min(end + 3, bytes.length);
      return;
    }
    token.kind = "word";
    token.word = ascii(bytes, at + 1, end);
    const digits = end;
    if (bytes[end] === minus) end += 1;
    while (isDigit(bytes[end]) && end - digits < maxNumberBytes) end += 1;
    const number = ascii(bytes, digits, end);
    if (number !== "" && number !== "-") token.value = Number(number);
    if (bytes[end] === blank) end += 1;
    token.end = end;
    if (token.word !== "bin") return;
    // What follows \binN is not text: braces in it mean nothing.
    token.kind = "bin";
    token.start = Math.min(end, bytes.length);
    token.end = Math.min(end + Math.max(token.value ?? 0, 0), bytes.length);
  }
}

function isLetter(byte: number | undefined): boolean {
  const lower = (byte ?? 0) | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++)
    text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

/** What is no hex digit counts as 0. */
function digitOf(byte: number | undefined): number {
  return Math.max(0, hexValue(byte));
}
