// OpenPGP packet headers (RFC 9580 4.2): where a packet's body is, and what it
// is put together from. Used by openpgp.ts.
//
//   0  1  bit 7 always set; bit 6 the newer format.
//         newer: bits 5-0 type. Older: bits 5-2 type, bits 1-0 length type.
//   1  n  length; the newer format may cut a body into chunks of 2^n bytes,
//         each but the last with its own length octet (4.2.1.4)

import type { ChargedBytes } from "./charged-bytes.ts";
import { u16be, u32be, u8 } from "./archive-bytes.ts";

/** Packet types that are looked at (RFC 9580 5; 20 from RFC 4880bis drafts). */
export const types = {
  encryptedSessionKey: 1,
  passwordSessionKey: 3,
  compressed: 8,
  encrypted: 9,
  literal: 11,
  encryptedProtected: 18,
  encryptedAead: 20,
} as const;

export interface Packet {
  readonly type: number;
  /** Offset of the body; of its first chunk where it is cut up. */
  readonly start: number;
  /** Offset after the body or its first chunk, clipped to the bytes. */
  readonly end: number;
  /** More chunks follow. */
  readonly isPartial: boolean;
  /** The stated length is there, or none is stated. */
  readonly isWhole: boolean;
}

/** The packet at `at`; null where none begins. */
export function readPacket(bytes: Uint8Array, at: number): Packet | null {
  const head = u8(bytes, at);
  if (at >= bytes.length || (head & 0x80) === 0) return null;
  if ((head & 0x40) !== 0) {
    const length = readNewLength(bytes, at + 1);
    return packet(bytes, head & 0x3f, length);
  }
  const type = (head >> 2) & 0x0f;
  switch (head & 3) {
    case 0:
      return packet(bytes, type, plain(u8(bytes, at + 1), at + 2));
    case 1:
      return packet(bytes, type, plain(u16be(bytes, at + 1), at + 3));
    case 2:
      return packet(bytes, type, plain(u32be(bytes, at + 1), at + 5));
    default:
      // Up to the end of the bytes (4.2.2, length type 3).
      return packet(bytes, type, plain(bytes.length - at - 1, at + 1));
  }
}

interface Length {
  readonly length: number;
  readonly start: number;
  readonly isPartial: boolean;
}

function plain(length: number, start: number): Length {
  return { length, start, isPartial: false };
}

/** RFC 9580 4.2.1: one, two or five octets, or a chunk's. */
function readNewLength(bytes: Uint8Array, at: number): Length {
  const first = u8(bytes, at);
  if (first < 192) return plain(first, at + 1);
  if (first < 224)
    return plain(((first - 192) << 8) + u8(bytes, at + 1) + 192, at + 2);
  if (first === 255) return plain(u32be(bytes, at + 1), at + 5);
  return { length: 2 ** (first & 0x1f), start: at + 1, isPartial: true };
}

function packet(
  bytes: Uint8Array,
  type: number,
  { length, start, isPartial }: Length,
): Packet {
  const end = Math.min(start + length, bytes.length);
  const isWhole = start + length <= bytes.length;
  return { type, start, end, isPartial, isWhole };
}

/** Offset after the packet and all its chunks. */
export function afterPacket(bytes: Uint8Array, first: Packet): number {
  let { end, isPartial } = first;
  while (isPartial && end < bytes.length) {
    const chunk = packet(bytes, first.type, readNewLength(bytes, end));
    ({ end, isPartial } = chunk);
  }
  return end;
}

/** The body: a view where it is in one piece, else its chunks put together. */
export function bodyOf(
  bytes: Uint8Array,
  first: Packet,
  newOutput: () => ChargedBytes,
): Uint8Array {
  if (!first.isPartial) return bytes.subarray(first.start, first.end);
  const output = newOutput();
  let chunk = first;
  for (;;) {
    output.append(bytes.subarray(chunk.start, chunk.end));
    if (!chunk.isPartial || chunk.end >= bytes.length) break;
    chunk = packet(bytes, first.type, readNewLength(bytes, chunk.end));
  }
  return output.finish();
}
