// Compressed RTF of Outlook (MS-OXRTFCP), as TNEF and .msg files hold it in
// the property PidTagRtfCompressed. Called by mapi-body.ts.
//
// Differs from the document on purpose: the three sizes and sums of the header
// are not believed, the data goes on to the end marker or to the last byte,
// and a reference into what was never written reads as NUL.

import type { Budget } from "../budget.ts";

import { u32le, u8 } from "./archive-bytes.ts";
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
  // Once to count, once to write: so no byte is kept that was not charged.
  const size = run(bytes, null);
  budget.chargeBytes(size);
  const rtf = new Uint8Array(size);
  run(bytes, rtf);
  return rtf;
}

/** Bytes of output; they are written to `output` unless it is null. */
function run(bytes: Uint8Array, output: Uint8Array | null): number {
  const dictionary = new Uint8Array(dictionaryBytes);
  dictionary.set(Buffer.from(initialDictionary, "latin1"));
  let write = initialDictionary.length;
  let size = 0;
  let at = headerBytes;
  const put = (byte: number): void => {
    dictionary[write] = byte;
    write = (write + 1) % dictionaryBytes;
    if (output !== null) output[size] = byte;
    size += 1;
  };
  while (at < bytes.length) {
    // A control byte, then eight tokens, least significant bit first.
    const control = u8(bytes, at++);
    for (let bit = 0; bit < 8 && at < bytes.length; bit++) {
      if ((control & (1 << bit)) === 0) {
        put(u8(bytes, at++));
        continue;
      }
      if (at + 1 >= bytes.length) return size;
      // 2.2.2: big-endian, 12 bits offset, 4 bits length less two. A
      // reference to the place being written marks the end.
      const reference = (u8(bytes, at) << 8) | u8(bytes, at + 1);
      at += 2;
      const from = reference >> 4;
      if (from === write) return size;
      const length = (reference & 0x0f) + 2;
      for (let i = 0; i < length; i++)
        put(dictionary[(from + i) % dictionaryBytes] ?? 0);
    }
  }
  return size;
}

// Ignored: COMPSIZE, RAWSIZE and CRC (see above), and bytes after the end marker.
