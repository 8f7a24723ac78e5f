// Zoo archives (Rahul Dhesi's zoo 2.1, 1986-1991; zoo.h and its manual).
// Stored entries, those in its own LZW ("LZD") and those in LZH, which is
// that of -lh5- with an end of its own.
//
// Archive header, little-endian:
//    0  20  text, "ZOO 2.10 Archive.", 0x1A
//   20   4  tag 0xFDC4A7DC
//   24   4  offset of the first directory entry
//   28   4  the same, negated
//   32   1  major version needed to work on it
//   33   1  minor version
//   34   1  type of header          (from here on not in the first versions)
//   35   4  offset of the archive's comment
//   39   2  its length
//   41   1  version flags
// Directory entry:
//    0   4  tag 0xFDC4A7DC
//    4   1  type: 2 has the fields from 51 on
//    5   1  method: 0 stored, 1 LZD, 2 LZH
//    6   4  offset of the next entry, 0 in the last, which is empty
//   10   4  offset of the data
//   14   2  date, 16 2 time (MS-DOS)
//   18   2  CRC-16 of the content
//   20   4  size of the content
//   24   4  size of the data
//   28   1  major version needed to extract, 29 1 minor
//   30   1  1: deleted
//   31   1  structure
//   32   4  offset of the comment, 36 2 its length
//   38  13  short name, ended by NUL
//   51   2  length of the variable part, which begins at 56
//   53   1  time zone
//   54   2  CRC of the entry
//   56   1  length of the long name, n
//   57   1  length of the directory, d
//   58   n  long name, ended by NUL
//  58+n  d  directory, ended by NUL

import type { Budget } from "../budget.ts";
import { u16le, u32le, u8 } from "./archive-bytes.ts";
import { archiveName, untilNul } from "./archive-name.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import { crc16 } from "./crc16.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { decodeLzhBlocks } from "./lzh-blocks.ts";
import { LzhOutput } from "./lzh-output.ts";
import { decodeLzd } from "./zoo-lzd.ts";

const tag = 0xfdc4a7dc;
const entryBytes = 51;
const lzh = { countBits: 4, endsWithEmptyBlock: true } as const;

export const zoo: Extractor = {
  format: "zoo",

  recognizes({ bytes }: Candidate): boolean {
    return bytes.length > 34 && u32le(bytes, 20) === tag;
  },

  *entries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
    const seen = new Set<number>();
    let at = u32le(bytes, 24);
    for (;;) {
      if (u32le(bytes, at) !== tag || at + entryBytes > bytes.length) {
        yield unread(null, "malformed", "zoo-directory");
        return;
      }
      const next = u32le(bytes, at + 6);
      if (next === 0) return;
      seen.add(at);
      budget.chargePart();
      yield* readEntry(bytes, at, budget);
      if (seen.has(next)) {
        yield unread(null, "malformed", "zoo-directory-loop");
        return;
      }
      at = next;
    }
  },
};

function* readEntry(
  bytes: Uint8Array,
  at: number,
  budget: Budget,
): Generator<Entry> {
  const name = nameOf(bytes, at);
  const start = u32le(bytes, at + 10);
  const packedBytes = u32le(bytes, at + 24);
  const packed = bytes.subarray(start, start + packedBytes);
  const method = u8(bytes, at + 5);
  if (method > 2) {
    yield unread(name, "unsupported", "zoo-method-unknown");
    return;
  }
  const size = u32le(bytes, at + 20);
  let content = packed;
  if (method === 1) {
    const output = new ChargedBytes(budget, size);
    decodeLzd(packed, output);
    content = output.finish();
  } else if (method === 2) {
    const output = new LzhOutput(budget, Infinity);
    decodeLzhBlocks(packed, lzh, output);
    content = output.finish();
  } else {
    // Entries may name the same bytes again and again: they cost as if copied.
    budget.chargeBytes(packed.length);
  }
  yield {
    kind: "read",
    place: name,
    filename: name,
    declaredType: null,
    content,
  };
  if (content.length !== size || packed.length !== packedBytes)
    yield remark("zoo-size");
  else if (crc16(content) !== u16le(bytes, at + 18))
    yield remark("zoo-checksum");
}

/** The long name with its directory where there is one, else the short name. */
function nameOf(bytes: Uint8Array, at: number): string {
  const short = archiveName(untilNul(bytes, at + 38, 13));
  if (u8(bytes, at + 4) !== 2 || u16le(bytes, at + 51) < 2) return short;
  const nameBytes = u8(bytes, at + 56);
  const long = archiveName(untilNul(bytes, at + 58, nameBytes));
  const directory = archiveName(
    untilNul(bytes, at + 58 + nameBytes, u8(bytes, at + 57)),
  );
  const name = long === "" ? short : long;
  return directory === "" ? name : `${directory}/${name}`;
}

function unread(
  place: string | null,
  reason: "unsupported" | "malformed",
  name: string,
): Entry {
  return { kind: "unread", place, filename: place, reason, name };
}

function remark(name: string): Entry {
  return { kind: "remark", finding: "malformed", name, aboutLastEntry: true };
}

// Ignored: comments (text, shown by the archiver only), dates, time zone,
// version numbers and the entry's own CRC (unzoo and zoo extract in spite of
// them). The deleted mark is not believed: the bytes are there and can be
// undeleted. Generations of one name are all given.
