// Agile encryption of Office 2010 and later (MS-OFFCRYPTO 2.3.4.10 to 2.3.4.15):
// AES in CBC mode, segments of 4,096 bytes; the key is random, and encrypted
// with one from the password. Used by ooxml-encrypted.ts.
//
// EncryptionInfo: version (4, minor 4), flags (4), then
//   <encryption>
//     <keyData saltSize="16" blockSize="16" keyBits="256" hashSize="64"
//       cipherAlgorithm="AES" cipherChaining="ChainingModeCBC"
//       hashAlgorithm="SHA512" saltValue="..."/>
//     <dataIntegrity .../>                                       (ignored)
//     <keyEncryptors><keyEncryptor uri=".../password">
//       <p:encryptedKey spinCount="100000" (the same as keyData, and)
//         encryptedVerifierHashInput="..." encryptedVerifierHashValue="..."
//         encryptedKeyValue="..."/>

import { createDecipheriv, hash } from "node:crypto";
import { type XmlTag, xmlAttribute, xmlTags, xmlText } from "./ooxml-xml.ts";

interface AgileCipher {
  readonly hash: string;
  readonly keyBytes: number;
  readonly salt: Uint8Array;
}

export interface AgileEncryption {
  readonly data: AgileCipher;
  readonly password: AgileCipher;
  readonly rounds: number;
  readonly verifier: Uint8Array;
  readonly verifierHash: Uint8Array;
  readonly key: Uint8Array;
}

/** Office writes 100,000; more than this costs more than a second for each password. */
const mostRounds = 1 << 18;
/** What EncryptionInfo has beyond its two kilobytes is not looked at. */
const mostInfoBytes = 65_536;
const segmentBytes = 4096;
const hashes: ReadonlyMap<string, string> = new Map([
  ["SHA1", "sha1"],
  ["SHA-1", "sha1"],
  ["SHA256", "sha256"],
  ["SHA384", "sha384"],
  ["SHA512", "sha512"],
]);

// 2.3.4.13: what is hashed for the key of each of the three values.
const keyFor = {
  verifier: Buffer.from("fea7d2763b4b9e79", "hex"),
  verifierHash: Buffer.from("d7aa0f6d3061344e", "hex"),
  key: Buffer.from("146e0be7abacd0d6", "hex"),
} as const;

/** Null for what is not read, or costs too much. */
export function readAgile(info: Uint8Array): AgileEncryption | null {
  let data: AgileCipher | null = null;
  const text = xmlText(info.subarray(8, mostInfoBytes));
  for (const tag of xmlTags(text)) {
    if (tag.name === "keyData") data = cipherOf(tag);
    if (tag.name !== "encryptedKey" || data === null) continue;
    const spins = xmlAttribute(tag, "spinCount");
    // Keys for certificates have none.
    if (spins === null) continue;
    const password = cipherOf(tag);
    const rounds = /^\d{1,8}$/.test(spins) ? Number(spins) : Infinity;
    if (password === null || rounds > mostRounds) return null;
    const value = (key: string): Uint8Array =>
      wholeBlocks(base64(xmlAttribute(tag, key)));
    return {
      data,
      password,
      rounds,
      verifier: value("encryptedVerifierHashInput"),
      verifierHash: value("encryptedVerifierHashValue"),
      key: value("encryptedKeyValue"),
    };
  }
  return null;
}

function cipherOf(tag: XmlTag): AgileCipher | null {
  const value = (key: string): string => xmlAttribute(tag, key) ?? "";
  const name = hashes.get(value("hashAlgorithm").toUpperCase());
  const keyBits = Number(value("keyBits"));
  return name !== undefined &&
    value("cipherAlgorithm") === "AES" &&
    value("cipherChaining") === "ChainingModeCBC" &&
    [128, 192, 256].includes(keyBits)
    ? { hash: name, keyBytes: keyBits / 8, salt: base64(value("saltValue")) }
    : null;
}

function base64(text: string | null): Buffer {
  return Buffer.from(text ?? "", "base64");
}

function wholeBlocks(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length & ~15);
}

/** Null: it is not this password. */
export function agileKey(
  encryption: AgileEncryption,
  password: string,
): Uint8Array | null {
  const { password: cipher, rounds, data } = encryption;
  const first = digest(cipher, cipher.salt, Buffer.from(password, "utf16le"));
  // Number of the round (4), and the hash before.
  const round = Buffer.alloc(4 + first.length);
  first.copy(round, 4);
  for (let i = 0; i < rounds; i++) {
    round.writeUInt32LE(i);
    hash(cipher.hash, round, "buffer").copy(round, 4);
  }
  const decrypted = (which: keyof typeof keyFor): Uint8Array =>
    decryptCbc(
      sized(digest(cipher, round.subarray(4), keyFor[which]), cipher.keyBytes),
      cipher.salt,
      encryption[which],
    );
  const verifier = decrypted("verifier").subarray(0, cipher.salt.length);
  const wanted = digest(cipher, verifier);
  const stated = decrypted("verifierHash").subarray(0, wanted.length);
  const key = decrypted("key").subarray(0, data.keyBytes);
  return wanted.equals(stated) && key.length === data.keyBytes ? key : null;
}

/** `bytes`: whole blocks. */
export function decryptAgile(
  { data }: AgileEncryption,
  key: Uint8Array,
  bytes: Uint8Array,
): Uint8Array {
  const output = new Uint8Array(bytes.length);
  const number = Buffer.alloc(4);
  for (let at = 0; at < bytes.length; at += segmentBytes) {
    number.writeUInt32LE(at / segmentBytes);
    output.set(
      decryptCbc(
        key,
        digest(data, data.salt, number),
        bytes.subarray(at, at + segmentBytes),
      ),
      at,
    );
  }
  return output;
}

function decryptCbc(
  key: Uint8Array,
  iv: Uint8Array,
  bytes: Uint8Array,
): Uint8Array {
  const decipher = createDecipheriv(
    `aes-${key.length * 8}-cbc`,
    key,
    sized(iv, 16),
  );
  decipher.setAutoPadding(false);
  return decipher.update(bytes);
}

/** 2.3.4.11: cut, or filled up with 0x36. */
function sized(bytes: Uint8Array, length: number): Uint8Array {
  const result = Buffer.alloc(length, 0x36);
  result.set(bytes.subarray(0, length));
  return result;
}

function digest(cipher: AgileCipher, ...pieces: readonly Uint8Array[]): Buffer {
  return hash(cipher.hash, Buffer.concat(pieces), "buffer");
}
