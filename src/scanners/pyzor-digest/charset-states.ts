// Charsets that switch by escape sequences, as Python decodes them, for
// pyzor's digest. Called by charset.ts. All text has one character a
// byte; `invalid` stands for what can't be decoded.

import { PairDecoder } from "./charset-pairs.ts";

type CharacterSet =
  "ascii" | "roman" | "katakana" | "kanji" | "rareKanji" | "chinese" | "korean";

/** What stands between ESC and the end, for G0. */
const designations: ReadonlyMap<string, CharacterSet> = new Map([
  ["(B", "ascii"],
  ["(J", "roman"],
  ["$@", "kanji"],
  ["$B", "kanji"],
  ["$(@", "kanji"],
  ["$(B", "kanji"],
]);

const rareKanji = ["$(D", "rareKanji"] as const;

/** By codec. */
const furtherDesignations: ReadonlyMap<
  string,
  ReadonlyMap<string, CharacterSet>
> = new Map([
  ["iso2022_jp_1", new Map<string, CharacterSet>([rareKanji])],
  [
    "iso2022_jp_2",
    new Map<string, CharacterSet>([
      rareKanji,
      ["$A", "chinese"],
      ["$(A", "chinese"],
      ["$C", "korean"],
      ["$(C", "korean"],
    ]),
  ],
  [
    "iso2022_jp_ext",
    new Map<string, CharacterSet>([rareKanji, ["(I", "katakana"]]),
  ],
]);

/**
 * RFC 1468, and the versions of ISO-2022-JP with more sets, but for the Latin
 * and Greek one that RFC 1554 puts into G2.
 */
export function decodeIso2022Jp(
  text: string,
  codec: string,
  invalid: string,
): string {
  const further = furtherDesignations.get(codec);
  const out: string[] = [];
  let set: CharacterSet = "ascii";
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === 0x1b) {
      // A designation's end is a capital letter or `@`.
      const tail = text.slice(at + 1, at + 16);
      const designation = /^[()$.&][^A-Z@]*[A-Z@]/.exec(tail)?.[0];
      if (designation !== undefined) {
        const named =
          designations.get(designation) ?? further?.get(designation);
        if (named === undefined) out.push(invalid);
        set = named ?? set;
        at += 1 + designation.length;
        continue;
      }
      if (/^[()$.&]/.test(tail)) {
        out.push(invalid);
        at += 1;
        continue;
      }
      // Another sequence, a terminal's say, goes through whatever the set is.
      const end = text.slice(at).search(/[A-Z@]/);
      const through = text.slice(at, end < 0 ? text.length : at + end + 1);
      out.push(through.replace(/[\x80-\xff]/g, invalid));
      at += through.length;
      continue;
    }
    if (code >= 0x80) {
      out.push(invalid);
      at += 1;
    } else if (code < 0x20 || set === "ascii") {
      out.push(text.charAt(at));
      at += 1;
    } else if (set === "roman" || set === "katakana") {
      out.push(set === "roman" ? roman(code) : katakana(code, invalid));
      at += 1;
    } else {
      out.push(ofPair(set, code, text.charCodeAt(at + 1)) ?? invalid);
      at += 2;
    }
  }
  return out.join("");
}

function ofPair(
  set: "kanji" | "rareKanji" | "chinese" | "korean",
  lead: number,
  trail: number,
): string | null {
  if (!(trail < 0x80)) return null;
  switch (set) {
    case "kanji":
      return pair("euc_jp", lead, trail);
    case "chinese":
      return pair("gb2312", lead, trail);
    case "korean":
      return pair("euc_kr", lead, trail);
    case "rareKanji": {
      const bytes = Uint8Array.of(0x8f, lead | 0x80, trail | 0x80);
      return PairDecoder.for("euc_jp")?.decode(bytes, "").charAt(0) ?? null;
    }
  }
}

/** JIS X 0201. */
function roman(code: number): string {
  if (code === 0x5c) return "\xa5";
  return code === 0x7e ? "\u203e" : String.fromCharCode(code);
}

function katakana(code: number, invalid: string): string {
  return code >= 0x21 && code <= 0x5f
    ? String.fromCharCode(code - 0x21 + 0xff61)
    : invalid;
}

/** RFC 1843. */
export function decodeHz(text: string, invalid: string): string {
  const out: string[] = [];
  let isChinese = false;
  for (let at = 0; at < text.length;) {
    const two = text.slice(at, at + 2);
    const code = two.charCodeAt(0);
    if (two.startsWith("~")) {
      const isKnown = isChinese
        ? two === "~}"
        : two === "~~" || two === "~{" || two === "~\n";
      if (!isKnown) out.push(invalid);
      else if (two === "~~") out.push("~");
      else if (two !== "~\n") isChinese = two === "~{";
      at += isKnown ? 2 : 1;
      continue;
    }
    const chinese =
      isChinese && two.length === 2
        ? pair("gb2312", code, two.charCodeAt(1))
        : null;
    if (code >= 0x80 || (isChinese && chinese === null)) out.push(invalid);
    else out.push(chinese ?? two.charAt(0));
    at += chinese === null ? 1 : 2;
  }
  return out.join("");
}

function pair(codec: string, lead: number, trail: number): string | null {
  const code = PairDecoder.for(codec)?.pair(lead | 0x80, trail | 0x80) ?? null;
  return code === null ? null : String.fromCodePoint(code);
}

/** RFC 2152: `+` opens UTF-16 in base64, what is no base64 closes it; a `-` goes with it. */
export function decodeUtf7(text: string, invalid: string): string {
  const decoded = text.replace(
    /\+([A-Za-z0-9+/]*)(-?)|[\x80-\xff]/g,
    (_whole, digits: string | undefined, dash: string) => {
      if (digits === undefined) return invalid;
      if (digits === "") return dash === "-" ? "+" : invalid;
      const bytes = Buffer.from(digits, "base64");
      const even = bytes.subarray(0, bytes.length - (bytes.length % 2));
      return Buffer.from(even).swap16().toString("utf16le");
    },
  );
  return decoded.replace(/\p{Surrogate}/gu, invalid);
}
