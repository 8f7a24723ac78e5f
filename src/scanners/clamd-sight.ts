// Which parts out of archives clamd has surely seen when it was given the
// archive, so that they need not be sent once more. A short list of what it
// opens well, and a doubt is enough to send: it says OK of much that it can't
// open, without a word.
//
// Measured with clamd 1.4.6: OK, and nothing of it seen, for members of zip
// packed with LZMA, PPMd, XZ or Zstandard, Deflate64 in 7z, .lzma, .zst, .lz4,
// .Z, encrypted members, RAR in Debian's build, what unpacks to more than
// MaxFileSize (its tail), and what is nested deeper than MaxRecursion.
//
// Why not send all: an archive of text files costs clamd one and a half times
// as much again (docs/performance.md).

import type { Message, Part } from "../mail.ts";

const MiB = 1024 * 1024;

// Below clamd's own limits as Debian sets them: MaxFileSize 25 MB, MaxScanSize
// 100 MB; and as it has them by default: MaxFiles 10,000, MaxRecursion 17.
const maxMemberBytes = 16 * MiB;
const maxTotalBytes = 64 * MiB;
const maxParts = 5000;
const maxLevels = 8;

/** True of parts that stand in an archive which clamd opens. Parts are to be asked about in their order. */
export function clamdSight(
  message: Message,
  maxBytes: number,
): (part: Part) => boolean {
  const { parts, findings } = message;
  // Part 0 is the message itself.
  const total = parts.reduce((sum, { id, size }) => sum + (id && size), 0);
  // Without a part: there may be more that is not listed.
  const isDoubtful = findings.some(({ part }) => part === null);
  if (total > maxTotalBytes || parts.length > maxParts || isDoubtful)
    return () => false;
  const doubted = new Set(findings.map(({ part }) => part));
  const opened = new Map<Part, boolean>();
  /** Archives around a part that clamd opens one out of the other. */
  const levels = new Map<number, number>();
  return (part) => {
    const container = part.parent === null ? undefined : parts[part.parent];
    if (container === undefined || doubted.has(part.id)) return false;
    let isOpened = opened.get(container);
    if (isOpened === undefined) {
      isOpened =
        !doubted.has(container.id) &&
        container.size <= maxBytes &&
        isOpenedWell(container);
      opened.set(container, isOpened);
    }
    const level = 1 + (levels.get(container.id) ?? 0);
    const isSeen =
      isOpened && level <= maxLevels && part.size <= maxMemberBytes;
    if (isSeen) levels.set(part.id, level);
    return isSeen;
  };
}

function isOpenedWell({ detectedType, content }: Part): boolean {
  switch (detectedType) {
    case "application/gzip":
    case "application/x-tar":
      return true;
    case "application/zip":
      return isPlainZip(content);
    default:
      return false;
  }
}

/**
 * Nothing in the bytes looks like a zip member that is encrypted, or packed in
 * another way than stored or deflated. Headers are found by their first bytes
 * wherever they stand, for readers don't agree on which ones count.
 */
function isPlainZip(content: Uint8Array): boolean {
  const bytes = Buffer.from(
    content.buffer,
    content.byteOffset,
    content.byteLength,
  );
  for (let at = 0; (at = bytes.indexOf("PK", at, "latin1")) >= 0; at += 2) {
    if (at + 30 > bytes.length) continue;
    // APPNOTE 4.3.7 (local) and 4.3.12 (central): flags, method, ..., packed
    // size, size. 4.3.14: the records of Zip64 say that there is more.
    switch (bytes.readUInt16BE(at + 2)) {
      case 0x0304:
        if (!isPlainMember(bytes, at + 6, true)) return false;
        break;
      case 0x0102:
        if (!isPlainMember(bytes, at + 8, false)) return false;
        break;
      case 0x0606:
        return false;
    }
  }
  return true;
}

function isPlainMember(bytes: Buffer, at: number, isLocal: boolean): boolean {
  const flags = bytes.readUInt16LE(at);
  const method = bytes.readUInt16LE(at + 2);
  const isEncrypted = (flags & 1) !== 0;
  // Stored, and its size comes after it: where it ends is anybody's guess.
  const isEndless = isLocal && method === 0 && (flags & 8) !== 0;
  const isZip64 =
    bytes.readUInt32LE(at + 12) === 0xffffffff ||
    bytes.readUInt32LE(at + 16) === 0xffffffff;
  return (
    !isEncrypted && !isEndless && !isZip64 && (method === 0 || method === 8)
  );
}
