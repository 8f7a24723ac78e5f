// The data of one zip entry, by its method (APPNOTE.TXT 4.4.5). Stored,
// deflated and Deflate64 data is read here; what else 7-Zip knows,
// zip-member.ts gathers for zip-repack.ts. Stated sizes bound nothing that ends by itself.

import type { Budget } from "../budget.ts";
import { findSignature, u32le } from "./archive-bytes.ts";
import { inflate64Within, inflateWithin } from "./inflate.ts";
import {
  centralSignature,
  descriptorSignature,
  zipFlag,
  localSignature,
  type ZipHeader,
} from "./zip-records.ts";

export interface ZipData {
  readonly content: Uint8Array;
  /** Bytes of packed data that were used. */
  readonly used: number;
  readonly isSound: boolean;
}

/** 4.4.5, and 99 of WinZip's AES: `ZipHeader.method`. */
export const zipMethod = {
  stored: 0,
  deflated: 8,
  deflate64: 9,
  aes: 99,
} as const;

/** shrunk, imploded, bzip2, LZMA, Zstandard (two numbers), xz, PPMd. */
const sevenZipMethods = new Set([1, 6, 12, 14, 20, 93, 95, 98]);

export function isForSevenZip(method: number): boolean {
  return sevenZipMethods.has(method);
}

/** Null for a method that is not read here. `packed` runs to the end of the file: most methods know where they end. */
export function readZipData(
  method: number,
  packed: Uint8Array,
  statedLength: number,
  budget: Budget,
): ZipData | null {
  switch (method) {
    case zipMethod.stored: {
      // A view costs nothing.
      const content = packed.subarray(0, statedLength);
      return {
        content,
        used: content.length,
        isSound: content.length === statedLength,
      };
    }
    case zipMethod.deflated:
    case zipMethod.deflate64: {
      const inflate =
        method === zipMethod.deflated ? inflateWithin : inflate64Within;
      const { content, consumed, ending } = inflate(packed, budget);
      return { content, used: consumed, isSound: ending === "complete" };
    }
    default:
      return null;
  }
}

/**
 * Length of packed data whose header leaves it open (flag 3, stored): up to
 * the descriptor (4.3.9) that states just this length, or to the next header.
 */
export function findDataLength(bytes: Uint8Array, header: ZipHeader): number {
  if ((header.flags & zipFlag.descriptor) === 0 || header.packed > 0)
    return header.packed;
  const start = header.end;
  // Twenty false descriptors are more than chance brings.
  for (let at = start, tries = 0; tries < 20; tries++) {
    at = findSignature(bytes, descriptorSignature, at);
    if (at < 0) break;
    // Signature 0, CRC 4, packed size 8.
    if (u32le(bytes, at + 8) === at - start) return at - start;
    at += 4;
  }
  const next = [localSignature, centralSignature]
    .map((signature) => findSignature(bytes, signature, start))
    .filter((at) => at >= 0);
  return Math.min(bytes.length, ...next) - start;
}
