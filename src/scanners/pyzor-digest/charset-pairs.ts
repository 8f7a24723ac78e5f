// Charsets of one or two bytes a character (Chinese, Japanese, Korean) as
// Python decodes them, for pyzor's digest. Called by charset.ts.
//
// The characters come from TextDecoder, one pair at a time, but Python knows
// fewer of them, a few differently, and after a pair that is none goes on with
// its second byte.

import { TextDecoder } from "node:util";

interface PairCharset {
  readonly label: string;
  /** Pairs that Python knows too: first and last of each range, in hexadecimal. */
  readonly known: string;
  /** A pair's second byte has its high bit set, and more: 0xA1 at least. */
  readonly isEuc?: true;
  /** A pair, and the characters that stand there and after instead. */
  readonly other?: Readonly<Record<string, string>>;
}

const etenCharacters = {
  c6a1: "ヾゝゞ々ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをんァアィイゥウェ",
  c740: "エォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユ",
  c7a1: "ョヨラリルレロヮワヰヱヲンヴヵヶДЕЁЖЗИЙКЛМУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя①②③④⑤⑥⑦⑧⑨⑩⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽",
};

const charsets: Readonly<Record<string, PairCharset>> = {
  gb2312: {
    label: "gbk",
    isEuc: true,
    // GB 2312's rows 1 to 9 have gaps, 16 to 87 but five places are full.
    known:
      "a1a1-a1fe a2b1-a2e2 a2e5-a2ee a2f1-a2fc a3a1-a3fe a4a1-a4f3 a5a1-a5f6 a6a1-a6b8 a6c1-a6d8 a7a1-a7c1 a7d1-a7f1 a8a1-a8ba a8c5-a8e9 a9a4-a9ef b0a1-d7f9 d8a1-f7fe",
    other: { a1a4: "\u30fb", a1aa: "\u2015" },
  },
  gbk: {
    label: "gbk",
    known:
      "8140-a0fe a1a1-a1fe a2a1-a2aa a2b1-a2e2 a2e5-a2ee a2f1-a2fc a3a1-a3fe a4a1-a4f3 a5a1-a5f6 a6a1-a6b8 a6c1-a6d8 a6e0-a6eb a6ee-a6f2 a6f4-a6f5 a7a1-a7c1 a7d1-a7f1 a840-a895 a8a1-a8bb a8bd-a8be a8c0-a8c0 a8c5-a8e9 a940-a957 a959-a95a a95c-a95c a960-a988 a996-a996 a9a4-a9ef aa40-aaa0 ab40-aba0 ac40-aca0 ad40-ada0 ae40-aea0 af40-afa0 b040-d7f9 d840-f8a0 f940-f9a0 fa40-faa0 fb40-fba0 fc40-fca0 fd40-fda0 fe40-fe4f",
  },
  gb18030: { label: "gb18030", known: "8140-fefe" },
  big5: {
    label: "big5",
    known: "a140-a3bf a440-c7fc c940-f9d5",
    other: {
      a145: "\u2022",
      a14e: "\uff64",
      a1c2: "\u203e",
      a1e3: "\u223c",
      a1f2: "\u2641\u2609",
      a241: "\uff0f\uff3c",
      a244: "\xa5",
      a246: "\xa2\xa3",
      ...etenCharacters,
    },
  },
  cp950: {
    label: "big5",
    known: "a140-c7fc c940-f9fe",
    other: etenCharacters,
  },
  euc_kr: {
    label: "euc-kr",
    isEuc: true,
    known: "a1a1-a4d3 a4d5-c8fe caa1-fdfe",
    other: { a2e6: "\u20ac\xae" },
  },
  shift_jis: {
    label: "shift_jis",
    known: "8140-84be 889f-eaa4",
    other: {
      8160: "\u301c\u2016",
      "817c": "\u2212",
      8191: "\xa2\xa3",
      "81ca": "\xac",
    },
  },
  cp932: { label: "shift_jis", known: "8140-fcfc" },
  euc_jp: {
    label: "euc-jp",
    isEuc: true,
    known: "8ea1-8edf a1a1-a8c0 b0a1-f4a6",
    other: {
      a1c1: "\u301c\u2016",
      a1dd: "\u2212",
      a1f1: "\xa2\xa3",
      a2cc: "\xac",
    },
  },
};

const unknownPair = 0;
const noPair = -1;

/** What decodes one codec; kept, as it learns its pairs. */
export class PairDecoder {
  readonly #codec: string;
  readonly #decoder: TextDecoder;
  readonly #fewestTrail: number;
  readonly #known: readonly (readonly [number, number])[];
  /** Code points by pair. */
  readonly #pairs = new Int32Array(0x10000);

  private constructor(codec: string, charset: PairCharset) {
    const { label, known, other } = charset;
    this.#codec = codec;
    this.#fewestTrail = charset.isEuc ? 0xa1 : 0;
    this.#decoder = new TextDecoder(label);
    this.#known = known.split(" ").map((range) => {
      const [first = "", last = ""] = range.split("-");
      return [Number.parseInt(first, 16), Number.parseInt(last, 16)] as const;
    });
    for (const [pair, characters] of Object.entries(other ?? {}))
      for (const [index, character] of Array.from(characters).entries())
        this.#pairs[Number.parseInt(pair, 16) + index] =
          character.codePointAt(0) ?? noPair;
  }

  static readonly #open = new Map<string, PairDecoder>();

  /** Null for codecs of another kind. */
  static for(codec: string): PairDecoder | null {
    const open = PairDecoder.#open.get(codec);
    if (open !== undefined) return open;
    const charset = Object.hasOwn(charsets, codec)
      ? charsets[codec]
      : undefined;
    if (charset === undefined) return null;
    const made = new PairDecoder(codec, charset);
    PairDecoder.#open.set(codec, made);
    return made;
  }

  /** `invalid` stands for what can't be decoded. */
  decode(bytes: Uint8Array, invalid: string): string {
    const out: string[] = [];
    for (let at = 0; at < bytes.length;) {
      const lead = bytes[at] ?? 0;
      if (lead < 0x80) {
        const start = at;
        while ((bytes[at] ?? 0x80) < 0x80) at += 1;
        out.push(latin1(bytes.subarray(start, at)));
        continue;
      }
      const single = this.#single(lead);
      if (single !== null) {
        out.push(single);
        at += 1;
        continue;
      }
      const length = this.#longLength(bytes, at);
      const long =
        length === 2 ? null : this.#decodeLong(bytes.subarray(at, at + length));
      const code =
        length === 2 && at + 1 < bytes.length
          ? this.pair(lead, bytes[at + 1] ?? 0)
          : null;
      if (long !== null) {
        out.push(long);
        at += length;
      } else if (code !== null) {
        out.push(String.fromCodePoint(code));
        at += 2;
      } else {
        out.push(invalid);
        at += 1;
      }
    }
    return out.join("");
  }

  /** The character of a pair; null where there is none. */
  pair(lead: number, trail: number): number | null {
    const pair = lead * 256 + trail;
    let code = this.#pairs[pair] ?? noPair;
    if (code === unknownPair) {
      code = this.#lookUp(pair);
      this.#pairs[pair] = code;
    }
    return code === noPair ? null : code;
  }

  #lookUp(pair: number): number {
    const isKnown = this.#known.some(
      ([first, last]) => pair >= first && pair <= last,
    );
    if (!isKnown || (pair & 0xff) < this.#fewestTrail) return noPair;
    const text = this.#decoder.decode(Uint8Array.of(pair >> 8, pair & 0xff));
    const code = text.codePointAt(0) ?? noPair;
    const isOne = text === String.fromCodePoint(Math.max(0, code));
    return isOne && code !== 0xfffd ? code : noPair;
  }

  /** Half-width katakana, and what Windows has for bytes that mean nothing. */
  #single(byte: number): string | null {
    const isWindows = this.#codec === "cp932";
    if (!isWindows && this.#codec !== "shift_jis") return null;
    if (byte >= 0xa1 && byte <= 0xdf)
      return String.fromCharCode(byte - 0xa1 + 0xff61);
    if (!isWindows) return null;
    if (byte === 0x80) return "\x80";
    if (byte === 0xa0) return "\uf8f0";
    return byte >= 0xfd ? String.fromCharCode(byte - 0xfd + 0xf8f1) : null;
  }

  /** Three bytes after 0x8F in EUC-JP; four in GB 18030 where the second is a digit. */
  #longLength(bytes: Uint8Array, at: number): number {
    if (this.#codec === "euc_jp" && bytes[at] === 0x8f) return 3;
    const second = bytes[at + 1] ?? 0;
    return this.#codec === "gb18030" && second >= 0x30 && second <= 0x39
      ? 4
      : 2;
  }

  #decodeLong(bytes: Uint8Array): string | null {
    const text = this.#decoder.decode(bytes);
    return Array.from(text).length === 1 && text !== "\ufffd" ? text : null;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "latin1",
  );
}
