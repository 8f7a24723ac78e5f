// First bytes of formats, one table for signatures.ts, which says how it is
// used. Where there is no usual media type, the name is that of `file`. Within
// one first byte the order counts: surer before vaguer. Each line: type,
// offset, bytes, and what else must hold.

import { hasSignature } from "./archive-bytes.ts";

export interface Signature {
  readonly type: string;
  readonly offset: number;
  /** One character a byte. */
  readonly bytes: string;
  /** More that must hold. */
  readonly and?: (bytes: Uint8Array) => boolean;
}

const signature = (
  type: string,
  offset: number,
  bytes: string,
  and?: (bytes: Uint8Array) => boolean,
): Signature =>
  and === undefined ? { type, offset, bytes } : { type, offset, bytes, and };

/** -1 beyond the end. */
export const byteAt = (bytes: Uint8Array, at: number) => bytes[at] ?? -1;

/** In the 64 bytes of an MZ header. */
function hasNulInHead(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 64).includes(0);
}

export const signatures: readonly Signature[] = [
  // Executables: what runs when it is opened. Two letters alone would take
  // text that begins with them ("MZ-123 ..."); the header behind them holds
  // offsets, and an offset below 16 MB holds a NUL.
  signature("application/x-dosexec", 0, "MZ", hasNulInHead), // also PE, NE, LE
  signature("application/x-dosexec", 0, "ZM", hasNulInHead), // DOS takes either order
  signature("application/x-executable", 0, "\x7FELF"),
  signature("application/x-mach-binary", 0, "\xFE\xED\xFA\xCE"), // 32 bit, big endian
  signature("application/x-mach-binary", 0, "\xFE\xED\xFA\xCF"), // 64 bit
  signature("application/x-mach-binary", 0, "\xCE\xFA\xED\xFE"), // little endian
  signature("application/x-mach-binary", 0, "\xCF\xFA\xED\xFE"),
  // A Java class and a fat Mach-O share four bytes: next come a version
  // (major 45 or more), or the number of architectures (a few).
  signature(
    "application/java-vm",
    0,
    "\xCA\xFE\xBA\xBE",
    (b) => byteAt(b, 7) >= 45,
  ),
  signature("application/x-mach-binary", 0, "\xCA\xFE\xBA\xBE"),
  signature("application/vnd.android.dex", 0, "dex\n03"),
  signature("application/wasm", 0, "\0asm\x01\0\0\0"),
  // Shell link: header size 0x4C, then its CLSID.
  signature(
    "application/x-ms-shortcut",
    0,
    "L\0\0\0\x01\x14\x02\0\0\0\0\0\xC0\0\0\0",
  ),

  // Archives and compressed files.
  signature("application/zip", 0, "PK\x03\x04"),
  signature("application/zip", 0, "PK\x05\x06"), // empty
  signature("application/zip", 0, "PK\x07\x08"), // spanned
  signature("application/zip", 0, "PK00PK\x03\x04"), // spanned, in one piece
  signature("application/vnd.rar", 0, "Rar!\x1A\x07\0"), // 1.5 to 4
  signature("application/vnd.rar", 0, "Rar!\x1A\x07\x01\0"), // 5
  signature("application/vnd.rar", 0, "RE~^"), // 1.4
  signature("application/x-7z-compressed", 0, "7z\xBC\xAF\x27\x1C"),
  signature("application/gzip", 0, "\x1F\x8B"),
  signature("application/x-compress", 0, "\x1F\x9D"), // .Z, LZW
  signature("application/x-compress", 0, "\x1F\xA0"), // .z, SCO LZH
  signature("application/x-pack", 0, "\x1F\x1E"), // .z, Huffman
  signature(
    "application/x-bzip2",
    0,
    "BZh",
    (b) => byteAt(b, 3) >= 0x31 && byteAt(b, 3) <= 0x39,
  ),
  signature("application/x-xz", 0, "\xFD7zXZ\0"),
  signature("application/x-lzip", 0, "LZIP"),
  signature("application/x-lzop", 0, "\x89LZO\0\r\n\x1A\n"),
  signature("application/zstd", 0, "\x28\xB5\x2F\xFD"),
  // Skippable frame, 0x184D2A50 to 5F: zstd and lz4 share it.
  signature(
    "application/zstd",
    1,
    "\x2A\x4D\x18",
    (b) => (byteAt(b, 0) & 0xf0) === 0x50,
  ),
  signature("application/x-lz4", 0, "\x04\x22\x4D\x18"),
  signature("application/x-lz4", 0, "\x02\x21\x4C\x18"), // legacy frame
  // Properties 5D, dictionary a power of two of at least 64 KiB, and a size that is unknown or under 1 TiB.
  signature(
    "application/x-lzma",
    0,
    "\x5D\0\0",
    (b) =>
      hasSignature(b, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 5) ||
      hasSignature(b, "\0\0\0", 10),
  ),
  signature("application/vnd.ms-cab-compressed", 0, "MSCF\0\0\0\0"),
  signature("application/x-installshield", 0, "ISc("),
  // ARJ: id 60 EA, header size up to 2,600, first header's type 2.
  signature(
    "application/x-arj",
    0,
    "\x60\xEA",
    (b) => byteAt(b, 3) <= 0x0a && byteAt(b, 10) === 2,
  ),
  // LHA: "-lh5-", "-lzs-", "-pm1-" after header size and sum.
  signature(
    "application/x-lzh-compressed",
    2,
    "-l",
    (b) => byteAt(b, 6) === 0x2d,
  ),
  signature(
    "application/x-lzh-compressed",
    2,
    "-pm",
    (b) => byteAt(b, 6) === 0x2d,
  ),
  signature("application/x-zoo", 20, "\xDC\xA7\xC4\xFD"),
  signature("application/x-ace", 7, "**ACE**"),
  signature("application/x-alz", 0, "ALZ\x01"),
  signature("application/x-egg", 0, "EGGA"),
  signature("application/x-zpaq", 0, "zPQ"),
  signature("application/x-zpaq", 0, "7kSt"),
  // ARC: 1A, then a method from 1 to 11, and a printable name.
  signature(
    "application/x-arc",
    0,
    "\x1A",
    (b) =>
      byteAt(b, 1) >= 1 &&
      byteAt(b, 1) <= 11 &&
      byteAt(b, 2) > 0x20 &&
      byteAt(b, 2) < 0x7f,
  ),
  signature("application/vnd.debian.binary-package", 0, "!<arch>\ndebian"),
  signature("application/x-archive", 0, "!<arch>\n"),
  signature("application/x-archive", 0, "!<thin>\n"),
  signature("application/x-rpm", 0, "\xED\xAB\xEE\xDB"),
  signature("application/x-cpio", 0, "070707"), // odc
  signature("application/x-cpio", 0, "070701"), // newc
  signature("application/x-cpio", 0, "070702"), // newc with sum
  signature("application/x-cpio", 0, "\xC7\x71"), // binary, little endian
  signature("application/x-cpio", 0, "\x71\xC7"), // binary, big endian
  signature("application/x-tar", 257, "ustar"),
  signature("application/x-ms-wim", 0, "MSWIM\0\0\0"),
  signature("application/x-xar", 0, "xar!"),
  signature("application/vnd.ms-htmlhelp", 0, "ITSF"),
  signature("application/x-szdd", 0, "SZDD\x88\xF0\x27\x33"), // COMPRESS.EXE
  signature("application/x-szdd", 0, "SZ \x88\xF0\x27\x33\xD1"), // of QBasic
  signature("application/x-kwaj", 0, "KWAJ\x88\xF0\x27\xD1"),
  signature("application/x-stuffit", 0, "SIT!"),
  signature("application/x-stuffit", 0, "StuffIt"),
  signature("application/x-squashfs", 0, "hsqs"),
  signature("application/x-dms", 0, "DMS!"),
  signature("application/x-vhdx", 0, "vhdxfile"),
  signature("application/x-vhd", 0, "conectix"),
  signature("application/x-qcow", 0, "QFI\xFB"),
  signature("application/x-vmdk", 0, "KDMV"),

  // Documents.
  signature("application/x-ole-storage", 0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
  signature("application/rtf", 0, "{\\rt"), // Word asks for no more than "{\rt"
  signature("application/pdf", 0, "%PDF-"),
  signature("application/postscript", 0, "%!PS"),
  signature("application/postscript", 0, "\xC5\xD0\xD3\xC6"), // EPS with preview
  signature("application/ms-tnef", 0, "\x78\x9F\x3E\x22"),
  // {7B5C52E4-D88C-4DA7-AEB1-5378D02996D3}
  signature(
    "application/onenote",
    0,
    "\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3",
  ),
  signature("application/vnd.ms-outlook-pst", 0, "!BDN"),
  signature("application/x-msaccess", 4, "Standard Jet DB"),
  signature("application/x-msaccess", 4, "Standard ACE DB"),
  signature("application/vnd.sqlite3", 0, "SQLite format 3\0"),
  signature("application/x-mso", 0, "ActiveMime"),
  signature(
    "application/x-shockwave-flash",
    0,
    "FWS",
    (b) => byteAt(b, 3) < 64,
  ),
  signature(
    "application/x-shockwave-flash",
    0,
    "CWS",
    (b) => byteAt(b, 3) < 64,
  ),
  signature(
    "application/x-shockwave-flash",
    0,
    "ZWS",
    (b) => byteAt(b, 3) < 64,
  ),

  // Pictures.
  signature("image/png", 0, "\x89PNG\r\n\x1A\n"),
  signature("image/jpeg", 0, "\xFF\xD8\xFF"),
  signature("image/gif", 0, "GIF87a"),
  signature("image/gif", 0, "GIF89a"),
  signature("image/webp", 8, "WEBP", (b) => hasSignature(b, "RIFF", 0)),
  signature("image/tiff", 0, "II*\0"),
  signature("image/tiff", 0, "MM\0*"),
  signature(
    "image/bmp",
    0,
    "BM",
    (b) => byteAt(b, 15) === 0 && byteAt(b, 16) === 0 && byteAt(b, 17) === 0,
  ),
  signature(
    "image/vnd.microsoft.icon",
    0,
    "\0\0\x01\0",
    (b) => byteAt(b, 4) > 0 && byteAt(b, 5) === 0 && byteAt(b, 9) === 0,
  ),
  signature("image/vnd.adobe.photoshop", 0, "8BPS"),
  signature("image/emf", 40, " EMF", (b) => byteAt(b, 0) === 1),
  signature("image/wmf", 0, "\xD7\xCD\xC6\x9A"),
  signature("image/jp2", 0, "\0\0\0\x0CjP  "),
  signature("image/avif", 4, "ftypavif"),
  signature("image/heic", 4, "ftyphei"),
  signature("image/heic", 4, "ftypmif1"),

  // Sound and film.
  signature("audio/mpeg", 0, "ID3"),
  signature("audio/mpeg", 0, "\xFF\xFB"),
  signature("audio/mpeg", 0, "\xFF\xF3"),
  signature("audio/mpeg", 0, "\xFF\xF2"),
  signature("application/ogg", 0, "OggS"),
  signature("audio/flac", 0, "fLaC"),
  signature("audio/midi", 0, "MThd"),
  signature("audio/amr", 0, "#!AMR"),
  signature("audio/basic", 0, ".snd"),
  signature("audio/wav", 8, "WAVE", (b) => hasSignature(b, "RIFF", 0)),
  signature("audio/aiff", 8, "AIF", (b) => hasSignature(b, "FORM", 0)),
  signature("video/x-msvideo", 8, "AVI ", (b) => hasSignature(b, "RIFF", 0)),
  signature("audio/mp4", 4, "ftypM4A"),
  signature("video/quicktime", 4, "ftypqt"),
  signature("video/quicktime", 4, "moov"),
  signature("video/mp4", 4, "ftyp"),
  signature("video/x-matroska", 0, "\x1A\x45\xDF\xA3"),
  signature("video/mpeg", 0, "\0\0\x01\xBA"),
  signature("video/mpeg", 0, "\0\0\x01\xB3"),
  signature("video/x-flv", 0, "FLV\x01"),
  signature("video/x-ms-asf", 0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"),
  signature(
    "font/ttf",
    0,
    "\0\x01\0\0\0",
    (b) => byteAt(b, 4) === 0 && byteAt(b, 5) < 64,
  ),
  signature("font/otf", 0, "OTTO"),
  signature("font/woff", 0, "wOFF"),
  signature("font/woff2", 0, "wOF2"),

  // Scripts, after sound that begins like one.
  signature("text/x-script", 0, "#!"),
  signature("text/x-script", 0, "\xEF\xBB\xBF#!"),

  // Signed and encrypted.
  signature("application/pgp-encrypted", 0, "-----BEGIN PGP MESSAGE"),
  signature("application/pgp-signature", 0, "-----BEGIN PGP SIGNATURE"),
  signature("application/pgp-keys", 0, "-----BEGIN PGP P"), // PUBLIC or PRIVATE KEY BLOCK
  signature("text/x-pgp-cleartext-signed", 0, "-----BEGIN PGP SIGNED"),
  signature("application/x-pem-file", 0, "-----BEGIN "),
  // RFC 4880 4.2: a public-key or symmetric-key encrypted session key, old or
  // new format, version 3 or 4 where it stands for the packet's usual lengths.
  signature("application/pgp-encrypted", 0, "\x84", (b) => byteAt(b, 2) === 3),
  signature("application/pgp-encrypted", 0, "\x85", (b) => byteAt(b, 3) === 3),
  signature("application/pgp-encrypted", 0, "\x8C", (b) => byteAt(b, 2) === 4),
  signature(
    "application/pgp-encrypted",
    0,
    "\xC1",
    (b) => byteAt(b, 2) === 3 || byteAt(b, 3) === 3,
  ),
  signature("application/pgp-encrypted", 0, "\xC3", (b) => byteAt(b, 2) === 4),
  // RFC 5652 3: SEQUENCE { OID 1.2.840.113549.1.7.x, after a length of one to five bytes.
  ...[2, 3, 4, 5, 6].map((offset) =>
    signature(
      "application/pkcs7-mime",
      offset,
      "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07",
      (b) => byteAt(b, 0) === 0x30,
    ),
  ),
  // Far in: disk images.
  signature("application/x-iso9660-image", 32769, "CD001"), // sector 16, primary volume descriptor
  signature("application/x-iso9660-image", 32769, "BEA01"), // UDF without ISO 9660
  signature("application/x-iso9660-image", 32769, "NSR0"),
  signature("application/x-apple-diskimage", 0, "koly"),
];
