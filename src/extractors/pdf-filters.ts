// The filters of PDF streams (ISO 32000-1 7.4), each as far as its input makes
// sense. Called by pdf.ts. Output is charged before it is kept.

import type { Budget } from "../budget.ts";
import { hexValue } from "../mime/quoted-printable.ts";
import { u8 } from "./archive-bytes.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import { inflatePrefix } from "./ole-inflate.ts";

// More filters than this on one stream only cost time.
const maxFilters = 8;

export interface Filtered {
  readonly data: Uint8Array;
  /** A filter that is not undone here: pictures, encryption, unknown ones. */
  readonly stoppedAt: string | null;
}

/**
 * `raw` runs to the stream's end as stated; `beyond` to the end of the file,
 * for deflate streams that end later than the file says.
 */
export function applyFilters(
  raw: Uint8Array,
  beyond: Uint8Array,
  filters: readonly string[],
  budget: Budget,
): Filtered {
  let data = raw;
  for (const [index, filter] of filters.entries()) {
    const decode = index < maxFilters ? decoders.get(filter) : undefined;
    if (decode === undefined) return { data, stoppedAt: filter };
    data = decode(data, budget, index === 0 ? beyond : data);
  }
  return { data, stoppedAt: null };
}

type Decoder = (
  data: Uint8Array,
  budget: Budget,
  beyond: Uint8Array,
) => Uint8Array;

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ["FlateDecode", flate],
  ["Fl", flate],
  ["ASCIIHexDecode", asciiHex],
  ["AHx", asciiHex],
  ["ASCII85Decode", ascii85],
  ["A85", ascii85],
  ["LZWDecode", lzw],
  ["LZW", lzw],
  ["RunLengthDecode", runLength],
  ["RL", runLength],
  // Decryption, which pdf-reading.ts has done before.
  ["Crypt", (data: Uint8Array) => data],
]);

// 7.4.4
function flate(
  data: Uint8Array,
  budget: Budget,
  beyond: Uint8Array,
): Uint8Array {
  const inflated = inflatePrefix(data, budget);
  if (!inflated.usedAll || beyond.length <= data.length) return inflated.data;
  // `endstream` within the data, or a /Length that is too small.
  const longer = inflatePrefix(beyond, budget).data;
  return longer.length > inflated.data.length ? longer : inflated.data;
}

// 7.4.2: hex digits, white space skipped, `>` ends; a last single digit is a high one.
function asciiHex(data: Uint8Array, budget: Budget): Uint8Array {
  const output = new ChargedBytes(budget, data.length >> 1);
  let high = -1;
  for (const byte of data) {
    if (byte === 0x3e) break;
    const digit = hexValue(byte);
    if (digit < 0) continue;
    if (high < 0) high = digit;
    else {
      output.push((high << 4) | digit);
      high = -1;
    }
  }
  if (high >= 0) output.push(high << 4);
  return output.finish();
}

// 7.4.3: five digits to the base 85 make four bytes, `z` is four zero bytes,
// `~>` ends.
function ascii85(data: Uint8Array, budget: Budget): Uint8Array {
  const output = new ChargedBytes(budget, data.length);
  let value = 0;
  let digits = 0;
  for (const byte of data) {
    if (byte === 0x7e) break;
    if (byte === 0x7a && digits === 0) {
      for (let i = 0; i < 4; i++) output.push(0);
      continue;
    }
    if (byte < 0x21 || byte > 0x75) continue;
    value = value * 85 + (byte - 0x21);
    digits += 1;
    if (digits < 5) continue;
    for (let shift = 24; shift >= 0; shift -= 8)
      output.push((value / 2 ** shift) & 0xff);
    value = 0;
    digits = 0;
  }
  // A last group of n digits makes n - 1 bytes, as if filled up with `u`.
  if (digits > 1) {
    for (let i = digits; i < 5; i++) value = value * 85 + 84;
    for (let i = 0; i < digits - 1; i++)
      output.push((value / 2 ** (24 - 8 * i)) & 0xff);
  }
  return output.finish();
}

// 7.4.5: a length byte below 128, then that many bytes and one more; above
// 128, one byte repeated 257 less length times; 128 ends.
function runLength(data: Uint8Array, budget: Budget): Uint8Array {
  const output = new ChargedBytes(budget, data.length * 2);
  let at = 0;
  while (at < data.length) {
    const length = u8(data, at++);
    if (length === 128) break;
    if (length < 128) {
      output.append(data.subarray(at, at + length + 1));
      at += length + 1;
    } else {
      for (let i = 0; i < 257 - length; i++) output.push(u8(data, at));
      at += 1;
    }
  }
  return output.finish();
}

// 7.4.4.2: codes of 9 to 12 bits, most significant bit first, 256 clears the
// table, 257 ends. The width grows one code early (EarlyChange 1, the default).
function lzw(data: Uint8Array, budget: Budget): Uint8Array {
  const output = new ChargedBytes(budget, data.length * 2);
  // A sequence is the one of its prefix and one byte more.
  const prefixes = new Uint16Array(4096);
  const lastBytes = new Uint8Array(4096);
  // The sequence of a code, last byte first.
  const reversed = new Uint8Array(4097);
  let next = 258;
  let width = 9;
  let bits = 0;
  let count = 0;
  let previous = -1;
  for (const byte of data) {
    bits = ((bits << 8) | byte) & 0xfffff;
    count += 8;
    if (count < width) continue;
    count -= width;
    const code = (bits >> count) & ((1 << width) - 1);
    if (code === 257) break;
    if (code === 256) {
      next = 258;
      width = 9;
      previous = -1;
      continue;
    }
    // A code not yet made: the previous sequence and its own first byte.
    const isNew = code >= next;
    if (isNew && previous < 0) break;
    let length = isNew ? 1 : 0;
    let walk = isNew ? previous : code;
    for (; walk >= 258; walk = prefixes[walk] ?? 0)
      reversed[length++] = lastBytes[walk] ?? 0;
    reversed[length++] = walk;
    if (isNew) reversed[0] = walk;
    output.appendReversed(reversed, length);
    if (previous >= 0 && next < 4096) {
      prefixes[next] = previous;
      lastBytes[next] = walk;
      next += 1;
      if (next + 1 >= 1 << width && width < 12) width += 1;
    }
    previous = isNew ? next - 1 : code;
  }
  return output.finish();
}

// Ignored: /DecodeParms, of which pdf-predictor.ts undoes the predictors;
// EarlyChange 0; JPEG, JPEG 2000, JBIG2 and fax
// filters, whose output is a picture.
