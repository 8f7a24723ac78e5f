// Charsets of one byte a character as Python decodes them, for pyzor's digest.
// Called by charset.ts.
//
// TextDecoder knows most of them, but takes bytes that a charset does not
// define for control characters, and knows windows-1252 in two ways: in some
// versions of Node it is ISO 8859-1.

interface ByteCharset {
  readonly label: string;
  /** Not defined in Python, in hexadecimal. */
  readonly undefined?: string;
  /** What stands at 0x80 and after, where TextDecoder is no use. */
  readonly upper?: string;
}

const charsets: Readonly<Record<string, ByteCharset>> = {
  cp1250: { label: "windows-1250", undefined: "81 83 88 90 98" },
  cp1251: { label: "windows-1251", undefined: "98" },
  cp1252: {
    label: "latin1",
    upper: "€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ",
  },
  cp1253: {
    label: "windows-1253",
    undefined: "81 88 8a 8c 8d 8e 8f 90 98 9a 9c 9d 9e 9f aa d2 ff",
  },
  cp1254: { label: "windows-1254", undefined: "81 8d 8e 8f 90 9d 9e" },
  cp1255: {
    label: "windows-1255",
    undefined: "81 8a 8c 8d 8e 8f 90 9a 9c 9d 9e 9f",
  },
  cp1256: { label: "windows-1256" },
  cp1257: {
    label: "windows-1257",
    undefined: "81 83 88 8a 8c 90 98 9a 9c 9f a1 a5",
  },
  cp1258: {
    label: "windows-1258",
    undefined: "81 8a 8d 8e 8f 90 9a 9d 9e",
  },
  iso8859_2: { label: "iso-8859-2" },
  iso8859_3: { label: "iso-8859-3" },
  iso8859_4: { label: "iso-8859-4" },
  iso8859_5: { label: "iso-8859-5" },
  iso8859_6: { label: "iso-8859-6" },
  iso8859_7: { label: "iso-8859-7" },
  iso8859_8: { label: "iso-8859-8" },
  iso8859_10: { label: "iso-8859-10" },
  iso8859_13: { label: "iso-8859-13" },
  iso8859_14: { label: "iso-8859-14" },
  iso8859_15: { label: "iso-8859-15" },
  koi8_r: { label: "koi8-r" },
  koi8_u: { label: "koi8-u" },
  cp866: { label: "ibm866" },
  mac_roman: { label: "macintosh" },
  mac_cyrillic: { label: "x-mac-cyrillic" },
  cp437: {
    label: "latin1",
    upper:
      "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0",
  },
  cp850: {
    label: "latin1",
    upper:
      "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0",
  },
};

/** 256 characters, U+FFFD where there is none; null for other codecs. */
export function byteTable(codec: string): string | null {
  const latin1 = Array.from({ length: 256 }, (_each, byte) =>
    String.fromCharCode(byte),
  );
  switch (codec) {
    case "latin_1":
      return latin1.join("");
    case "iso8859_9":
      // Latin 1 with six Turkish letters in place of the Icelandic ones.
      return substituted(
        latin1,
        0xd0,
        "Ğ",
        0xdd,
        "İ",
        "Ş",
        0xf0,
        "ğ",
        0xfd,
        "ı",
        "ş",
      );
    case "iso8859_16":
      return [
        ...latin1.slice(0, 0xa0),
        "\u00a0ĄąŁ€„Š§š©Ș«Ź\u00adźŻ°±ČłŽ”¶·žčș»ŒœŸżÀÁÂĂÄĆÆÇÈÉÊËÌÍÎÏĐŃÒÓÔŐÖŚŰÙÚÛÜĘȚßàáâăäćæçèéêëìíîïđńòóôőöśűùúûüęțÿ",
      ].join("");
    case "iso8859_11":
      return thai(latin1, false);
    case "tis_620":
      return thai(latin1, true);
    case "cp874":
      return substituted(
        Array.from(thai(latin1, false)).fill("\ufffd", 0x80, 0xa0),
        ...[0x80, "€", 0x85, "…", 0x91, "‘", "’", "“", "”", "•", "–", "—"],
      );
    default:
      return known(codec, latin1);
  }
}

function known(codec: string, latin1: readonly string[]): string | null {
  const charset = Object.hasOwn(charsets, codec) ? charsets[codec] : undefined;
  if (charset === undefined) return null;
  const { label, upper } = charset;
  if (upper !== undefined)
    return [
      ...latin1.slice(0, 0x80),
      upper,
      ...latin1.slice(0x80 + upper.length),
    ].join("");
  const decoder = new TextDecoder(label);
  const undefinedBytes = new Set(
    (charset.undefined ?? "")
      .split(" ")
      .map((byte) => Number.parseInt(byte, 16)),
  );
  return latin1
    .map((_each, byte) =>
      undefinedBytes.has(byte) ? "\ufffd" : decoder.decode(Uint8Array.of(byte)),
    )
    .join("");
}

/** Numbers are places, characters go there and after. */
function substituted(
  characters: readonly string[],
  ...changes: readonly (number | string)[]
): string {
  const result = [...characters];
  let at = 0;
  for (const change of changes)
    if (typeof change === "number") at = change;
    else {
      result[at] = change;
      at += 1;
    }
  return result.join("");
}

/** TIS 620: Unicode's Thai block in its order, from 0xA1 on, without four places in each of two gaps. */
function thai(latin1: readonly string[], lacksNoBreakSpace: boolean): string {
  return latin1
    .map((character, byte) => {
      if (byte === 0xa0 && lacksNoBreakSpace) return "\ufffd";
      if (byte <= 0xa0) return character;
      const isGap = (byte >= 0xdb && byte <= 0xde) || byte >= 0xfc;
      return isGap ? "\ufffd" : String.fromCharCode(byte - 0xa0 + 0x0e00);
    })
    .join("");
}
