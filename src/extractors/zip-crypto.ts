// Encrypted zip entries, for passwords that a message itself names: PKWARE's
// traditional cipher (APPNOTE.TXT 6.1) and WinZip's AES (AE-1 and AE-2, as
// winzip.com/aes_info.html has them). Called by zip-member.ts.
//
// Not supported: PKWARE's strong encryption. Its certificates and keys are
// behind a licence, and programs that write it are rare.

import {
  createCipheriv,
  createHmac,
  pbkdf2Sync,
  timingSafeEqual,
} from "node:crypto";

import { u16le, u8 } from "./archive-bytes.ts";
import { zipMethod } from "./zip-data.ts";
import { extraField, zipFlag, type ZipHeader } from "./zip-records.ts";

export interface Decrypted {
  readonly data: Uint8Array;
  /** The compression below. */
  readonly method: number;
}

/** Of the schemes that are supported. */
export function isDecryptable({ flags }: ZipHeader): boolean {
  return (flags & (zipFlag.strongEncryption | zipFlag.masked)) === 0;
}

/** Null where the password is wrong, so far as the scheme can tell. */
export function decryptZipData(
  header: ZipHeader,
  data: Uint8Array,
  password: string,
): Decrypted | null {
  return header.method === zipMethod.aes
    ? decryptAes(header, data, password)
    : decryptTraditional(header, data, password);
}

/** CRC-32 of one more byte, without the inversions at both ends. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++)
    value = (value >>> 1) ^ (value & 1 ? 0xedb8_8320 : 0);
  return value >>> 0;
});

/**
 * 6.1.5 to 6.1.7. Twelve bytes come first; the last of them is the high byte
 * of the CRC, or with flag 3 of the time.
 */
function decryptTraditional(
  header: ZipHeader,
  data: Uint8Array,
  password: string,
): Decrypted | null {
  if (data.length < 12) return null;
  let key0 = 0x1234_5678;
  let key1 = 0x2345_6789;
  let key2 = 0x3456_7890;
  const update = (byte: number): void => {
    key0 = (key0 >>> 8) ^ (crcTable[(key0 ^ byte) & 0xff] ?? 0);
    key1 = (Math.imul(key1 + (key0 & 0xff), 134_775_813) + 1) | 0;
    key2 = (key2 >>> 8) ^ (crcTable[(key2 ^ (key1 >>> 24)) & 0xff] ?? 0);
  };
  for (const byte of Buffer.from(password, "utf8")) update(byte);
  const check =
    (header.flags & zipFlag.descriptor) === 0
      ? header.crc >>> 24
      : header.time >>> 8;
  const decrypt = (byte: number): number => {
    const temp = (key2 | 2) & 0xffff;
    const plain = byte ^ ((Math.imul(temp, temp ^ 1) >>> 8) & 0xff);
    update(plain);
    return plain;
  };
  let last = 0;
  for (const byte of data.subarray(0, 12)) last = decrypt(byte);
  if (last !== check) return null;
  const plain = new Uint8Array(data.length - 12);
  for (let i = 12; i < data.length; i++) plain[i - 12] = decrypt(data[i] ?? 0);
  return { data: plain, method: header.method };
}

/**
 * Data: salt (8, 12 or 16 bytes), verifier 2, ciphertext, HMAC-SHA1 10.
 * Field 9901: version 0, vendor "AE" 2, strength 4 (1 to 3), method 5.
 * The key derivation has 1,000 rounds, whatever the sender writes.
 */
function decryptAes(
  header: ZipHeader,
  data: Uint8Array,
  password: string,
): Decrypted | null {
  const field = extraField(header.extra, 0x9901);
  if (field === null) return null;
  const strength = u8(field, 4);
  if (strength < 1 || strength > 3) return null;
  const keyBytes = 8 + 8 * strength;
  const saltBytes = keyBytes / 2;
  const end = data.length - 10;
  if (end < saltBytes + 2) return null;
  const keys = pbkdf2Sync(
    Buffer.from(password, "utf8"),
    data.subarray(0, saltBytes),
    1000,
    2 * keyBytes + 2,
    "sha1",
  );
  const verifier = keys.subarray(2 * keyBytes);
  if (!verifier.equals(data.subarray(saltBytes, saltBytes + 2))) return null;
  const ciphertext = data.subarray(saltBytes + 2, end);
  const sum = createHmac("sha1", keys.subarray(keyBytes, 2 * keyBytes))
    .update(ciphertext)
    .digest()
    .subarray(0, 10);
  if (!timingSafeEqual(sum, data.subarray(end))) return null;
  return {
    data: decryptCounter(keys.subarray(0, keyBytes), ciphertext),
    method: u16le(field, 5),
  };
}

/** AES in counter mode, the counter least significant byte first and from 1: not Node's own. */
function decryptCounter(key: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const counters = Buffer.alloc(Math.ceil(ciphertext.length / 16) * 16);
  for (let at = 0, count = 1; at < counters.length; at += 16, count++)
    counters.writeUInt32LE(count, at);
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null);
  cipher.setAutoPadding(false);
  const stream = cipher.update(counters);
  for (let i = 0; i < ciphertext.length; i++)
    stream[i] = (stream[i] ?? 0) ^ (ciphertext[i] ?? 0);
  return stream.subarray(0, ciphertext.length);
}
