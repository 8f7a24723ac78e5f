// LZ4 files: the frame format (1.6.x), its legacy form, and skippable frames,
// any number one after the other.
//
// Ignored: all xxHash sums (of header, blocks, content) and the stated content
// size: what is damaged is scanned as far as it can be read. A frame that
// needs a dictionary (flag 0) is read without; what refers to it is lost.

import type { Entry, Extractor } from "./extractor.ts";
import { hasSignature, u32le, u8 } from "./archive-bytes.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import { innerName } from "./stream-name.ts";
import { memberEntries } from "./member.ts";

const frameMagic = 0x184d_2204;
const legacyMagic = 0x184c_2102;
const skippableMagic = 0x184d_2a50;

export const lz4: Extractor = {
  format: "lz4",
  recognizes: ({ bytes }) =>
    hasSignature(bytes, "\x04\x22\x4d\x18") ||
    hasSignature(bytes, "\x02\x21\x4c\x18"),
  *entries({ bytes, filename }, budget): Generator<Entry> {
    const output = new ChargedBytes(budget);
    const isSound = readFrames(bytes, output);
    const name = innerName(filename);
    const damage = !isSound ? "lz4-malformed" : null;
    yield* memberEntries(name, output.finish(), damage, budget);
  },
};

function readFrames(bytes: Uint8Array, output: ChargedBytes): boolean {
  let at = 0;
  while (at < bytes.length) {
    const magic = u32le(bytes, at);
    if (magic === frameMagic) at = readFrame(bytes, at + 4, output);
    else if (magic === legacyMagic) at = readLegacy(bytes, at + 4, output);
    else if ((magic & 0xffff_fff0) >>> 0 === skippableMagic)
      at += 8 + u32le(bytes, at + 4);
    else return false;
    if (at < 0) return false;
  }
  return true;
}

/**
 * Descriptor: flags 0 (bit 4: a sum after each block, 3: content size, 2: sum
 * after the content, 0: dictionary), block size 1, then by flag content size
 * (8), dictionary (4), and a sum of these (1). Blocks: size (bit 31: not
 * compressed), data, sum. A size of 0 is the end.
 * Returns the offset after it, or -1.
 */
function readFrame(
  bytes: Uint8Array,
  start: number,
  output: ChargedBytes,
): number {
  const flags = u8(bytes, start);
  let at = start + 2 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0) + 1;
  const base = output.length;
  while (at + 4 <= bytes.length) {
    const size = u32le(bytes, at);
    at += 4;
    if (size === 0) return at + (flags & 4 ? 4 : 0);
    const length = size & 0x7fff_ffff;
    const block = bytes.subarray(at, at + length);
    if (size > 0x7fff_ffff) output.append(block);
    else if (!readBlock(block, base, output)) return -1;
    if (block.length < length) return -1;
    at += length + (flags & 16 ? 4 : 0);
  }
  return -1;
}

/** Blocks of size and data, up to another magic number or the end. */
function readLegacy(
  bytes: Uint8Array,
  start: number,
  output: ChargedBytes,
): number {
  let at = start;
  while (at + 4 <= bytes.length) {
    const size = u32le(bytes, at);
    if (size === frameMagic || size === legacyMagic) return at;
    const block = bytes.subarray(at + 4, at + 4 + size);
    if (!readBlock(block, output.length, output) || block.length < size)
      return -1;
    at += 4 + size;
  }
  return at;
}

/**
 * Sequences of: token (high half: number of literals, low half: length of the
 * match less 4; 15 goes on in bytes up to one below 255), literals, distance
 * (16 bits). The last has literals only.
 */
function readBlock(
  block: Uint8Array,
  base: number,
  output: ChargedBytes,
): boolean {
  let at = 0;
  const more = (length: number): number => {
    if (length < 15) return length;
    for (;;) {
      const byte = u8(block, at++);
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < block.length) {
    const token = u8(block, at++);
    const literals = more(token >> 4);
    output.append(block.subarray(at, at + literals));
    at += literals;
    if (at >= block.length) return at === block.length;
    const distance = u8(block, at) | (u8(block, at + 1) << 8);
    at += 2;
    const length = more(token & 15) + 4;
    if (distance > output.length - base || !output.copy(distance, length))
      return false;
  }
  return true;
}
