// The compression of VBA projects (MS-OVBA 2.4.1): the `dir` stream and the
// sources of modules. Called by vba-project.ts.
//
// Sizes and signature bits of chunks are not believed; a copy from before the
// start of its chunk reads as NUL.

import type { Budget } from "../budget.ts";
import { u16le, u8 } from "./archive-bytes.ts";
import { ChargedBytes } from "./charged-bytes.ts";

const containerSignature = 0x01;
const chunkBytes = 4096;

// CompressedContainer (2.4.1.1.1): signature (1) 0x01, then chunks:
//  0  2  header  bits 0-11 size of the chunk less 3; 12-14 signature 3,
//                ignored; 15 set: compressed, clear: 4096 bytes stored
//  2  n  groups of a flag byte and eight tokens, least significant bit
//        first: 0 a literal byte, 1 a copy token of two bytes
/** Decompressed bytes, or null where no container starts. Charged; throws LimitReached. */
export function decompressVba(
  bytes: Uint8Array,
  start: number,
  budget: Budget,
): Uint8Array | null {
  if (u8(bytes, start) !== containerSignature) return null;
  const output = new ChargedBytes(budget, (bytes.length - start) * 2);
  let at = start + 1;
  while (at + 2 < bytes.length) {
    const header = u16le(bytes, at);
    const end = Math.min(at + (header & 0x0fff) + 3, bytes.length);
    at += 2;
    if ((header & 0x8000) === 0) {
      output.append(bytes.subarray(at, at + chunkBytes));
      at = Math.max(end, at + chunkBytes);
      continue;
    }
    expandChunk(bytes, at, end, output);
    at = end;
  }
  return output.finish();
}

function expandChunk(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: ChargedBytes,
): void {
  const chunk = new Uint8Array(chunkBytes);
  let written = 0;
  let at = start;
  while (at < end && written < chunkBytes) {
    const flags = u8(bytes, at++);
    for (let bit = 0; bit < 8 && at < end && written < chunkBytes; bit++) {
      if ((flags & (1 << bit)) === 0) {
        chunk[written++] = u8(bytes, at++);
        continue;
      }
      // 2.4.1.3.19: the further into the chunk, the more bits the offset has.
      const token = u16le(bytes, at);
      at += 2;
      let offsetBits = 4;
      while (1 << offsetBits < written) offsetBits += 1;
      const length = (token & (0xffff >> offsetBits)) + 3;
      const offset = (token >> (16 - offsetBits)) + 1;
      for (let i = 0; i < length && written < chunkBytes; i++) {
        chunk[written] = chunk[written - offset] ?? 0;
        written += 1;
      }
    }
  }
  output.append(chunk.subarray(0, written));
}

// Ignored: chunk signatures, and chunks of fewer than 4096 bytes before the last.
