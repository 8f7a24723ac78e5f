// Archives and packed files that are recognised and that nothing here opens.
// People still have programs for them, so each is an `unsupported` finding:
// what is in it was not looked at. By content alone: a name would only catch
// those who don't hide it.

import { hasSignature, u8 } from "./archive-bytes.ts";
import type { Entry, Extractor } from "./extractor.ts";

type Test = (bytes: Uint8Array) => boolean;

const begins =
  (...signatures: string[]): Test =>
  (bytes) =>
    signatures.some((signature) => hasSignature(bytes, signature));

/**
 * SEA's ARC: 0x1A, the method (1-9, in PAK's and ARC 7's files up to 11), the
 * name, 13 bytes with a NUL that ends it, and a size that the file can hold.
 */
function isArc(bytes: Uint8Array): boolean {
  const method = u8(bytes, 1);
  if (u8(bytes, 0) !== 0x1a || method < 1 || method > 11) return false;
  const name = bytes.subarray(2, 15);
  const end = name.indexOf(0);
  const packed = u8(bytes, 15) | (u8(bytes, 16) << 8) | (u8(bytes, 17) << 16);
  return (
    end > 0 &&
    name.subarray(0, end).every((byte) => byte > 0x20 && byte < 0x7f) &&
    // The header has 29 bytes, 25 with method 1, and one more header or its end follows.
    packed + 25 < bytes.length
  );
}

/** Format and what its files begin with. */
const formats: Readonly<Record<string, Test>> = {
  ace: (bytes) => hasSignature(bytes, "**ACE**", 7),
  alz: begins("ALZ\x01"),
  arc: isArc,
  // bzip 0.21, with arithmetic coding: version 0, then the block size.
  bzip1: (bytes) =>
    hasSignature(bytes, "BZ0") && u8(bytes, 3) >= 0x31 && u8(bytes, 3) <= 0x39,
  bzip3: begins("BZ3v1"),
  dms: begins("DMS!"),
  egg: begins("EGGA\0\x01"),
  freearc: begins("ArC\x01\0\0"),
  grzip: begins("GRZipII\0"),
  // gzip opens these two, by methods of its own.
  pack: (bytes) => hasSignature(bytes, "\x1f\x1e") && u8(bytes, 2) === 0,
  "sco-lzh": begins("\x1f\xa0"),
  "lzh-freeze": begins("\x1f\x9f"),
  rar14: begins("RE~^"),
  snappy: begins("\xff\x06\0\0sNaPpY"),
  lzfse: begins("bvx2", "bvxn"),
  stuffit: begins("SIT!", "ST46", "ST50", "StuffIt (c)", "StuffIt!"),
  sqx: (bytes) => hasSignature(bytes, "-sqx-", 7),
  uc2: begins("UC2\x1a"),
  // Mail folders of Outlook, whose text is masked.
  pst: begins("!BDN"),
  // A Flash film that is compressed.
  swf: (bytes) =>
    (hasSignature(bytes, "CWS") || hasSignature(bytes, "ZWS")) &&
    u8(bytes, 3) < 64,
  lrzip: begins("LRZI\0"),
  lzop: begins("\x89LZO\0\r\n\x1A\n"),
  rzip: begins("RZIP\x02"),
  zpaq: begins("zPQ\x01", "zPQ\x02", "7kSt\xA01\x83\xD3\x8C\xB2"),
};

export const unopenedArchives: readonly Extractor[] = Object.entries(
  formats,
).map(([format, test]) => ({
  format,
  recognizes: ({ bytes }) => test(bytes),
  *entries(): Generator<Entry> {
    yield {
      kind: "unread",
      place: null,
      filename: null,
      reason: "unsupported",
      name: `${format}-unsupported`,
    };
  },
}));
