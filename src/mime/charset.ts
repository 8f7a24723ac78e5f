// Bytes in a declared charset, as text. TextDecoder knows the charsets of the
// web (Encoding Standard 4.2); added here are mail's own labels and UTF-7
// (RFC 2152), which readers of the 2000s decode and scripts hide in.

import { TextDecoder } from "node:util";
import { latin1 } from "./bytes.ts";

const labels = new Map([
  ["cp932", "shift_jis"],
  ["cp936", "gbk"],
  ["cp949", "euc-kr"],
  ["cp950", "big5"],
  ["cp1250", "windows-1250"],
  ["cp1251", "windows-1251"],
  ["cp1252", "windows-1252"],
  ["utf-16", "utf-16le"],
  // Windows' names and numbers of UTF-16, and the registry's aliases.
  ["cp1200", "utf-16le"],
  ["cp1201", "utf-16be"],
  ["x-utf-16le-bom", "utf-16le"],
  ["csutf16", "utf-16le"],
  ["csutf16le", "utf-16le"],
  ["csutf16be", "utf-16be"],
  ["ansi_x3.110-1983", "windows-1252"],
]);

const decoders = new Map<string, TextDecoder | null>();

/** Text of `bytes`; where the label is unknown, UTF-8 if it is that, else windows-1252. Never throws. */
export function decodeCharset(bytes: Uint8Array, label: string | null): string {
  const name = (label ?? "").trim().toLowerCase();
  if (utf7.test(name)) return decodeUtf7(bytes);
  if (utf32.test(name)) return decodeUtf32(bytes, name);
  const decoder =
    name === "utf-16" && bytes[0] === 0xfe && bytes[1] === 0xff
      ? decoderFor("utf-16be")
      : decoderFor(labels.get(name) ?? name);
  return decoder === null ? decodeUnlabelled(bytes) : decoder.decode(bytes);
}

/** UTF-8 where it is valid, else windows-1252: what readers do with raw 8-bit text. */
export function decodeUnlabelled(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** ASCII letters stand for something else in it, so that scanners cannot read its bytes as they are. */
export function hidesAscii(label: string): boolean {
  const name = label.trim().toLowerCase();
  return (
    utf7.test(name) ||
    utf32.test(name) ||
    /^(x-)?utf-?16|^cs(utf16|unicode)|^unicode|^ucs-?2|^iso-10646|^cp120[01]$|^hz-gb/.test(
      name,
    )
  );
}

/** EBCDIC, by the commoner names of its code pages: no letter is where ASCII has it, and .NET's readers know it. */
export function isEbcdic(label: string): boolean {
  return /^(ibm|cp)-?0{0,3}(37|500|870|871|1026|1047|114\d|27[3-9]|28[0-57-9]|290|297|42[0-4]|880|905|924|1025)$|ebcdic/.test(
    label.trim().toLowerCase(),
  );
}

const utf7 = /^(x-)?(unicode-[12]-[01]-)?utf-?7$|^csunicode11utf7$|^cp65000$/;
const utf32 = /^(x-)?utf-?32|^ucs-?4|^iso-10646-ucs-4|^csucs4|^cp1200[01]$/;

/** Unicode 3.10; little endian, unless the label or the first byte says otherwise. */
function decodeUtf32(bytes: Uint8Array, name: string): string {
  // Little endian text of ASCII never begins with a zero.
  const isBig = /be$|^cp12001$/.test(name) || bytes[0] === 0;
  const units = Buffer.alloc((bytes.length >> 2) * 2);
  // Planes above the first hold no ASCII: two of the four bytes are enough.
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    units[at >> 1] = bytes[isBig ? at + 3 : at] ?? 0;
    units[(at >> 1) + 1] = bytes[isBig ? at + 2 : at + 1] ?? 0;
  }
  return units.toString("utf16le");
}

function decoderFor(name: string): TextDecoder | null {
  const known = decoders.get(name);
  if (known !== undefined) return known;
  let decoder: TextDecoder | null = null;
  try {
    decoder = new TextDecoder(name);
  } catch {
    decoder = null;
  }
  // Labels come from mail: do not let them grow the table without end.
  if (decoders.size < 200) decoders.set(name, decoder);
  return decoder;
}

const base64 =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** RFC 2152: `+` opens UTF-16 in base64, any other character closes it, `+-` is a plus sign. */
function decodeUtf7(bytes: Uint8Array): string {
  const text = latin1(bytes);
  const out: string[] = [];
  let plainFrom = 0;
  let plus = text.indexOf("+");
  while (plus >= 0) {
    out.push(text.slice(plainFrom, plus));
    let at = plus + 1;
    let bits = 0;
    let count = 0;
    const units: number[] = [];
    for (; at < text.length; at++) {
      const value = base64.indexOf(text.charAt(at));
      if (value < 0) break;
      bits = ((bits << 6) | value) & 0x3fffff;
      count += 6;
      if (count >= 16) {
        count -= 16;
        units.push((bits >> count) & 0xffff);
      }
    }
    if (at === plus + 1 && text[at] === "-") out.push("+");
    for (let i = 0; i < units.length; i += 4096)
      out.push(String.fromCharCode(...units.slice(i, i + 4096)));
    plainFrom = text[at] === "-" ? at + 1 : at;
    plus = text.indexOf("+", plainFrom);
  }
  out.push(text.slice(plainFrom));
  return out.join("");
}
