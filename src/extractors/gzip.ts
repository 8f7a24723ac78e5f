// gzip files (RFC 1952): one or more members, whose contents follow each
// other. The name in the first member's header is the entry's name.
//
// Ignored: time, extra field, comment, operating system, the header's CRC.
// Zeros after the last member are padding (tapes, block devices); anything
// else there is an entry of its own, since it may be one more file.

import { crc32 } from "node:zlib";

import type { Budget } from "../budget.ts";
import type { Entry, Extractor } from "./extractor.ts";
import { hasSignature, u16le, u32le, u8 } from "./archive-bytes.ts";
import { archiveName, untilNul } from "./archive-name.ts";
import { inflateByHand } from "./deflate64.ts";
import { gunzipCapped, type Inflated } from "./inflate.ts";
import { innerName } from "./stream-name.ts";
import { memberEntries } from "./member.ts";

export const gzip: Extractor = {
  format: "gzip",
  recognizes: ({ bytes }) => hasSignature(bytes, "\x1f\x8b\x08"),
  *entries({ bytes, filename }, budget) {
    const header = readHeader(bytes, 0);
    if (header === null) {
      yield {
        kind: "unread",
        place: null,
        filename: null,
        reason: "malformed",
        name: "gzip-malformed",
      };
      return;
    }
    const name = header.name ?? innerName(filename);
    const { content, end, isSound } =
      wholly(bytes, budget) ?? byMember(bytes, budget);
    const damage = !isSound ? "gzip-malformed" : null;
    yield* memberEntries(name, content, damage, budget);
    if (end !== null) yield* trailing(bytes.subarray(end), budget);
    else
      yield {
        kind: "unread",
        place: null,
        filename: null,
        reason: "limit",
        name: "gzip-members",
      };
  },
};

function* trailing(rest: Uint8Array, budget: Budget): Generator<Entry> {
  if (rest.every((byte) => byte === 0)) return;
  yield { kind: "remark", finding: "malformed", name: "gzip-trailing-data" };
  budget.chargePart();
  yield {
    kind: "read",
    place: "trailing data",
    filename: null,
    declaredType: null,
    content: rest,
  };
}

interface Members {
  readonly content: Uint8Array;
  /** Offset after the last member; null where there are too many. */
  readonly end: number | null;
  readonly isSound: boolean;
}

/** All members by zlib, which checks sums and lengths. Null where something is wrong. */
function wholly(bytes: Uint8Array, budget: Budget): Members | null {
  let result: Inflated | null;
  try {
    result = gunzipCapped(bytes, budget.bytesLeft);
  } catch {
    return null;
  }
  budget.chargeBytes(
    result === null ? budget.bytesLeft + 1 : result.content.length,
  );
  return result === null
    ? null
    : { content: result.content, end: result.consumed, isSound: true };
}

/** Member by member, keeping what is had before and after damage. */
function byMember(bytes: Uint8Array, budget: Budget): Members {
  const pieces: Uint8Array[] = [];
  let at = 0;
  let isSound = true;
  for (let count = 0; ; count++) {
    if (count === budget.limits.gzipMembers)
      return { content: joined(pieces, budget), end: null, isSound: false };
    const header = readHeader(bytes, at);
    if (header === null) break;
    const { content, consumed, ending } = inflateByHand(
      bytes.subarray(header.end),
      budget.bytesLeft,
    );
    budget.chargeBytes(
      ending === "limit" ? budget.bytesLeft + 1 : content.length,
    );
    if (content.length > 0) pieces.push(content);
    // 2.3.1: CRC-32, and length modulo 2^32.
    const sums = header.end + consumed;
    at = Math.min(sums + 8, bytes.length);
    if (
      ending !== "complete" ||
      u32le(bytes, sums) !== crc32(content) ||
      u32le(bytes, sums + 4) !== content.length >>> 0
    )
      isSound = false;
    if (ending !== "complete") {
      at = bytes.length;
      break;
    }
  }
  return { content: joined(pieces, budget), end: at, isSound };
}

/** What is copied is memory once more, and charged as such. */
function joined(pieces: readonly Uint8Array[], budget: Budget): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  budget.chargeBytes(pieces.reduce((sum, { length }) => sum + length, 0));
  return Buffer.concat(pieces);
}

interface GzipHeader {
  readonly name: string | null;
  readonly end: number;
}

/**
 * 2.3: id 0, method 2 (8: deflate), flags 3, time 4, extra flags 8, system 9,
 * then by flag: extra field with its length (4), name (8), comment (16), CRC
 * of the header (2).
 */
function readHeader(bytes: Uint8Array, start: number): GzipHeader | null {
  if (!hasSignature(bytes, "\x1f\x8b\x08", start) || start + 18 > bytes.length)
    return null;
  const flags = u8(bytes, start + 3);
  let at = start + 10;
  if (flags & 4) at += 2 + u16le(bytes, at);
  let name: string | null = null;
  if (flags & 8) {
    const field = untilNul(bytes, at, bytes.length);
    // RFC 1952 has ISO 8859-1; programs write what the system has.
    name = archiveName(field.subarray(0, 4096));
    at += field.length + 1;
  }
  if (flags & 16) at += untilNul(bytes, at, bytes.length).length + 1;
  if (flags & 2) at += 2;
  return { name: name === "" ? null : name, end: at };
}
