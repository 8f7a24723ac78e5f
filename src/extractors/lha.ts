// LHA archives, with those of LArc (.lzs) and PMarc (.pma), which have the same
// headers (lha-header.ts). All methods but -lh2-, -lh3- and -pm1-: the first
// two were only ever in trial versions, the third is PMarc 1's of 1987.
//
//   -lh0- -lz4- -pm0-  stored        -lhd-  directory, or a link: "name|target"
//   -lh1-              lzh-adaptive.ts
//   -lh4- to -lh7-, -lhx-            lzh-blocks.ts; windows of 4, 8, 32, 64 KiB, 1 MiB
//   -lzs- -lz5-        lzss.ts       -pm2-  lzh-pmarc.ts
//   -pms-              PMarc's self-extractor, in front of the archive

import type { Budget } from "../budget.ts";
import { findSignature, u32be, u8 } from "./archive-bytes.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import { crc16 } from "./crc16.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { isLhaHeader, type LhaHeader, readLhaHeader } from "./lha-header.ts";
import { decodeLh1 } from "./lzh-adaptive.ts";
import { decodeLzhBlocks, type LzhVariant } from "./lzh-blocks.ts";
import { LzhOutput } from "./lzh-output.ts";
import { decodePm2 } from "./lzh-pmarc.ts";
import { decodeLzs, decodeLzss, larcRing } from "./lzss.ts";

export const lha: Extractor = {
  format: "lha",
  recognizes: ({ bytes }) => isLhaHeader(bytes),
  *entries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
    let at = hasSelfExtractor(bytes) ? afterSelfExtractor(bytes) : 0;
    // A 0 in a header's place ends the archive; PMarc fills up with 1A.
    while (at < bytes.length && u8(bytes, at) !== 0) {
      const header = readLhaHeader(bytes, at);
      if (header === null) {
        if (at > 0 && u8(bytes, at) === 0x1a) return;
        yield unread(null, "malformed", "lha-malformed");
        return;
      }
      budget.chargePart();
      if (!header.isSound)
        yield { kind: "remark", finding: "malformed", name: "lha-malformed" };
      if (header.method !== "lhd") yield* readMember(bytes, header, budget);
      at = header.start + header.packedBytes;
    }
  },
};

function hasSelfExtractor(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(3, 6)) === "pms";
}

/** The first header behind it. It is a CP/M program of at most 64 KiB. */
function afterSelfExtractor(bytes: Uint8Array): number {
  const program = bytes.subarray(0, 0x1_0000);
  for (
    let at = findSignature(program, "-pm", 7);
    at >= 0;
    at = findSignature(program, "-pm", at + 1)
  )
    if (readLhaHeader(bytes, at - 2)?.isSound === true) return at - 2;
  return 0;
}

function* readMember(
  bytes: Uint8Array,
  header: LhaHeader,
  budget: Budget,
): Generator<Entry> {
  const { name, start, packedBytes, size } = header;
  const packed = bytes.subarray(start, start + packedBytes);
  const content = unpack(packed, header, budget);
  if (content === null) {
    yield unread(name, "unsupported", "lha-unsupported-method");
    return;
  }
  yield {
    kind: "read",
    place: name,
    filename: name,
    declaredType: null,
    content,
  };
  const isWhole = packed.length === packedBytes && content.length === size;
  // LArc 3 and PMarc have a CRC of the same kind.
  if (!isWhole || crc16(content) !== header.crc)
    yield {
      kind: "remark",
      finding: "malformed",
      name: isWhole ? "lha-checksum" : "lha-truncated",
      aboutLastEntry: true,
    };
  const fork = header.system === "m" ? macBinaryData(content) : null;
  if (fork !== null) {
    budget.chargePart();
    yield {
      kind: "read",
      place: `${name}/data`,
      filename: name,
      declaredType: null,
      content: fork,
    };
  }
}

/**
 * MacLHA puts MacBinary's header before what it packs, and takes it off again:
 * 0 and 74 NUL, length of the name 1, of the data fork 83, in 128 bytes.
 */
function macBinaryData(content: Uint8Array): Uint8Array | null {
  const nameBytes = u8(content, 1);
  const dataBytes = u32be(content, 83);
  return content.length >= 128 &&
    u8(content, 0) === 0 &&
    u8(content, 74) === 0 &&
    nameBytes >= 1 &&
    nameBytes < 64 &&
    dataBytes > 0 &&
    128 + dataBytes <= content.length
    ? content.subarray(128, 128 + dataBytes)
    : null;
}

const variants: ReadonlyMap<string, LzhVariant> = new Map([
  ["lh4", { countBits: 4 }],
  ["lh5", { countBits: 4 }],
  ["lh6", { countBits: 5 }],
  ["lh7", { countBits: 5 }],
  ["lhx", { countBits: 5 }],
]);

/** Null for a method that is not read. */
function unpack(
  packed: Uint8Array,
  { method, size, system }: LhaHeader,
  budget: Budget,
): Uint8Array | null {
  // Stored data is all there is of it, whatever size is stated.
  if (["lh0", "lz4", "pm0"].includes(method)) return packed;
  if (method === "lzs" || method === "lz5") {
    const output = new ChargedBytes(budget, size);
    if (method === "lzs") decodeLzs(packed, output, size);
    else decodeLzss(packed, 0, 18, output, larcRing(), size);
    return output.finish().subarray(0, size);
  }
  const output = new LzhOutput(budget, size);
  const variant = variants.get(method);
  // LHARK gives its own method another's name, and a blank as the system.
  if (method === "lh7" && system === " ")
    decodeLzhBlocks(packed, { countBits: 6, isLhark: true }, output);
  else if (variant !== undefined) decodeLzhBlocks(packed, variant, output);
  else if (method === "lh1") decodeLh1(packed, output);
  else if (method === "pm2") decodePm2(packed, output);
  else return null;
  return output.finish();
}

function unread(
  place: string | null,
  reason: "unsupported" | "malformed",
  name: string,
): Entry {
  return { kind: "unread", place, filename: place, reason, name };
}

// Ignored: times, attributes, owners, comments, CRCs of headers, links (their
// target is a name only), resource forks, what follows the archive's end.
