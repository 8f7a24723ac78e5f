// The formats of Microsoft's COMPRESS.EXE (setup disks of the 1990s), opened by
// expand.exe on every Windows: one file each, described at
// www.cabextract.org.uk/libmspack/doc/szdd_kwaj_format.html.
//
// SZDD:                                QBasic's variant:
//   0  8  "SZDD" 88 F0 27 33            0  8  "SZ " 88 F0 27 33 D1
//   8  1  'A', the only method          8  4  size of the content
//   9  1  last character of the name   12     data
//  10  4  size of the content
//  14     data: LZSS
// KWAJ:
//   0  8  "KWAJ" 88 F0 27 D1
//   8  2  method: 0 stored, 1 each byte inverted, 2 LZSS, 3 LZH, 4 MSZIP
//  10  2  offset of the data
//  12  2  which of these follow, in this order:
//           0x01  4  size of the content
//           0x02  2  unknown
//           0x04  2  length n, then n bytes unknown
//           0x08     name of up to 8 characters, ended by NUL
//           0x10     extension of up to 3 characters, ended by NUL
//           0x20  2  length n, then n bytes of text

import { inflateRawSync } from "node:zlib";
import type { Budget } from "../budget.ts";
import { hasSignature, u16le, u32le, u8 } from "./archive-bytes.ts";
import { archiveName, untilNul } from "./archive-name.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { decodeKwajLzh } from "./lzh-kwaj.ts";
import { LzhOutput } from "./lzh-output.ts";
import { decodeLzss } from "./lzss.ts";

const szddSignature = "SZDD\x88\xf0\x27\x33";
const qbasicSignature = "SZ \x88\xf0\x27\x33\xd1";
const kwajSignature = "KWAJ\x88\xf0\x27\xd1";

export const szdd: Extractor = {
  format: "szdd",

  recognizes({ bytes }: Candidate): boolean {
    return [szddSignature, qbasicSignature, kwajSignature].some((signature) =>
      hasSignature(bytes, signature),
    );
  },

  *entries({ bytes, filename }: Candidate, budget: Budget): Generator<Entry> {
    if (hasSignature(bytes, kwajSignature)) {
      yield* openKwaj(bytes, filename, budget);
      return;
    }
    const isSzdd = hasSignature(bytes, szddSignature);
    const name = isSzdd
      ? completeName(filename, String.fromCharCode(u8(bytes, 9)))
      : filename;
    const size = u32le(bytes, isSzdd ? 10 : 8);
    const output = new ChargedBytes(budget, size);
    // Where in the window writing begins differs, which matters for the first strings.
    decodeLzss(bytes, isSzdd ? 14 : 12, isSzdd ? 16 : 18, output);
    yield* give(name, output.finish(), size, budget);
  },
};

function* openKwaj(
  bytes: Uint8Array,
  filename: string | null,
  budget: Budget,
): Generator<Entry> {
  const method = u16le(bytes, 8);
  const data = u16le(bytes, 10);
  const flags = u16le(bytes, 12);
  let at = 14;
  const size = flags & 0x01 ? u32le(bytes, at) : null;
  if (flags & 0x01) at += 4;
  if (flags & 0x02) at += 2;
  if (flags & 0x04) at += 2 + u16le(bytes, at);
  let name = "";
  for (const [flag, dot] of [
    [0x08, ""],
    [0x10, "."],
  ] as const) {
    if ((flags & flag) === 0) continue;
    const text = untilNul(bytes, at, 9);
    name += dot + archiveName(text);
    at += text.length + 1;
  }
  const output = new ChargedBytes(budget);
  let content: Uint8Array | null = null;
  switch (method) {
    case 0:
      output.append(bytes.subarray(data));
      break;
    case 1:
      for (const byte of bytes.subarray(data)) output.push(byte ^ 0xff);
      break;
    case 2:
      decodeLzss(bytes, data, 18, output);
      break;
    case 3: {
      const lzh = new LzhOutput(budget, Infinity);
      decodeKwajLzh(bytes.subarray(data), size ?? Infinity, lzh);
      content = lzh.finish();
      break;
    }
    case 4:
      decodeMszip(bytes, data, output, budget);
      break;
    default:
      yield {
        kind: "unread",
        place: null,
        filename: null,
        reason: "unsupported",
        name: "kwaj-method-unknown",
      };
      return;
  }
  yield* give(
    name === "" ? filename : name,
    content ?? output.finish(),
    size,
    budget,
  );
}

function* give(
  name: string | null,
  content: Uint8Array,
  size: number | null,
  budget: Budget,
): Generator<Entry> {
  budget.chargePart();
  yield {
    kind: "read",
    place: name ?? "content",
    filename: name,
    declaredType: null,
    content,
  };
  if (size !== null && size !== content.length)
    yield {
      kind: "remark",
      finding: "malformed",
      name: "szdd-size",
      aboutLastEntry: true,
    };
}

/** COMPRESS makes SETUP.EX_ of SETUP.EXE and keeps the lost character. */
function completeName(filename: string | null, last: string): string | null {
  if (filename?.endsWith("_") !== true) return filename;
  return filename.slice(0, -1) + (last === "\0" ? "" : last);
}

const mszipBlockBytes = 32_768;

/**
 * Blocks of: 0 2 length of the block, 2 2 "CK", 4 raw deflate of up to 32 KiB
 * that may refer to the 32 KiB before ([MS-MCI] 2.1).
 */
function decodeMszip(
  bytes: Uint8Array,
  from: number,
  output: ChargedBytes,
  budget: Budget,
): void {
  let before = new Uint8Array(0);
  let at = from;
  while (at + 4 <= bytes.length && hasSignature(bytes, "CK", at + 2)) {
    const next = at + 2 + u16le(bytes, at);
    let block: Uint8Array<ArrayBuffer>;
    try {
      block = inflateRawSync(bytes.subarray(at + 4, next), {
        dictionary: before,
        maxOutputLength: mszipBlockBytes,
      });
    } catch {
      // Damaged; what came before is given, and its size tells that it is short.
      return;
    }
    // Very many empty blocks would cost time and no bytes.
    budget.chargePart();
    output.append(block);
    before = block;
    at = next;
  }
}

// Ignored: the unknown fields of KWAJ and its text, which expand.exe does not
// show either.
