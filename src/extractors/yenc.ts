// yEnc 1.3 (www.yenc.org, yenc-draft.1.3.txt) inside text parts: 8-bit bytes,
// each 42 more than the byte that it stands for.
//
//   =ybegin part=1 total=2 line=128 size=40 name=file name with blanks.bin
//   =ypart begin=1 end=20
//   <lines>
//   =yend size=20 part=1 pcrc32=9ab4c1d2 crc32=...
//
// Sizes are only compared. Several parts of one file in one text are given one
// by one, and joined.

import { crc32 } from "node:zlib";
import type { Budget } from "../budget.ts";
import { latin1 } from "../mime/bytes.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { findLine, isText, lineEnd, nextLine } from "./text-lines.ts";

interface Begin {
  /** Offset of the first line after `=ybegin`. */
  readonly data: number;
  readonly name: string;
  readonly size: number | null;
  readonly part: number | null;
}

interface Block extends Begin {
  readonly content: Uint8Array;
  readonly end: number;
  readonly remarks: readonly string[];
}

export const yenc: Extractor = {
  format: "yenc",

  recognizes(candidate: Candidate): boolean {
    return isText(candidate) && findBegin(candidate.bytes, 0) !== null;
  },

  *entries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
    const parts = new Map<string, Uint8Array[]>();
    let begin = findBegin(bytes, 0);
    while (begin !== null) {
      budget.chargePart();
      const block = readBlock(bytes, begin, budget);
      yield entry(block.name, block.content);
      for (const name of block.remarks)
        yield {
          kind: "remark",
          finding: "malformed",
          name,
          aboutLastEntry: true,
        };
      if (block.part !== null) {
        const known = parts.get(block.name);
        if (known === undefined) parts.set(block.name, [block.content]);
        else known.push(block.content);
      }
      begin = findBegin(bytes, block.end);
    }
    for (const [name, contents] of parts) {
      if (contents.length < 2) continue;
      budget.chargePart();
      const joined = new ChargedBytes(budget);
      for (const content of contents) joined.append(content);
      yield entry(name, joined.finish());
    }
  },
};

function entry(name: string, content: Uint8Array): Entry {
  return {
    kind: "read",
    place: name === "" ? "yencoded" : name,
    filename: name === "" ? null : name,
    declaredType: null,
    content,
  };
}

// What is looked at of a keyword line; names are shorter.
const keywordChars = 2000;

function findBegin(bytes: Uint8Array, from: number): Begin | null {
  let at = findLine(bytes, "=ybegin ", from);
  while (at >= 0) {
    const end = lineEnd(bytes, at);
    const line = latin1(bytes, at, Math.min(end, at + keywordChars));
    // The name is last and may hold anything (1.3, "Header").
    const name = line.indexOf(" name=");
    const size = numberIn(line, "size", 10);
    if (name > 0 && (size !== null || numberIn(line, "line", 10) !== null)) {
      return {
        data: nextLine(bytes, end),
        name: line.slice(name + " name=".length).trim(),
        size,
        part: numberIn(line.slice(0, name), "part", 10),
      };
    }
    at = findLine(bytes, "=ybegin ", at + 1);
  }
  return null;
}

/** The value of ` key=` in a keyword line. */
function numberIn(line: string, key: string, radix: 10 | 16): number | null {
  const at = line.indexOf(` ${key}=`);
  if (at < 0) return null;
  const digits = line.slice(at + key.length + 2, at + key.length + 18);
  const value = Number.parseInt(digits, radix);
  return Number.isNaN(value) ? null : value;
}

const escape = 0x3d; // "="

function readBlock(bytes: Uint8Array, begin: Begin, budget: Budget): Block {
  const output = new ChargedBytes(budget);
  let at = begin.data;
  let trailer: string | null = null;
  let stated: number | null = begin.part === null ? begin.size : null;
  while (at < bytes.length) {
    const end = lineEnd(bytes, at);
    // "=y" cannot come out of the encoder: such a line is a keyword line.
    if (bytes[at] === escape && bytes[at + 1] === 0x79) {
      const line = latin1(bytes, at, Math.min(end, at + keywordChars));
      if (line.startsWith("=ybegin ")) break;
      if (line.startsWith("=yend")) {
        trailer = line;
        at = nextLine(bytes, end);
        break;
      }
      if (line.startsWith("=ypart ")) {
        const first = numberIn(line, "begin", 10);
        const last = numberIn(line, "end", 10);
        if (first !== null && last !== null) stated = last - first + 1;
      }
    } else decodeLine(bytes, at, end, output);
    at = nextLine(bytes, end);
  }
  const content = output.finish();
  return {
    ...begin,
    content,
    end: at,
    remarks: [...remarksOn(content, trailer, stated, begin.part !== null)],
  };
}

function decodeLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: ChargedBytes,
): void {
  for (let at = start; at < end; at++) {
    let byte = bytes[at] ?? 0;
    if (byte === escape) {
      at += 1;
      if (at >= end) return;
      byte = (bytes[at] ?? 0) - 64;
    }
    output.push((byte - 42) & 0xff);
  }
}

function* remarksOn(
  content: Uint8Array,
  trailer: string | null,
  stated: number | null,
  isPart: boolean,
): Generator<string> {
  if (trailer === null) {
    yield "yenc-no-end";
    return;
  }
  const atEnd = numberIn(trailer, "size", 10);
  if (
    (stated !== null && stated !== content.length) ||
    (atEnd !== null && atEnd !== content.length)
  )
    yield "yenc-size";
  // Of a part, `crc32` may be that of the whole file, which is elsewhere.
  const sum = numberIn(trailer, isPart ? "pcrc32" : "crc32", 16);
  if (sum !== null && sum !== crc32(content)) yield "yenc-checksum";
}

// Ignored: `line` (the encoder's line length), `total`, and the offsets of
// parts (they are joined in the order in which they stand). Parts of one file
// in several messages are not joined: each message is judged alone.
