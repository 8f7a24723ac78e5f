// Python's names of charsets (its table of codec aliases), for pyzor's digest:
// text in a charset that Python does not know is read as ASCII by the reference
// client, and some names mean something else there than on the web (gb2312 is
// not gbk). Called by charset.ts.
//
// Left out, and so read as ASCII: EBCDIC and the rarer code pages of DOS,
// ISO-2022-KR, the JIS X 0213 family, Johab, CP949, Big5-HKSCS.

const table = `
ascii 646 ansi_x3.4_1968 ansi_x3_4_1968 ansi_x3.4_1986 cp367 csascii ibm367 iso646_us iso_646.irv_1991 iso_ir_6 us us_ascii
latin_1 8859 cp819 csisolatin1 ibm819 iso8859 iso8859_1 iso_8859_1 iso_8859_1_1987 iso_ir_100 l1 latin latin1
utf_8 u8 utf utf8 utf8_ucs2 utf8_ucs4 cp65001
utf_8_sig
utf_7 u7 utf7 unicode_1_1_utf_7
utf_16 u16 utf16
utf_16_le unicodelittleunmarked utf_16le
utf_16_be unicodebigunmarked utf_16be
utf_32 u32 utf32
utf_32_le utf_32le
utf_32_be utf_32be
cp1250 1250 windows_1250
cp1251 1251 windows_1251
cp1252 1252 windows_1252
cp1253 1253 windows_1253
cp1254 1254 windows_1254
cp1255 1255 windows_1255
cp1256 1256 windows_1256
cp1257 1257 windows_1257
cp1258 1258 windows_1258
iso8859_2 csisolatin2 iso_8859_2 iso_8859_2_1987 iso_ir_101 l2 latin2
iso8859_3 csisolatin3 iso_8859_3 iso_8859_3_1988 iso_ir_109 l3 latin3
iso8859_4 csisolatin4 iso_8859_4 iso_8859_4_1988 iso_ir_110 l4 latin4
iso8859_5 csisolatincyrillic cyrillic iso_8859_5 iso_8859_5_1988 iso_ir_144
iso8859_6 arabic asmo_708 csisolatinarabic ecma_114 iso_8859_6 iso_8859_6_1987 iso_ir_127
iso8859_7 csisolatingreek ecma_118 elot_928 greek greek8 iso_8859_7 iso_8859_7_1987 iso_ir_126
iso8859_8 csisolatinhebrew hebrew iso_8859_8 iso_8859_8_1988 iso_ir_138
iso8859_9 csisolatin5 iso_8859_9 iso_8859_9_1989 iso_ir_148 l5 latin5
iso8859_10 csisolatin6 iso_8859_10 iso_8859_10_1992 iso_ir_157 l6 latin6
iso8859_11 thai iso_8859_11 iso_8859_11_2001
iso8859_13 iso_8859_13 l7 latin7
iso8859_14 iso_8859_14 iso_8859_14_1998 iso_celtic iso_ir_199 l8 latin8
iso8859_15 iso_8859_15 l9 latin9
iso8859_16 iso_8859_16 iso_8859_16_2001 iso_ir_226 l10 latin10
koi8_r cskoi8r
koi8_u
cp437 437 cspc8codepage437 ibm437
cp850 850 cspc850multilingual ibm850
cp866 866 csibm866 ibm866
cp874
tis_620 tis620 tis_620_0 tis_620_2529_0 tis_620_2529_1 iso_ir_166
mac_roman macintosh macroman
mac_cyrillic maccyrillic
gb2312 chinese csiso58gb231280 euc_cn euccn eucgb2312_cn gb2312_1980 gb2312_80 iso_ir_58 x_mac_simp_chinese
gbk 936 cp936 ms936
gb18030 gb18030_2000
hz hzgb hz_gb hz_gb_2312
big5 big5_tw csbig5 x_mac_trad_chinese
cp950 950 ms950
euc_kr euckr korean ksc5601 ks_c_5601 ks_c_5601_1987 ksx1001 ks_x_1001 x_mac_korean
shift_jis csshiftjis shiftjis sjis s_jis x_mac_japanese
cp932 932 ms932 mskanji ms_kanji windows_31j
euc_jp eucjp ujis u_jis
iso2022_jp csiso2022jp iso2022jp iso_2022_jp
iso2022_jp_1 iso2022jp_1 iso_2022_jp_1
iso2022_jp_2 iso2022jp_2 iso_2022_jp_2
iso2022_jp_ext iso2022jp_ext iso_2022_jp_ext
`;

const codecs = new Map(
  table
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [codec = "", ...aliases] = line.split(" ");
      return [codec, ...aliases].map((name) => [name, codec] as const);
    }),
);

/** Python's codec for a charset's name; null where it has none. */
export function codecOf(charset: string): string | null {
  // Runs of anything but letters, digits and dots are as good as one "_".
  const name = charset
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "_")
    .replace(/^_/, "");
  return codecs.get(name) ?? codecs.get(name.replaceAll(".", "_")) ?? null;
}
