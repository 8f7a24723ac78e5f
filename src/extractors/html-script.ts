// Script in HTML that carries a file in itself: how such scripts are told, and
// the literals that they decode. Called by html.ts.
//
// Script is not parsed: quotes in comments and regular expressions would put
// a simple reader out of step, and an attacker knows that. Runs of encoded
// characters are joined instead where only what joins strings is between.

import type { Budget } from "../budget.ts";
import type { Entry } from "./extractor.ts";
import { decodeBase64Text, decodePercent } from "./html-data-uri.ts";

/** The script offers a file to save, or decodes base64. */
export function buildsFile(text: string): boolean {
  return /createObjectURL|msSave(?:OrOpen)?Blob|\bnew\s{1,8}(?:Blob|File)\b|\bBlob\s{0,8}\(|\.download\b|["'`]download["'`]|\batob\b|showSaveFilePicker/.test(
    text,
  );
}

export interface Literal {
  readonly entry: Entry;
  /** Bytes rather than text: base64, hex, or an array of numbers. */
  readonly isEncoded: boolean;
}

// The base64 alphabet itself, in every polyfill of atob, has 65 characters;
// EICAR as base64 has 92.
const minEncoded = 80;
// Pieces shorter than this on average are a list of words, not of base64.
const minPiece = 16;
// Where `atob` stands, they are base64 all the same.
const minAtobPiece = 4;
const minNumbers = 64;
const hexNumber = /[0-9a-f]{1,4}/iy;
const minEscapes = 16;

/** Charged to the budget; throws LimitReached. */
export function* literals(text: string, budget: Budget): Generator<Literal> {
  let count = 0;
  const literal = (
    content: Uint8Array,
    declaredType: string | null,
    isEncoded: boolean,
  ): Literal => ({
    entry: {
      kind: "read",
      place: `script-${++count}`,
      filename: null,
      declaredType,
      content,
    },
    isEncoded,
  });
  for (const encoded of encodedRuns(text)) {
    if (/^(?:[0-9a-fA-F]{2}){40,}$/.test(encoded)) {
      budget.chargeBytes(encoded.length / 2);
      yield literal(Buffer.from(encoded, "hex"), null, true);
    } else yield literal(decodeBase64Text(encoded, budget), null, true);
  }
  for (const numbers of numberLists(text, budget))
    yield literal(numbers, null, true);
  for (const bytes of characterEscapes(text, budget))
    yield literal(bytes, null, true);
  for (const escaped of escapedRuns(text))
    yield literal(decodePercent(escaped, budget), "text/html", false);
}

const run = /[A-Za-z0-9+/_-]{4,}={0,2}/g;
// Between two pieces: a quote, what joins strings, a quote; or a line end.
const joint =
  /^(?:["'`](?:[\s+,]|\/\*[^*]{0,60}\*\/){0,80}["'`]|["'`]\s{0,40};?\s{0,40}[\w$.]{1,40}\s{0,8}\+=\s{0,8}["'`]|\\?\s{0,8}[\r\n]\s{0,80}|\\[nr](?:\\n)?)$/;
const maxJoint = 180;

/** Base64 or hex of a length worth decoding, its pieces joined. */
function* encodedRuns(text: string): Generator<string> {
  const least = /\batob\b/.test(text) ? minAtobPiece : minPiece;
  let pieces: string[] = [];
  let length = 0;
  let end = -1;
  const joined = (): string | null => {
    const whole = pieces.join("");
    return length >= minEncoded &&
      length / pieces.length >= least &&
      looksEncoded(whole)
      ? whole
      : null;
  };
  run.lastIndex = 0;
  for (let match = run.exec(text); match !== null; match = run.exec(text)) {
    const resume = run.lastIndex;
    const gap = match.index - end;
    const joins =
      pieces.length > 0 &&
      gap <= maxJoint &&
      joint.test(text.slice(end, match.index));
    if (!joins) {
      const whole = joined();
      if (whole !== null) yield whole;
      pieces = [];
      length = 0;
    }
    pieces.push(match[0]);
    length += match[0].length;
    end = resume;
    run.lastIndex = resume;
  }
  const whole = joined();
  if (whole !== null) yield whole;
}

/** Upper and lower case and digits mixed, as words and paths are not; or hex. Not the alphabet. */
function looksEncoded(text: string): boolean {
  const head = text.slice(0, 4096);
  if (/^[0-9a-fA-F]*$/.test(head)) return /\d/.test(head);
  if (head.includes("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) return false;
  return /[a-z]/.test(head) && /[A-Z]/.test(head) && /\d/.test(head);
}

/** Arrays and argument lists of byte values: `[77, 90, ...]`, `fromCharCode(60, ...)`. */
function* numberLists(text: string, budget: Budget): Generator<Uint8Array> {
  const opener = /[[(]\s{0,16}(?=\d)/g;
  for (let match = opener.exec(text); match; match = opener.exec(text)) {
    const bytes: number[] = [];
    let at = opener.lastIndex;
    let value = -1;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (value === 0 && (code | 0x20) === 0x78) {
        // 0x4d
        hexNumber.lastIndex = at + 1;
        const digits = hexNumber.exec(text)?.[0] ?? "";
        if (digits === "") break;
        value = Number.parseInt(digits, 16);
        at += digits.length;
      } else if (code >= 0x30 && code <= 0x39)
        value = Math.max(value, 0) * 10 + code - 0x30;
      else if (code === 0x2c && value >= 0) {
        bytes.push(value & 0xff);
        value = -1;
      } else if (code > 0x20) break;
      if (value > 0xffff) break;
    }
    if (value >= 0) bytes.push(value & 0xff);
    opener.lastIndex = Math.max(at, opener.lastIndex);
    if (bytes.length < minNumbers) continue;
    budget.chargeBytes(bytes.length);
    yield Uint8Array.from(bytes);
  }
}

/** String escapes: `\\x4d\\x5a`, `\\u004d\\u005a`. */
function* characterEscapes(
  text: string,
  budget: Budget,
): Generator<Uint8Array> {
  const escaped = /(?:\\x[0-9a-f]{2}|\\u00[0-9a-f]{2}){64,}/gi;
  for (let match = escaped.exec(text); match; match = escaped.exec(text)) {
    budget.chargeBytes(match[0].length / 4);
    yield Buffer.from(match[0].replace(/\\x|\\u00/gi, ""), "hex");
  }
}

/** What `unescape` turns into markup. */
function* escapedRuns(text: string): Generator<string> {
  const escaped = /[\w.*@+/%-]{48,}/g;
  for (let match = escaped.exec(text); match; match = escaped.exec(text)) {
    const whole = match[0];
    if (whole.split(/%[0-9a-fA-F]{2}/, minEscapes + 1).length > minEscapes)
      yield whole;
  }
}
