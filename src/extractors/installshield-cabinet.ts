// Cabinets of InstallShield 5 and later ("ISc("). The names and sizes of files
// stand in another file, data1.hdr, which an extractor does not have; but the
// data tells by itself where files end. Used by installshield.ts.
//
// Header of a volume, little-endian:
//    0  4  "ISc("                      4  4  version
//    8  4  unknown                    12  4  offset of the directory
//   16  4  its length, 0 in volumes   20  4  offset of the data
// Data of a file: pieces of
//    0  2  length of the piece's data  2     raw deflate of 32 KiB; of what is
//                                            left in the file's last piece

import { inflateRawSync } from "node:zlib";
import type { Budget } from "../budget.ts";
import { u16le, u32le } from "./archive-bytes.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import type { Entry } from "./extractor.ts";
import { inflateByHand } from "./deflate64.ts";

const headerBytes = 0x200;
const pieceBytes = 32_768;
// Versions before 6 make larger pieces; none fits more than its length tells.
const mostPieceBytes = 65_536;

export function* openCabinet(
  bytes: Uint8Array,
  budget: Budget,
): Generator<Entry> {
  let at = Math.max(u32le(bytes, 20), headerBytes);
  let file = new ChargedBytes(budget);
  let number = 1;
  while (at + 2 <= bytes.length) {
    const length = u16le(bytes, at);
    const piece =
      length === 0
        ? null
        : inflatePiece(bytes.subarray(at + 2, at + 2 + length));
    if (piece === null) {
      // Stored, encrypted or damaged: only the directory could tell.
      yield {
        kind: "unread",
        place: String(number),
        filename: null,
        reason: "unsupported",
        name: "installshield-cabinet-data",
      };
      break;
    }
    file.append(piece);
    at += 2 + length;
    if (piece.length >= pieceBytes) continue;
    budget.chargePart();
    yield entry(number, file.finish());
    number += 1;
    file = new ChargedBytes(budget);
  }
  if (file.length > 0) {
    budget.chargePart();
    yield entry(number, file.finish());
  }
}

function inflatePiece(data: Uint8Array): Uint8Array | null {
  // Starting zlib costs more than a small piece does.
  if (data.length < 64) {
    const { content, ending } = inflateByHand(data, mostPieceBytes);
    return ending === "complete" ? content : null;
  }
  try {
    return inflateRawSync(data, { maxOutputLength: mostPieceBytes });
  } catch {
    return null;
  }
}

function entry(number: number, content: Uint8Array): Entry {
  return {
    kind: "read",
    place: String(number),
    filename: null,
    declaredType: null,
    content,
  };
}

// Ignored: the directory (names, groups, components, dates). A file whose size
// is a multiple of 32 KiB is given together with the one after it.
