// Standard encryption of Office 2007 (MS-OFFCRYPTO 2.3.4.5 to 2.3.4.9): AES in
// ECB mode, the key from SHA-1 in 50,000 rounds. Used by ooxml-encrypted.ts.
//
// EncryptionInfo:
//    0  4  version; minor 2
//    4  4  flags (ignored)
//    8  4  length of the header, n
//   12  n  header:
//            0 flags, 4 extra size 0 (ignored)    8 4 cipher: 0x660E AES-128,
//            0x660F AES-192, 0x6610 AES-256, 0 by the flags
//           12 4 hash: 0x8004 SHA-1 (ignored, there is no other)
//           16 4 key's bits    20 ... provider, reserved, its name (ignored)
//   12+n   4  length of the salt, 16
//   16+n  16  salt
//   32+n  16  verifier, encrypted
//   48+n   4  length of its hash, 20
//   52+n  32  hash of the verifier, encrypted

import { createDecipheriv, hash } from "node:crypto";
import { u32le } from "./archive-bytes.ts";

export interface StandardEncryption {
  readonly keyBytes: number;
  readonly salt: Uint8Array;
  readonly verifier: Uint8Array;
  readonly verifierHash: Uint8Array;
}

const rounds = 50_000;

/** Null for what is not AES, or not all there. */
export function readStandard(info: Uint8Array): StandardEncryption | null {
  const headerBytes = u32le(info, 8);
  const cipher = u32le(info, 20);
  const keyBits = u32le(info, 28);
  const at = 12 + headerBytes;
  if (headerBytes < 32 || at + 72 > info.length) return null;
  if (![0, 0x660e, 0x660f, 0x6610].includes(cipher)) return null;
  if (![128, 192, 256].includes(keyBits)) return null;
  return {
    keyBytes: keyBits / 8,
    salt: info.subarray(at + 4, at + 20),
    verifier: info.subarray(at + 20, at + 36),
    verifierHash: info.subarray(at + 40, at + 72),
  };
}

/** Null: it is not this password. */
export function standardKey(
  { keyBytes, salt, verifier, verifierHash }: StandardEncryption,
  password: string,
): Uint8Array | null {
  // Number of the round (4), and the hash before.
  const round = Buffer.alloc(4 + 20);
  sha1(Buffer.concat([salt, Buffer.from(password, "utf16le")])).copy(round, 4);
  for (let i = 0; i < rounds; i++) {
    round.writeUInt32LE(i);
    sha1(round).copy(round, 4);
  }
  const last = sha1(Buffer.concat([round.subarray(4), Buffer.alloc(4)]));
  const filled = (value: number): Buffer => {
    const bytes = Buffer.alloc(64, value);
    for (const [i, byte] of last.entries()) bytes[i] = value ^ byte;
    return sha1(bytes);
  };
  const key = Buffer.concat([filled(0x36), filled(0x5c)]).subarray(0, keyBytes);
  const wanted = sha1(decryptStandard(key, verifier));
  return wanted.equals(decryptStandard(key, verifierHash).subarray(0, 20))
    ? key
    : null;
}

/** `data`: whole blocks. */
export function decryptStandard(key: Uint8Array, data: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(`aes-${key.length * 8}-ecb`, key, null);
  decipher.setAutoPadding(false);
  return decipher.update(data);
}

function sha1(bytes: Uint8Array): Buffer {
  return hash("sha1", bytes, "buffer");
}
