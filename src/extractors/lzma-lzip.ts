// lzip files (.lz): members of an LZMA stream each, which 7-Zip reads once
// the header is rewritten as that of .lzma.
//
// A member: "LZIP" 0, version 4 (1), dictionary size 5 (bits 0-4 its power of
// two, bits 5-7 sixteenths to take off), the stream, and at its end CRC-32,
// size (64 bits) and the member's own size (64 bits). The sums are ignored:
// what is damaged is scanned as far as it can be read.

import type { LimitReached } from "../limits.ts";
import type { Entry, Extractor } from "./extractor.ts";
import { hasSignature, u64le, u8 } from "./archive-bytes.ts";
import type { SevenZipFault } from "./seven-zip-dialogue.ts";
import { openWithSevenZip } from "./seven-zip-run.ts";
import { entriesOf } from "./seven-zip.ts";
import { innerName } from "./stream-name.ts";

/** lzip -9 has 32 MiB. */
const maxDictionaryBytes = 64 * 1024 * 1024;

export const lzip: Extractor = {
  format: "lzip",
  recognizes: ({ bytes }) => hasSignature(bytes, "LZIP\x01"),
  *entries({ bytes, filename }, budget): Generator<Entry> {
    const members = split(bytes);
    const name = innerName(filename);
    const pieces: Uint8Array[] = [];
    let fault: SevenZipFault = "none";
    let limit: LimitReached | null = null;
    for (const member of members.slice(0, budget.limits.lzipMembers)) {
      const result = openWithSevenZip(asLzma(member), "lzma", budget);
      pieces.push(...result.items.flatMap(({ content }) => content ?? []));
      ({ limit } = result);
      fault = result.items[0]?.fault ?? result.fault;
      if (limit !== null || fault !== "none") break;
    }
    const [only] = pieces;
    const isOne = only !== undefined && pieces.length === 1;
    // What is copied is memory once more.
    if (!isOne)
      budget.chargeBytes(pieces.reduce((sum, { length }) => sum + length, 0));
    const content = isOne ? only : Buffer.concat(pieces);
    yield* entriesOf("lzip", { name, content, fault });
    if (limit !== null) throw limit;
    if (members.length > budget.limits.lzipMembers)
      yield {
        kind: "unread",
        place: null,
        filename: null,
        reason: "limit",
        name: "lzip-members",
      };
  },
};

/** .lzma: properties (lc 3, lp 0, pb 2), dictionary, size (all ones: up to its end mark). */
function asLzma(member: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13, 0xff);
  header[0] = 0x5d;
  // 7-Zip takes powers of two only. A larger one is not believed:
  // what refers farther back than that is damaged for us.
  header.writeUInt32LE(
    Math.min(2 ** (u8(member, 5) & 31), maxDictionaryBytes),
    1,
  );
  return Buffer.concat([
    header,
    member.subarray(6, Math.max(6, member.length - 20)),
  ]);
}

/** From the end, where each member tells its size; what doesn't fit is one member. */
function split(bytes: Uint8Array): Uint8Array[] {
  const members: Uint8Array[] = [];
  let end = bytes.length;
  while (end >= 26) {
    const start = end - u64le(bytes, end - 8);
    if (start < 0 || start > end - 26 || !hasSignature(bytes, "LZIP", start))
      break;
    members.unshift(bytes.subarray(start, end));
    end = start;
  }
  if (end > 0) members.unshift(bytes.subarray(0, end));
  return members;
}
