// Decrypts the strings and streams of a PDF whose key is known (ISO 32000-2
// 7.6.3). Made by pdf-open.ts.

import { createDecipheriv, createHash } from "node:crypto";
import type { PdfEncryption, PdfMethod } from "./pdf-encryption.ts";
import { rc4 } from "./rc4.ts";

/** What of a stream decides how it is encrypted. */
export interface EncryptedStream {
  readonly number: number;
  readonly generation: number;
  readonly type: string | null;
  readonly filters: readonly string[];
}

export class PdfCipher {
  readonly #encryption: PdfEncryption;
  readonly #key: Uint8Array;

  constructor(encryption: PdfEncryption, key: Uint8Array) {
    this.#encryption = encryption;
    this.#key = key;
  }

  /** For the strings of one object. */
  strings(
    number: number,
    generation: number,
  ): (bytes: Uint8Array) => Uint8Array {
    const method = this.#encryption.strings;
    let key: Uint8Array | null = null;
    return (bytes) => {
      if (method === "none" || bytes.length === 0) return bytes;
      key ??= this.#objectKey(method, number, generation);
      return decrypt(method, key, bytes);
    };
  }

  isEncrypted(stream: EncryptedStream): boolean {
    return this.#method(stream) !== "none";
  }

  stream(stream: EncryptedStream, bytes: Uint8Array): Uint8Array {
    const method = this.#method(stream);
    if (method === "none") return bytes;
    const key = this.#objectKey(method, stream.number, stream.generation);
    return decrypt(method, key, bytes);
  }

  #method({ type, filters }: EncryptedStream): PdfMethod {
    const { encryptsMetadata, files, streams } = this.#encryption;
    // 7.5.8.2: cross-reference streams never are.
    if (type === "XRef") return "none";
    if (type === "Metadata" && !encryptsMetadata) return "none";
    // 7.4.10: a stream that names its own crypt filter; in practice Identity.
    if (filters.includes("Crypt")) return "none";
    return type === "EmbeddedFile" ? files : streams;
  }

  /** Algorithm 1: number (3 bytes), generation (2), for AES "sAlT". */
  #objectKey(
    method: PdfMethod,
    number: number,
    generation: number,
  ): Uint8Array {
    if (method === "aes256") return this.#key;
    const place = Buffer.alloc(8);
    place.writeUInt32LE(number >>> 0);
    place.writeUInt32LE(generation >>> 0, 3);
    return createHash("md5")
      .update(this.#key)
      .update(place.subarray(0, 5))
      .update(method === "aes" ? "sAlT" : "")
      .digest()
      .subarray(0, Math.min(this.#key.length + 5, 16));
  }
}

function decrypt(
  method: PdfMethod,
  key: Uint8Array,
  bytes: Uint8Array,
): Uint8Array {
  if (method === "rc4") return rc4(key, bytes);
  // The initialisation vector, then whole blocks; a line end may follow.
  const end = bytes.length - (bytes.length % 16);
  const isKey = key.length === (method === "aes256" ? 32 : 16);
  if (end < 32 || !isKey) return new Uint8Array(0);
  const decipher = createDecipheriv(
    method === "aes256" ? "aes-256-cbc" : "aes-128-cbc",
    key,
    bytes.subarray(0, 16),
  );
  decipher.setAutoPadding(false);
  const plain = decipher.update(bytes.subarray(16, end));
  // RFC 8018 6.1.1: 1 to 16 bytes, each their number. Where it is cut off, all is kept.
  const padded = plain.at(-1) ?? 0;
  return padded >= 1 && padded <= 16
    ? plain.subarray(0, plain.length - padded)
    : plain;
}
