// LZSS with positions in a ring of 4,096 bytes: Microsoft's COMPRESS.EXE
// (szdd.ts) and LArc's -lz5- (lha.ts), and LArc's older -lzs-.

import type { ChargedBytes } from "./charged-bytes.ts";
import { LzhBits } from "./lzh-bits.ts";

const ringBytes = 4096;

/** Blanks, or what -lz5- begins with: 18 bytes before the end. */
export type LzssRing = Uint8Array;

function blankRing(): LzssRing {
  return new Uint8Array(ringBytes).fill(0x20);
}

/**
 * Each byte value thirteen times, all of them rising, all falling, 128 NULs,
 * 110 blanks, 18 NULs: what LArc's files may refer to from their first byte on.
 */
export function larcRing(): LzssRing {
  const ring = new Uint8Array(ringBytes);
  for (let value = 0; value < 256; value++) {
    ring.fill(value, value * 13, value * 13 + 13);
    ring[3328 + value] = value;
    ring[3584 + value] = 255 - value;
  }
  return ring.fill(0x20, 3968, 4078);
}

/**
 * A control byte tells of eight items, lowest bit first: 1 a byte, 0 two bytes
 * for a string in the ring: 8 low bits of the position; high nibble 4 high
 * bits of it, low nibble the length less 3. `fromEnd`: where in the ring
 * writing begins.
 */
export function decodeLzss(
  bytes: Uint8Array,
  from: number,
  fromEnd: number,
  output: ChargedBytes,
  ring = blankRing(),
  size = Infinity,
): void {
  let to = ringBytes - fromEnd;
  let at = from;
  while (at < bytes.length && output.length < size) {
    const control = bytes[at++] ?? 0;
    for (let bit = 1; bit < 0x100 && at < bytes.length; bit <<= 1) {
      if (control & bit) {
        const byte = bytes[at++] ?? 0;
        output.push(byte);
        ring[to] = byte;
        to = (to + 1) % ringBytes;
        continue;
      }
      if (at + 2 > bytes.length) return;
      const low = bytes[at] ?? 0;
      const high = bytes[at + 1] ?? 0;
      at += 2;
      let position = low | ((high & 0xf0) << 4);
      for (let left = (high & 0x0f) + 3; left > 0; left--) {
        const byte = ring[position] ?? 0;
        position = (position + 1) % ringBytes;
        output.push(byte);
        ring[to] = byte;
        to = (to + 1) % ringBytes;
      }
    }
  }
}

const larcOldRingBytes = 2048;

/**
 * -lzs-: bits, highest first. 1 and eight bits are a byte, 0 a string: 11 bits
 * position, 4 bits length less 2. Writing begins 17 before the ring's end.
 */
export function decodeLzs(
  bytes: Uint8Array,
  output: ChargedBytes,
  size: number,
): void {
  const bits = new LzhBits(bytes);
  const ring = new Uint8Array(larcOldRingBytes).fill(0x20);
  let to = larcOldRingBytes - 17;
  const put = (byte: number): void => {
    output.push(byte);
    ring[to] = byte;
    to = (to + 1) % larcOldRingBytes;
  };
  while (output.length < size) {
    const isByte = bits.read(1) === 1;
    const value = bits.read(isByte ? 8 : 11);
    const length = isByte ? 1 : bits.read(4) + 2;
    if (bits.isPastEnd()) return;
    if (isByte) put(value);
    else
      for (let i = 0; i < length; i++)
        put(ring[(value + i) % larcOldRingBytes] ?? 0);
  }
}
