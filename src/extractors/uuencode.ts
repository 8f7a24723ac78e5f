// uuencode (POSIX.1-2017 uuencode), its base64 variant, and xxencode, inside
// text parts and as whole attachments. Several blocks may stand in one text.
//
//   begin 644 name            begin-base64 644 name
//   M<60 characters>          <base64 lines>
//   `                         ====
//   end
//
// A data line is one character for the number of bytes (0 to 45, at most 63),
// then four characters for each three bytes; a blank and a backtick are both
// zero. Mail programs strip blanks at line ends, add a checksum character, and
// forget the mode or the end. All of that is read; what is odd is remarked.

import type { Budget } from "../budget.ts";
import { decodeBase64 } from "../mime/base64.ts";
import { latin1 } from "../mime/bytes.ts";
import { hasSignature } from "./archive-bytes.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { findLine, isText, lineEnd, nextLine } from "./text-lines.ts";
import {
  decodeLine,
  fitOf,
  isUneven,
  uuAlphabet,
  xxAlphabet,
  type Alphabet,
} from "./uuencode-lines.ts";

/** Where a block begins. */
interface Begin {
  /** Offset of the first line after the begin line. */
  readonly data: number;
  readonly name: string;
  /** Null: base64. */
  readonly alphabet: Alphabet | null;
}

/** A block taken apart. */
interface Block {
  readonly name: string;
  readonly content: Uint8Array;
  /** Offset after what belongs to it. */
  readonly end: number;
  readonly remarks: readonly string[];
  /** Some lines are data for some decoders only. */
  readonly hasOddLines: boolean;
}

export const uuencode: Extractor = {
  format: "uuencode",

  recognizes(candidate: Candidate): boolean {
    return isText(candidate) && findBegin(candidate.bytes, 0) !== null;
  },

  *entries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
    let at = 0;
    for (;;) {
      const begin = findBegin(bytes, at);
      if (begin === null) return;
      budget.chargePart();
      const { alphabet } = begin;
      const block =
        alphabet === null
          ? readBase64(bytes, begin, budget)
          : readLines(bytes, begin, alphabet, budget, false);
      yield* entriesOf(block, "");
      if (alphabet !== null && block.hasOddLines) {
        budget.chargePart();
        yield* entriesOf(
          readLines(bytes, begin, alphabet, budget, true),
          "~without-odd-lines",
        );
      }
      at = block.end;
    }
  },
};

function* entriesOf(block: Block, suffix: string): Generator<Entry> {
  const { name, content, remarks } = block;
  yield {
    kind: "read",
    place: (name === "" ? "uuencoded" : name) + suffix,
    filename: name === "" ? null : name,
    declaredType: null,
    content,
  };
  for (const remark of remarks)
    yield {
      kind: "remark",
      finding: "malformed",
      name: remark,
      aboutLastEntry: true,
    };
}

function findBegin(bytes: Uint8Array, from: number): Begin | null {
  let at = findLine(bytes, "begin", from);
  while (at >= 0) {
    const begin = beginAt(bytes, at);
    if (begin !== null) return begin;
    at = findLine(bytes, "begin", at + 5);
  }
  return null;
}

// A longer name is nobody's file; the line is still the start of a block.
const nameChars = 1000;
// Lines between the begin line and the first that is certainly data.
const lookAheadLines = 8;

/** The block whose begin line stands at `at`, or null where it is only text. */
function beginAt(bytes: Uint8Array, at: number): Begin | null {
  // "begin", then a blank or "-base64".
  const sixth = bytes[at + 5];
  if (sixth !== 0x20 && sixth !== 0x09 && sixth !== 0x2d) return null;
  const end = lineEnd(bytes, at);
  const data = nextLine(bytes, end);
  // The data first: looking at it costs less than taking the line apart.
  const first = sixth === 0x2d ? null : firstData(bytes, data);
  if (sixth !== 0x2d && first === null) return null;

  const line = latin1(bytes, at, Math.min(end, at + nameChars));
  const match =
    /^begin(-base64(?:-encoded)?)?[ \t]+(?:([0-7]{3,6})(?:[ \t]+|$))?(.*)$/.exec(
      line,
    );
  if (match === null) return null;
  const [, base64, mode, rest = ""] = match;
  const name = rest.trim();
  if (base64 !== undefined)
    return mode === undefined ? null : { data, name, alphabet: null };
  // Without a mode, only a full line of data directly after it will do.
  if (first === null || (mode === undefined && !first.isCertain)) return null;
  return { data, name, alphabet: first.alphabet };
}

/** The alphabet of the first line of data after a begin line; null where none seems to follow. */
function firstData(
  bytes: Uint8Array,
  from: number,
): { alphabet: Alphabet; isCertain: boolean } | null {
  let at = from;
  for (let line = 0; line < lookAheadLines && at < bytes.length; line++) {
    const end = lineEnd(bytes, at);
    const isFirst = line === 0;
    if (isEnd(bytes, at, end))
      return isFirst ? { alphabet: uuAlphabet, isCertain: false } : null;
    if (hasSignature(bytes, "begin", at)) return null;
    for (const alphabet of [uuAlphabet, xxAlphabet]) {
      const fit = fitOf(bytes, at, end, alphabet);
      if (fit === "exact" || (fit === "odd" && isFirst))
        return { alphabet, isCertain: isFirst && fit === "exact" };
    }
    at = nextLine(bytes, end);
  }
  return null;
}

function isEnd(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    bytes[start] === 0x65 &&
    end - start < 80 &&
    latin1(bytes, start, end).trimEnd() === "end"
  );
}

/** Where the block stops: before its end line, the next block's begin line, or the end of the text. */
function findStop(
  bytes: Uint8Array,
  from: number,
): { stop: number; ended: boolean } {
  let at = from;
  while (at < bytes.length) {
    const end = lineEnd(bytes, at);
    if (isEnd(bytes, at, end)) return { stop: at, ended: true };
    if (bytes[at] === 0x62 && beginAt(bytes, at) !== null) break;
    at = nextLine(bytes, end);
  }
  return { stop: at, ended: false };
}

function readLines(
  bytes: Uint8Array,
  begin: Begin,
  alphabet: Alphabet,
  budget: Budget,
  skipsOddLines: boolean,
): Block {
  const { stop, ended } = findStop(bytes, begin.data);
  const output = new ChargedBytes(budget);
  const remarks = new Set<string>(ended ? [] : ["uuencode-no-end"]);
  let junk = false;
  let hasOddLines = false;
  let at = begin.data;
  while (at < stop) {
    const end = lineEnd(bytes, at);
    const fit = fitOf(bytes, at, end, alphabet);
    if (fit === "odd" && isUneven(bytes, at, end, stop, alphabet)) {
      hasOddLines = true;
      remarks.add("uuencode-junk");
      if (skipsOddLines) {
        at = nextLine(bytes, end);
        continue;
      }
    }
    // Without an end line, what comes after the data is ordinary text, of
    // which some lines may look like data.
    if (fit === "exact" || (fit !== "none" && (ended || !junk))) {
      if (junk) remarks.add("uuencode-junk");
      if (fit === "foreign") remarks.add("uuencode-characters");
      decodeLine(bytes, at, end, alphabet, output);
    } else if (end > at) junk = true;
    at = nextLine(bytes, end);
  }
  return {
    name: begin.name,
    content: output.finish(),
    end: stop,
    remarks: [...remarks],
    hasOddLines,
  };
}

function readBase64(bytes: Uint8Array, begin: Begin, budget: Budget): Block {
  // Up to the next block at most, so that many blocks without an end cost no
  // more than the text's length.
  const nextBegin = findLine(bytes, "begin-base64", begin.data);
  const stop = nextBegin < 0 ? bytes.length : nextBegin;
  const close = findLine(bytes.subarray(0, stop), "====", begin.data);
  const end = close < 0 ? stop : close;
  const { bytes: content } = decodeBase64(bytes.subarray(begin.data, end));
  budget.chargeBytes(content.length);
  return {
    name: begin.name,
    content,
    end,
    remarks: close < 0 ? ["uuencode-no-end"] : [],
    hasOddLines: false,
  };
}

// Ignored: the mode (permissions mean nothing here), the checksum character
// that some encoders add (nobody agrees on its sum), lines quoted with ">"
// (readers do not decode those), and the base64 name of `-encoded` headers,
// which stays as it stands.
