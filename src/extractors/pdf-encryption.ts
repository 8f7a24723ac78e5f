// How a PDF says that it is encrypted: the /Encrypt dictionary of the standard
// security handler (ISO 32000-2 7.6.2 and 7.6.4). Called by pdf-open.ts; the
// key is made of it in pdf-keys.ts.
//
// Ignored: permissions, which no reader of bytes is bound by, but for their
// part in the key; public-key handlers, whose keys are with the recipients.

import { pdfMarkers } from "./pdf-markers.ts";
import {
  type PdfDictionary,
  type PdfValue,
  readPdfDictionary,
} from "./pdf-dictionary.ts";

/** How bytes are encrypted; `aes` has a key for each object, `aes256` one. */
export type PdfMethod = "none" | "rc4" | "aes" | "aes256";

export interface PdfEncryption {
  /** R: 2 to 6. */
  readonly revision: number;
  /** Lengths that the key may have: files are wrong about it. */
  readonly keyBytes: readonly number[];
  readonly owner: Uint8Array;
  readonly user: Uint8Array;
  /** UE: the key, encrypted with what the user password makes. */
  readonly userKey: Uint8Array;
  readonly permissions: number;
  /** First half of the file's ID. */
  readonly id: Uint8Array;
  readonly encryptsMetadata: boolean;
  readonly streams: PdfMethod;
  readonly strings: PdfMethod;
  readonly files: PdfMethod;
}

/** Where a dictionary with an /Encrypt stands. */
export interface EncryptPlace {
  readonly start: number;
  readonly limit: number;
}

/** Each costs key derivations. Honest files have one, named by each trailer. */
const maxEncryptions = 4;

/** Those that the trailers name, each once, the last one first: it is mostly the one in force. */
export function pdfEncryptions(
  bytes: Uint8Array,
  places: readonly EncryptPlace[],
): readonly PdfEncryption[] {
  const found: PdfEncryption[] = [];
  const wanted = new Map<number, Uint8Array>();
  for (const { start, limit } of places) {
    const trailer = readPdfDictionary(bytes, start, limit);
    const encrypt = trailer.get("Encrypt");
    const id = firstId(trailer.get("ID"));
    if (encrypt?.kind === "reference") wanted.set(encrypt.value, id);
    if (encrypt?.kind === "dictionary")
      found.push(...encryption(encrypt.value, id));
  }
  if (wanted.size > 0)
    for (const { number, start, limit } of pdfMarkers(bytes)) {
      const id = number === null ? undefined : wanted.get(number);
      if (id !== undefined)
        found.push(...encryption(readPdfDictionary(bytes, start, limit), id));
    }
  const distinct = new Map(found.map((one) => [fingerprint(one), one]));
  return [...distinct.values()].slice(-maxEncryptions).reverse();
}

/** Versions of a file repeat it word for word. */
function fingerprint(encryption: PdfEncryption): string {
  return JSON.stringify(encryption, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
  );
}

function firstId(value: PdfValue | undefined): Uint8Array {
  const first = value?.kind === "array" ? value.value[0] : undefined;
  return first?.kind === "string" ? first.value : new Uint8Array(0);
}

/** None where it is not of a kind that a password opens. */
function encryption(from: PdfDictionary, id: Uint8Array): PdfEncryption[] {
  const version = number(from, "V", 0);
  const revision = number(from, "R", 0);
  // Version 3 was never published.
  if (![1, 2, 4, 5].includes(version) || revision < 2 || revision > 6)
    return [];
  if (name(from, "Filter", "Standard") !== "Standard") return [];
  const stated = Math.floor(number(from, "Length", 40) / 8);
  const method = (key: string, other: PdfMethod): PdfMethod =>
    version < 4 ? "rc4" : cryptFilter(from, key, other);
  const streams = method("StmF", "none");
  const metadata = from.get("EncryptMetadata");
  return [
    {
      revision,
      keyBytes: [...new Set([version === 4 ? 16 : stated, 5, 16])].filter(
        (length) => length >= 5 && length <= 16,
      ),
      owner: string(from, "O"),
      user: string(from, "U"),
      userKey: string(from, "UE"),
      permissions: number(from, "P", 0),
      id,
      encryptsMetadata: !(
        metadata?.kind === "other" && metadata.value === "false"
      ),
      streams,
      strings: method("StrF", "none"),
      files: method("EFF", streams),
    },
  ];
}

/** 7.6.6: a name of /CF, or Identity. */
function cryptFilter(
  from: PdfDictionary,
  key: string,
  other: PdfMethod,
): PdfMethod {
  const used = from.get(key);
  const filters = from.get("CF");
  if (used?.kind !== "name") return other;
  const filter =
    filters?.kind === "dictionary" ? filters.value.get(used.value) : undefined;
  if (filter?.kind !== "dictionary") return "none";
  switch (name(filter.value, "CFM", "None")) {
    case "V2":
      return "rc4";
    case "AESV2":
      return "aes";
    case "AESV3":
      return "aes256";
    default:
      return "none";
  }
}

function number(from: PdfDictionary, key: string, other: number): number {
  const value = from.get(key);
  return value?.kind === "number" ? value.value : other;
}

function name(from: PdfDictionary, key: string, other: string): string {
  const value = from.get(key);
  return value?.kind === "name" ? value.value : other;
}

function string(from: PdfDictionary, key: string): Uint8Array {
  const value = from.get(key);
  return value?.kind === "string" ? value.value : new Uint8Array(0);
}
