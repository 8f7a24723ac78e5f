// Files of compress(1), .Z: LZW with codes of 9 to 16 bits, least significant
// bit first. No standard; the format is that of (n)compress 4.x.
//
// Header: 1F 9D, then a byte: bits 0-4 the longest code, bit 7 block mode
// (code 256 empties the table), bits 5 and 6 unused. There is no length and
// no sum, so damage shows only in codes that cannot be.

import type { Extractor } from "./extractor.ts";
import { hasSignature, u8 } from "./archive-bytes.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import { innerName } from "./stream-name.ts";
import { memberEntries } from "./member.ts";

const clearCode = 256;
const firstBits = 9;

export const compress: Extractor = {
  format: "compress",
  recognizes: ({ bytes }) =>
    hasSignature(bytes, "\x1f\x9d") &&
    (u8(bytes, 2) & 0x1f) >= firstBits &&
    (u8(bytes, 2) & 0x1f) <= 16,
  *entries({ bytes, filename }, budget) {
    const output = new ChargedBytes(budget);
    const isSound = decompress(bytes, output);
    const name = innerName(filename);
    const damage = !isSound ? "compress-malformed" : null;
    yield* memberEntries(name, output.finish(), damage, budget);
  },
};

/** False where the data is damaged; what comes before is kept. */
function decompress(bytes: Uint8Array, output: ChargedBytes): boolean {
  const maxBits = u8(bytes, 2) & 0x1f;
  const isBlockMode = (u8(bytes, 2) & 0x80) !== 0;
  const prefix = new Uint16Array(1 << maxBits);
  const suffix = new Uint8Array(1 << maxBits);
  const stack = new Uint8Array(1 << maxBits);
  const firstFree = isBlockMode ? 257 : 256;
  let free = firstFree;
  let bits = firstBits;
  let previous = -1;
  let first = 0;
  // Codes come in groups of eight; where the length changes, the rest of the
  // group is padding. `group` is the bit offset of the current group.
  let group = 3 * 8;
  let at = group;
  const end = bytes.length * 8;
  const nextGroup = (): void => {
    at = group + Math.ceil((at - group) / (bits * 8)) * (bits * 8);
    group = at;
  };

  while (at + bits <= end) {
    const byte = at >> 3;
    const word =
      u8(bytes, byte) |
      (u8(bytes, byte + 1) << 8) |
      (u8(bytes, byte + 2) << 16);
    const code = (word >> (at & 7)) & ((1 << bits) - 1);
    at += bits;
    if (isBlockMode && code === clearCode) {
      nextGroup();
      bits = firstBits;
      free = firstFree;
      previous = -1;
      continue;
    }
    if (previous < 0) {
      if (code > 255) return false;
      output.push(code);
      first = code;
      previous = code;
      continue;
    }
    let depth = 0;
    let one = code;
    if (code >= free) {
      // The code that is being made: the previous string and its first byte.
      if (code > free) return false;
      stack[depth++] = first;
      one = previous;
    }
    while (one > 255) {
      stack[depth++] = suffix[one] ?? 0;
      one = prefix[one] ?? 0;
    }
    first = one;
    stack[depth++] = first;
    output.appendReversed(stack, depth);
    if (free < 1 << maxBits) {
      prefix[free] = previous;
      suffix[free] = first;
      free += 1;
      if (free === 1 << bits && bits < maxBits) {
        nextGroup();
        bits += 1;
      }
    }
    previous = code;
  }
  return true;
}
