// What 7-Zip is asked to open, and how each format is recognised: always by
// content, as strictly as its first bytes allow, since every part of every
// message is asked. Used by seven-zip.ts. 7-Zip is told the type, so that it
// tries nothing else.
//
// Not in the list though 7-Zip knows them: zip, tar, cpio, rpm, ar, gzip, .Z,
// SZDD, LHA (own extractors, which read what 7-Zip passes over), OLE compound files
// (own extractor), PE, ELF and Mach-O (their sections and resources are seen
// by scanners in the file itself), LVM, UEFI, Intel HEX (nobody mails them).

import {
  findSignature,
  hasSignature,
  u16le,
  u32be,
  u32le,
  u64le,
  u8,
} from "./archive-bytes.ts";

export interface SevenZipFormat {
  /** Our name: `source` of findings, and the first word of their names. */
  readonly format: string;
  /** 7-Zip's -t. */
  readonly type: string;
  /** Compressed single file: its name is the container's without this ending. */
  readonly stream?: boolean;
  recognizes(bytes: Uint8Array): boolean;
}

const starts =
  (...signatures: readonly string[]) =>
  (bytes: Uint8Array): boolean =>
    signatures.some((signature) => hasSignature(bytes, signature));

export const sevenZipFormats: readonly SevenZipFormat[] = [
  { format: "7z", type: "7z", recognizes: starts("7z\xbc\xaf\x27\x1c") },
  { format: "rar", type: "Rar", recognizes: starts("Rar!\x1a\x07\x00") },
  { format: "rar", type: "Rar5", recognizes: starts("Rar!\x1a\x07\x01\x00") },
  // CFHEADER: the four bytes after the signature are reserved, zero.
  { format: "cab", type: "Cab", recognizes: starts("MSCF\0\0\0\0") },
  { format: "arj", type: "Arj", recognizes: isArj },
  { format: "iso9660", type: "Iso", recognizes: isIso9660 },
  { format: "udf", type: "Udf", recognizes: isUdf },
  { format: "chm", type: "Chm", recognizes: starts("ITSF") },
  { format: "hlp", type: "Chm", recognizes: starts("ITOLITLS") },
  { format: "wim", type: "wim", recognizes: starts("MSWIM\0\0\0") },
  { format: "xar", type: "Xar", recognizes: starts("xar!\0") },
  { format: "nsis", type: "Nsis", recognizes: isNsis },
  { format: "bzip2", type: "bzip2", stream: true, recognizes: isBzip2 },
  { format: "xz", type: "xz", stream: true, recognizes: starts("\xfd7zXZ\0") },
  { format: "lzma", type: "lzma", stream: true, recognizes: isLzma },
  { format: "zstd", type: "zstd", stream: true, recognizes: isZstd },
  // Disk images: Windows opens several of them with a double click.
  { format: "vhd", type: "VHD", recognizes: isVhd },
  { format: "vhdx", type: "VHDX", recognizes: starts("vhdxfile") },
  { format: "vmdk", type: "VMDK", recognizes: starts("KDMV") },
  { format: "mbr", type: "MBR", recognizes: isMbr },
  {
    format: "gpt",
    type: "GPT",
    recognizes: (bytes) => hasSignature(bytes, "EFI PART", 512),
  },
  { format: "fat", type: "FAT", recognizes: isFat },
  {
    format: "ntfs",
    type: "NTFS",
    recognizes: (bytes) => hasSignature(bytes, "NTFS    ", 3),
  },
  { format: "dmg", type: "Dmg", recognizes: isDmg },
  { format: "cramfs", type: "CramFS", recognizes: isCramfs },
  { format: "ext", type: "Ext", recognizes: isExt },
  { format: "qcow", type: "QCOW", recognizes: starts("QFI\xfb\0\0\0") },
  { format: "vdi", type: "VDI", recognizes: isVdi },
  { format: "hfs", type: "HFS", recognizes: isHfs },
  { format: "apfs", type: "APFS", recognizes: isApfs },
  { format: "apm", type: "APM", recognizes: isApm },
  { format: "squashfs", type: "SquashFS", recognizes: starts("hsqs", "sqsh") },
];

/**
 * ARJ's main header: id 60 EA, size (16 bits, at most 2,600), then the first
 * header's own size (at least 30), version, version to extract, host, flags,
 * method or security version, file type (2: main header).
 */
function isArj(bytes: Uint8Array): boolean {
  const size = u16le(bytes, 2);
  return (
    hasSignature(bytes, "\x60\xea") &&
    size >= 30 &&
    size <= 2600 &&
    u8(bytes, 4) >= 30 &&
    u8(bytes, 4) <= size &&
    u8(bytes, 10) === 2
  );
}

/** ECMA-119 8: volume descriptors from sector 16 of 2,048 bytes. */
function isIso9660(bytes: Uint8Array): boolean {
  return hasSignature(bytes, "CD001", 0x8001);
}

/** ECMA-167: NSR02 or NSR03 among the first volume structure descriptors. */
function isUdf(bytes: Uint8Array): boolean {
  for (let sector = 16; sector < 32; sector++)
    if (hasSignature(bytes, "NSR0", sector * 2048 + 1)) return true;
  return false;
}

/** The installer's first header: flags, then this signature, after the executable. */
function isNsis(bytes: Uint8Array): boolean {
  return (
    hasSignature(bytes, "MZ") &&
    findSignature(bytes, "\xef\xbe\xad\xdeNullsoftInst") > 0
  );
}

/** "BZh", level, and the magic number of a block or of the end (pi, root of pi). */
function isBzip2(bytes: Uint8Array): boolean {
  return (
    hasSignature(bytes, "BZh") &&
    u8(bytes, 3) >= 0x31 &&
    u8(bytes, 3) <= 0x39 &&
    (hasSignature(bytes, "\x31\x41\x59\x26\x53\x59", 4) ||
      hasSignature(bytes, "\x17\x72\x45\x38\x50\x90", 4))
  );
}

/**
 * .lzma has no signature: properties (lc, lp, pb; nearly always 5D),
 * dictionary size (32 bits), uncompressed size (64 bits, all ones: not
 * known), and the first byte of the range coder, which is 0.
 */
function isLzma(bytes: Uint8Array): boolean {
  const dictionary = u32le(bytes, 1);
  const size = u64le(bytes, 5);
  const powerOfTwo =
    dictionary >= 4096 && (dictionary & (dictionary - 1)) === 0;
  const threeHalves = dictionary % 3 === 0 && isPowerOfTwo(dictionary / 3);
  return (
    bytes.length > 17 &&
    u8(bytes, 0) < 225 &&
    (powerOfTwo || threeHalves || dictionary === 0xffff_ffff) &&
    (size < 2 ** 38 || isAllOnes(bytes, 5)) &&
    u8(bytes, 13) === 0
  );
}

function isPowerOfTwo(value: number): boolean {
  return value >= 2048 && Number.isInteger(Math.log2(value));
}

function isAllOnes(bytes: Uint8Array, at: number): boolean {
  return (
    u32le(bytes, at) === 0xffff_ffff && u32le(bytes, at + 4) === 0xffff_ffff
  );
}

/** RFC 8878 3.1.1, and 3.1.2: a skippable frame may come first. */
function isZstd(bytes: Uint8Array): boolean {
  return (
    u32le(bytes, 0) === 0xfd2f_b528 ||
    ((u32le(bytes, 0) & 0xffff_fff0) >>> 0 === 0x184d_2a50 &&
      u32le(bytes, 8 + u32le(bytes, 4)) === 0xfd2f_b528)
  );
}

/** The footer is the last sector; images that grow have a copy in front. */
function isVhd(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 1024 &&
    (hasSignature(bytes, "conectix") ||
      hasSignature(bytes, "conectix", bytes.length - 512))
  );
}

/** Partition table at 446: four entries of 16 bytes; 55 AA at 510. */
function isMbr(bytes: Uint8Array): boolean {
  if (!hasSignature(bytes, "\x55\xaa", 510) || isFat(bytes)) return false;
  let used = 0;
  for (let at = 446; at < 510; at += 16) {
    // Status 0, boot indicator; type 4; first sector 8; sectors 12.
    if ((u8(bytes, at) & 0x7f) !== 0) return false;
    if (u8(bytes, at + 4) === 0) continue;
    const first = u32le(bytes, at + 8);
    if (first === 0 || first * 512 >= bytes.length) return false;
    used += 1;
  }
  return used > 0;
}

/** BIOS parameter block: a jump, bytes a sector at 11, type text at 54 or 82. */
function isFat(bytes: Uint8Array): boolean {
  return (
    (u8(bytes, 0) === 0xeb || u8(bytes, 0) === 0xe9) &&
    hasSignature(bytes, "\x55\xaa", 510) &&
    (hasSignature(bytes, "FAT", 54) || hasSignature(bytes, "FAT32", 82))
  );
}

/** The trailer "koly", version 4, is the last 512 bytes. */
function isDmg(bytes: Uint8Array): boolean {
  const at = bytes.length - 512;
  return hasSignature(bytes, "koly", at) && u32be(bytes, at + 4) === 4;
}

/** The signature at 16, in either byte order (fs/cramfs in Linux: magic 0, signature 16). */
function isCramfs(bytes: Uint8Array): boolean {
  return hasSignature(bytes, "Compressed ROMFS", 16);
}

/** Superblock at 1024: magic EF53 at 56, block size 2^(10 + n) with n at 24. */
function isExt(bytes: Uint8Array): boolean {
  return hasSignature(bytes, "\x53\xef", 1080) && u32le(bytes, 1048) <= 6;
}

/** The signature at 64, after a line of text that anybody may change. */
function isVdi(bytes: Uint8Array): boolean {
  return hasSignature(bytes, "\x7f\x10\xda\xbe", 64);
}

/** Volume header at 1024: HFS+ version 4, HFSX version 5. */
function isHfs(bytes: Uint8Array): boolean {
  return (
    hasSignature(bytes, "H+\0\x04", 1024) ||
    hasSignature(bytes, "HX\0\x05", 1024)
  );
}

/** nx_superblock_t: magic after the 32 bytes of an object's header. */
function isApfs(bytes: Uint8Array): boolean {
  return hasSignature(bytes, "NXSB", 32);
}

/** Driver descriptor "ER", then partition map entries "PM" from the second block on. */
function isApm(bytes: Uint8Array): boolean {
  return (
    hasSignature(bytes, "ER") &&
    (hasSignature(bytes, "PM\0\0", 512) || hasSignature(bytes, "PM\0\0", 2048))
  );
}
