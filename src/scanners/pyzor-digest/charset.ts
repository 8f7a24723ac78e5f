// Text in a declared charset as Python decodes it, for pyzor's digest: what
// can't be decoded is left out (or, in raw parts, replaced), and a charset that
// Python does not know is ASCII. Called by digest.ts.

import { byteTable } from "./charset-bytes.ts";
import { codecOf } from "./charset-names.ts";
import { PairDecoder } from "./charset-pairs.ts";
import { decodeHz, decodeIso2022Jp, decodeUtf7 } from "./charset-states.ts";

/** `text`: one character a byte. */
export function decodeIgnoring(text: string, charset: string | null): string {
  return decode(text, charset, "");
}

export function decodeReplacing(text: string, charset: string | null): string {
  return decode(text, charset, "\ufffd");
}

function decode(text: string, charset: string | null, invalid: string): string {
  const codec = codecOf(charset ?? "") ?? "ascii";
  switch (codec) {
    case "ascii":
      return text.replace(/[\x80-\xff]/g, invalid);
    case "latin_1":
      return text;
    case "utf_8":
      return decodeUtf8(Buffer.from(text, "latin1"), invalid);
    case "utf_8_sig":
      return decodeUtf8(Buffer.from(text, "latin1"), invalid).replace(
        /^\ufeff/,
        "",
      );
    case "utf_7":
      return decodeUtf7(text, invalid);
    case "utf_16":
    case "utf_16_le":
    case "utf_16_be":
      return decodeUtf16(Buffer.from(text, "latin1"), codec, invalid);
    case "utf_32":
    case "utf_32_le":
    case "utf_32_be":
      return decodeUtf32(Buffer.from(text, "latin1"), codec, invalid);
    case "hz":
      return decodeHz(text, invalid);
    default:
  }
  if (codec.startsWith("iso2022_jp"))
    return decodeIso2022Jp(text, codec, invalid);
  const pairs = PairDecoder.for(codec);
  if (pairs !== null) return pairs.decode(Buffer.from(text, "latin1"), invalid);
  return decodeBytes(text, codec, invalid);
}

const tables = new Map<string, string>();

function decodeBytes(text: string, codec: string, invalid: string): string {
  const table = tables.get(codec) ?? byteTable(codec) ?? "";
  tables.set(codec, table);
  return text.replace(/[\x80-\xff]/g, (character) => {
    const decoded = table.charAt(character.charCodeAt(0));
    return decoded === "\ufffd" ? invalid : decoded;
  });
}

const replacement = Buffer.from("\ufffd");

/** TextDecoder's U+FFFD and one that the text itself has look the same, so the text is cut at its own. */
function decodeUtf8(bytes: Buffer, invalid: string): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const pieces: string[] = [];
  let start = 0;
  for (;;) {
    const at = bytes.indexOf(replacement, start);
    const piece = decoder.decode(
      bytes.subarray(start, at < 0 ? bytes.length : at),
    );
    pieces.push(piece.replaceAll("\ufffd", invalid));
    if (at < 0) return pieces.join("\ufffd");
    start = at + replacement.length;
  }
}

/** Without a mark it is little endian, as on the machines that Python runs on. */
function decodeUtf16(bytes: Buffer, codec: string, invalid: string): string {
  const mark = codec === "utf_16" ? bytes.toString("hex", 0, 2) : "";
  const isBig = codec === "utf_16_be" || mark === "feff";
  const start = mark === "feff" || mark === "fffe" ? 2 : 0;
  const whole = bytes.subarray(
    start,
    bytes.length - ((bytes.length - start) % 2),
  );
  const text = (isBig ? Buffer.from(whole).swap16() : whole).toString(
    "utf16le",
  );
  const cut = whole.length + start < bytes.length ? invalid : "";
  return text.replace(/\p{Surrogate}/gu, invalid) + cut;
}

function decodeUtf32(bytes: Buffer, codec: string, invalid: string): string {
  const mark = codec === "utf_32" ? bytes.toString("hex", 0, 4) : "";
  const isBig = codec === "utf_32_be" || mark === "0000feff";
  const out: string[] = [];
  let at = mark === "0000feff" || mark === "fffe0000" ? 4 : 0;
  for (; at + 4 <= bytes.length; at += 4) {
    const code = isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    out.push(isCharacter ? String.fromCodePoint(code) : invalid);
  }
  if (at < bytes.length) out.push(invalid);
  return out.join("");
}
