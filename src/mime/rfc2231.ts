// Parameter values by RFC 2231: `filename*=utf-8''a%20b`, and values in
// pieces, `filename*0="a"; filename*1*=%20b`. Returns every reading of a
// parameter, the one that the standard prefers first.

import { latin1, latin1Bytes } from "./bytes.ts";
import { decodeCharset, decodeUnlabelled } from "./charset.ts";
import { hexValue } from "./quoted-printable.ts";
import type { Parameter } from "./structured-field.ts";

/** More pieces than this are no value that a reader shows. */
const maxPieces = 1000;

export interface ParameterReadings {
  /** By RFC 2231; text, decoded. */
  readonly extended: readonly string[];
  /** Given plainly; one character a byte, encoded words not decoded. */
  readonly plain: readonly string[];
}

export function readParameter(
  parameters: readonly Parameter[],
  name: string,
): ParameterReadings {
  const plain: string[] = [];
  const extended: string[] = [];
  const pieces = new Map<number, { value: string; encoded: boolean }>();
  for (const parameter of parameters) {
    if (!parameter.name.startsWith(name)) continue;
    const rest = parameter.name.slice(name.length);
    if (rest === "") plain.push(parameter.value);
    else if (rest === "*") extended.push(decodeExtended(parameter.value, true));
    else {
      const match = /^\*(\d{1,4})(\*?)$/.exec(rest);
      const index = Number(match?.[1] ?? -1);
      if (match !== null && index < maxPieces && !pieces.has(index))
        pieces.set(index, {
          value: parameter.value,
          encoded: match[2] === "*",
        });
    }
  }
  if (pieces.size > 0) extended.push(joinPieces(pieces));
  return { extended, plain };
}

/** RFC 2231 3 and 4.1. Some senders count from 1. */
function joinPieces(
  pieces: ReadonlyMap<number, { value: string; encoded: boolean }>,
): string {
  const first = pieces.has(0) ? 0 : Math.min(...pieces.keys());
  let charset: string | null = null;
  let raw = "";
  for (let i = first; ; i++) {
    const piece = pieces.get(i);
    if (piece === undefined) break;
    let value = piece.value;
    if (piece.encoded) {
      if (i === first) {
        const tagged = splitCharset(value);
        charset = tagged.charset;
        value = tagged.value;
      }
      value = percentDecode(value);
    }
    raw += value;
  }
  return decodeText(raw, charset);
}

function decodeExtended(value: string, tagged: boolean): string {
  const { charset, value: text } = tagged
    ? splitCharset(value)
    : { charset: null, value };
  return decodeText(percentDecode(text), charset);
}

function decodeText(raw: string, charset: string | null): string {
  const bytes = latin1Bytes(raw);
  return charset === null || charset === ""
    ? decodeUnlabelled(bytes)
    : decodeCharset(bytes, charset);
}

/** RFC 2231 4: charset'language'text. */
function splitCharset(value: string): {
  charset: string | null;
  value: string;
} {
  const match = /^([^']{0,60})'[^']{0,60}'/.exec(value);
  if (match === null) return { charset: null, value };
  return { charset: match[1] ?? null, value: value.slice(match[0].length) };
}

function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  const from = latin1Bytes(text);
  const out = new Uint8Array(from.length);
  let written = 0;
  for (let at = 0; at < from.length; at++) {
    const isPercent = from[at] === 0x25;
    const high = isPercent ? hexValue(from[at + 1]) : -1;
    const low = isPercent ? hexValue(from[at + 2]) : -1;
    if (high >= 0 && low >= 0) {
      out[written++] = (high << 4) | low;
      at += 2;
    } else out[written++] = from[at] ?? 0;
  }
  return latin1(out.subarray(0, written));
}
