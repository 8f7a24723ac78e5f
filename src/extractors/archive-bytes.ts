// Reading fields of archive headers: integers and signatures at offsets that
// an attacker chose. Reading past the end gives 0, or false, never an
// exception; callers check lengths where a difference matters.

import { asBuffer } from "../mime/bytes.ts";

/** Unsigned 8-bit integer. */
export function u8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** Unsigned 16-bit integer, least significant byte first. */
export function u16le(bytes: Uint8Array, at: number): number {
  return u8(bytes, at) | (u8(bytes, at + 1) << 8);
}

/** Unsigned 32-bit integer, least significant byte first. */
export function u32le(bytes: Uint8Array, at: number): number {
  return (u16le(bytes, at) | (u16le(bytes, at + 2) << 16)) >>> 0;
}

/** Unsigned 64-bit integer, least significant byte first; inexact above 2^53, which no real offset reaches. */
export function u64le(bytes: Uint8Array, at: number): number {
  return u32le(bytes, at) + u32le(bytes, at + 4) * 0x1_0000_0000;
}

/** Unsigned 16-bit integer, most significant byte first. */
export function u16be(bytes: Uint8Array, at: number): number {
  return (u8(bytes, at) << 8) | u8(bytes, at + 1);
}

/** Unsigned 32-bit integer, most significant byte first. */
export function u32be(bytes: Uint8Array, at: number): number {
  return ((u16be(bytes, at) << 16) | u16be(bytes, at + 2)) >>> 0;
}

/** The bytes at `at` are `signature`, one character a byte. */
export function hasSignature(
  bytes: Uint8Array,
  signature: string,
  at = 0,
): boolean {
  if (at < 0 || at + signature.length > bytes.length) return false;
  for (let i = 0; i < signature.length; i++)
    if (bytes[at + i] !== signature.charCodeAt(i)) return false;
  return true;
}

/** Offset of `signature` at or after `from`, or -1. */
export function findSignature(
  bytes: Uint8Array,
  signature: string,
  from = 0,
): number {
  return asBuffer(bytes).indexOf(signature, from, "latin1");
}
