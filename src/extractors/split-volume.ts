// Pieces of an archive that was cut up: "x.part2.rar", "x.r00", "x.7z.002",
// "x.z01". One alone can't be opened, however much of it the format's own
// extractor gives; whoever has all of them can. So each is an `unsupported`
// finding: by content where the format tells (rar, zip), else by name, since
// a plain cut has no mark of its own.
//
// Pieces that are all in one message are not joined: senders of malware do
// what readers open with a click, and no mail program joins them.

import { hasSignature, u16le, u32le, u64le, u8 } from "./archive-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { endsLikeZip } from "./zip-directory.ts";

export const splitVolume: Extractor = {
  format: "split",
  recognizes: (candidate) =>
    isRarVolume(candidate.bytes) ||
    isLastZipDisk(candidate.bytes) ||
    isNamedPiece(candidate),
  *entries(): Generator<Entry> {
    yield {
      kind: "unread",
      place: null,
      filename: null,
      reason: "unsupported",
      name: "split-volume",
    };
  },
};

/**
 * RAR 4: main header at 7, its flags at 10, 0x0001 a volume. RAR 5: at 8 CRC
 * (4), then numbers of seven bits a byte: size, type (1), flags, size of the
 * extra area (with flag 1), the archive's flags, 0x0001 a volume.
 */
function isRarVolume(bytes: Uint8Array): boolean {
  if (hasSignature(bytes, "Rar!\x1a\x07\x00"))
    return u8(bytes, 9) === 0x73 && (u16le(bytes, 10) & 1) !== 0;
  if (!hasSignature(bytes, "Rar!\x1a\x07\x01\x00")) return false;
  let at = 12;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = u8(bytes, at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  next();
  if (next() !== 1) return false;
  if ((next() & 1) !== 0) next();
  return (next() & 1) !== 0;
}

/** APPNOTE 4.3.16: the end record, its number of this disk at 4; without a comment, as splitters write it. */
function isLastZipDisk(bytes: Uint8Array): boolean {
  const at = bytes.length - 22;
  return (
    hasSignature(bytes, "PK\x05\x06", at) &&
    ![0, 0xffff].includes(u16le(bytes, at + 4))
  );
}

const numbered =
  /\.(?:7z|zipx?|rar|tar|t?gz|bz2|xz|iso|img|dmg|exe|arj|lzh|cab)\.(\d{3})$/i;
const zipPiece = /\.zx?\d\d$/i;

function isNamedPiece({ bytes, filename }: Candidate): boolean {
  if (filename === null) return false;
  if (zipPiece.test(filename)) return true;
  const number = numbered.exec(filename)?.[1];
  if (number === undefined) return false;
  // The first, where it is the only one, is an archive like any other.
  return Number(number) > 1 || !isWhole(bytes);
}

function isWhole(bytes: Uint8Array): boolean {
  // Offset 12 and size 20 of what comes last, counted from 32.
  if (hasSignature(bytes, "7z\xbc\xaf\x27\x1c") && u32le(bytes, 12) > 0)
    return 32 + u64le(bytes, 12) + u64le(bytes, 20) <= bytes.length;
  return endsLikeZip(bytes);
}
