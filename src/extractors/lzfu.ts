// Compressed RTF of Outlook (MS-OXRTFCP), as TNEF and .msg files hold it in
// the property PidTagRtfCompressed. Called by mapi-body.ts.
//
// Differs from the document on purpose: the three sizes and sums of the header
// are not believed, the data goes on to the end marker or to the last byte,
// and a reference into what was never written reads as NUL.

import type { Budget } from "../budget.ts";

import { u32le, u8 } from "./archive-bytes.ts";
import { ChargedBytes } from "./charged-bytes.ts";

// Header (MS-OXRTFCP 2.1.3.1.1), 16 bytes:
//  0  4  COMPSIZE  bytes that follow this field       ignored: may lie
//  4  4  RAWSIZE   bytes of the result                ignored: may lie
//  8  4  COMPTYPE  "LZFu" compressed, "MELA" stored
// 12  4  CRC       of what follows; 0 with "MELA"     ignored: Outlook's own are wrong at times
const headerBytes = 16;
const compressed = 0x75465a4c;
const stored = 0x414c454d;

// MS-OXRTFCP 2.1.2.1: the dictionary is a ring of 4096 bytes that begins with this.
const dictionaryBytes = 4096;
const initialDictionary =
  "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman " +
  "\\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New " +
  "RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0" +
  "\\fs20\\b\\i\\u\\tab\\tx";

/**
 * The RTF, or null where `bytes` is not compressed RTF at all. Charged to the
 * budget; throws LimitReached.
 */
export function decompressRtf(
  bytes: Uint8Array,
  budget: Budget,
): Uint8Array | null {
  const type = u32le(bytes, 8);
  if (bytes.length < headerBytes) return null;
  if (type === stored) return bytes.subarray(headerBytes);
  if (type !== compressed) return null;
  const output = new ChargedBytes(budget);
  output.append(initialRing());
  run(bytes, output);
  return output.finish().subarray(dictionaryBytes);
}

/** The ring as it is when the first byte is written, oldest first: NULs, and what it begins with. */
function initialRing(): Uint8Array {
  const ring = new Uint8Array(dictionaryBytes);
  const text = Buffer.from(initialDictionary, "latin1");
  ring.set(text, dictionaryBytes - text.length);
  return ring;
}

function run(bytes: Uint8Array, output: ChargedBytes): void {
  let at = headerBytes;
  while (at < bytes.length) {
    // A control byte, then eight tokens, least significant bit first.
    const control = u8(bytes, at++);
    for (let bit = 0; bit < 8 && at < bytes.length; bit++) {
      if ((control & (1 << bit)) === 0) {
        output.push(u8(bytes, at++));
        continue;
      }
      if (at + 1 >= bytes.length) return;
      // 2.2.2: big-endian, 12 bits place in the ring, 4 bits length less two.
      const reference = (u8(bytes, at) << 8) | u8(bytes, at + 1);
      at += 2;
      const write = initialDictionary.length + output.length;
      const distance = (write - (reference >> 4)) & (dictionaryBytes - 1);
      // A reference to the place being written marks the end.
      if (distance === 0) return;
      output.copy(distance, (reference & 0x0f) + 2);
    }
  }
}

// Ignored: COMPSIZE, RAWSIZE and CRC (see above), and bytes after the end marker.
