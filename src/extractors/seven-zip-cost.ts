// Key derivations whose cost the sender chose. 7-Zip does them before it can
// know that the password is wrong, and nothing interrupts it: with the most
// that the formats allow, one takes 20 s (RAR5) or 1.2 s for each folder
// (7z). So they are looked up before. Called by seven-zip-run.ts.

import {
  findSignature,
  hasSignature,
  u32le,
  u64le,
  u8,
} from "./archive-bytes.ts";

/** Powers of two. RAR5's programs write 15, 7-Zip writes 19; their rounds differ in price. */
const maxRar5Power = 18;
const max7zPower = 20;
/** Headers that are looked at in one RAR file. */
const maxHeaders = 20_000;

/** 7-Zip's code for AES-256 with SHA-256, and before it the length of that code. */
const aesCoder = "\x06\xf1\x07\x01";

/** What is said in the clear asks for more than is reasonable. */
export function isCostlyToOpen(type: string, bytes: Uint8Array): boolean {
  if (type === "Rar5") return rar5Power(bytes) > maxRar5Power;
  return type === "7z" && sevenZipHeaderPower(bytes) > max7zPower;
}

/** A line of 7-Zip's technical listing: "Method = LZMA:16 7zAES:19". */
export function isCostlyMethod(line: string): boolean {
  return [...line.matchAll(/7zAES:([0-9]{1,3})/g)].some(
    ([, power]) => Number(power) > max7zPower,
  );
}

/**
 * 7z with encrypted names. The signature header tells where the header is
 * (offset 12, size 20), which in this case only says how the real one is
 * packed: the coder's code, the length of its properties, and in their first
 * byte the power.
 */
function sevenZipHeaderPower(bytes: Uint8Array): number {
  const header = sevenZipHeader(bytes);
  let most = 0;
  for (let at = 0; ;) {
    at = findSignature(header, aesCoder, at);
    if (at < 0) return most;
    const power = u8(header, at + 5) & 0x3f;
    // 3F stands for no derivation at all.
    if (power !== 0x3f) most = Math.max(most, power);
    at += 4;
  }
}

/** 7z with encrypted names: its header, in the clear, names the cipher. */
export function hasEncryptedHeader(bytes: Uint8Array): boolean {
  return findSignature(sevenZipHeader(bytes), aesCoder) >= 0;
}

function sevenZipHeader(bytes: Uint8Array): Uint8Array {
  if (!hasSignature(bytes, "7z\xbc\xaf\x27\x1c")) return new Uint8Array(0);
  const start = 32 + u64le(bytes, 12);
  return bytes.subarray(start, start + Math.min(u64le(bytes, 20), 4096));
}

/**
 * RAR 5.0's headers: CRC (4), then numbers of 7 bits a byte: size of what
 * follows, type, flags, with flag 1 the size of the extra area, with flag 2
 * the size of the data behind the header. Type 4, encryption: version, flags,
 * power (1). Else the extra area of a file (2) or service header (3), at its end, has
 * records of size, type and data; type 1, encryption: version, flags, power
 * (1). In the main header a record of type 1 is something else.
 */
function rar5Power(bytes: Uint8Array): number {
  let most = 0;
  let at = 8;
  for (let count = 0; count < maxHeaders && at < bytes.length; count++) {
    const size = readNumber(bytes, at + 4);
    const type = readNumber(bytes, size.end);
    const flags = readNumber(bytes, type.end);
    const extra =
      flags.value & 1
        ? readNumber(bytes, flags.end)
        : { value: 0, end: flags.end };
    const data =
      flags.value & 2
        ? readNumber(bytes, extra.end)
        : { value: 0, end: extra.end };
    const headerEnd = size.end + size.value;
    const isFile = type.value === 2 || type.value === 3;
    if (type.value === 4) return Math.max(most, powerAt(bytes, data.end));
    for (
      let record = headerEnd - extra.value;
      record > at && record < headerEnd;
    ) {
      const length = readNumber(bytes, record);
      const kind = readNumber(bytes, length.end);
      if (kind.value === 1 && isFile)
        most = Math.max(most, powerAt(bytes, kind.end));
      record = length.end + Math.max(1, length.value);
    }
    at = headerEnd + data.value;
    if (u32le(bytes, at) === 0 && size.value === 0) break;
  }
  return most;
}

/** Version and flags come before it. */
function powerAt(bytes: Uint8Array, at: number): number {
  return u8(bytes, readNumber(bytes, readNumber(bytes, at).end).end);
}

function readNumber(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < 7; i++) {
    const byte = u8(bytes, at + i);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return { value, end: at + 7 };
}
