// From a password to the key of an encrypted PDF (ISO 32000-1 7.6.3 for
// revisions 2 to 4, ISO 32000-2 7.6.4.3 for 5 and 6), or to the knowledge that
// it is wrong. Called by pdf-open.ts.
//
// Cost: at most 51 MD5 sums and 20 RC4 of 32 bytes for each length of the key,
// or in revision 6 at most 287 rounds over 16 KB: the sender can't raise that.

import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import type { PdfEncryption } from "./pdf-encryption.ts";
import { rc4 } from "./rc4.ts";

/** Algorithm 2, step a: fills a password up to 32 bytes. */
const padding = Buffer.from(
  "28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a",
  "hex",
);

/** Null: `password` is not the file's user password. */
export function pdfKey(
  encryption: PdfEncryption,
  password: string,
): Uint8Array | null {
  if (encryption.revision >= 5) return key256(encryption, password);
  for (const length of encryption.keyBytes) {
    const key = legacyKey(encryption, password, length);
    if (isUserKey(encryption, key)) return key;
  }
  return null;
}

/** Algorithm 2. */
function legacyKey(
  encryption: PdfEncryption,
  password: string,
  stated: number,
): Uint8Array {
  const { revision, owner, permissions, id, encryptsMetadata } = encryption;
  const length = revision === 2 ? 5 : stated;
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(permissions >>> 0);
  let key = md5(
    // PDFDocEncoding is Latin-1 where passwords are concerned.
    Buffer.concat([Buffer.from(password, "latin1"), padding]).subarray(0, 32),
    owner.subarray(0, 32),
    flags,
    id,
    Buffer.alloc(revision >= 4 && !encryptsMetadata ? 4 : 0, 0xff),
  );
  if (revision >= 3)
    for (let i = 0; i < 50; i++) key = md5(key.subarray(0, length));
  return key.subarray(0, length);
}

/** Algorithms 4 and 5: what U must be. */
function isUserKey(
  { revision, user, id }: PdfEncryption,
  key: Uint8Array,
): boolean {
  if (user.length < 16) return false;
  if (revision === 2) return rc4(key, padding).every((b, i) => b === user[i]);
  let sum: Uint8Array = rc4(key, md5(padding, id));
  for (let i = 1; i < 20; i++)
    sum = rc4(
      key.map((byte) => byte ^ i),
      sum,
    );
  return sum.every((byte, i) => byte === user[i]);
}

/** Algorithm 2.A. U is the hash (32 bytes), the salts for testing and for the key (8 each). */
function key256(
  { revision, user, userKey }: PdfEncryption,
  password: string,
): Uint8Array | null {
  const input = Buffer.from(password, "utf8").subarray(0, 127);
  if (user.length < 48 || userKey.length < 32) return null;
  const hash = (salt: Uint8Array): Uint8Array => {
    const first = sha(256, Buffer.concat([input, salt]));
    return revision === 5 ? first : hardened(input, first);
  };
  const tested = hash(user.subarray(32, 40));
  if (!tested.every((byte, i) => byte === user[i])) return null;
  const decipher = createDecipheriv(
    "aes-256-cbc",
    hash(user.subarray(40, 48)),
    Buffer.alloc(16),
  );
  decipher.setAutoPadding(false);
  return decipher.update(userKey.subarray(0, 32));
}

/**
 * Algorithm 2.B. It ends by itself: a byte is at most 255, so at the latest
 * in the 287th round.
 */
function hardened(input: Uint8Array, first: Uint8Array): Uint8Array {
  let key = first;
  for (let round = 0; ; round++) {
    const once = Buffer.concat([input, key]);
    const cipher = createCipheriv(
      "aes-128-cbc",
      key.subarray(0, 16),
      key.subarray(16, 32),
    );
    cipher.setAutoPadding(false);
    const mixed = cipher.update(Buffer.alloc(64 * once.length, once));
    // The first 16 bytes as a number modulo 3: 256 is 1 modulo 3.
    const rest = mixed.subarray(0, 16).reduce((sum, byte) => sum + byte, 0) % 3;
    key = sha(rest === 0 ? 256 : rest === 1 ? 384 : 512, mixed);
    if (round >= 63 && (mixed.at(-1) ?? 0) <= round - 31)
      return key.subarray(0, 32);
  }
}

function md5(...pieces: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("md5");
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

function sha(bits: 256 | 384 | 512, bytes: Uint8Array): Uint8Array {
  return createHash(`sha${bits}`).update(bytes).digest();
}

// Ignored: owner passwords, which people who are sent a file don't get; SASLprep
// of passwords, which changes few of those that are typed; revision 3's rare
// key lengths that the file does not state.
