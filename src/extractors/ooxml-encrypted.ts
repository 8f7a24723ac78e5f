// Encrypted Office documents of 2007 and later (MS-OFFCRYPTO 2.3.4): a compound
// file whose stream EncryptedPackage is the OOXML file, encrypted as the stream
// EncryptionInfo says. What opens is an entry; what doesn't stays to
// ole-office.ts, which says `encrypted`. Called by ole.ts.
//
// Tried first is the password with which Office itself protects workbooks that
// need none, and opens them without asking: senders of malware encrypt with
// it. Then come those of the message.

import type { Budget } from "../budget.ts";
import { u64le } from "./archive-bytes.ts";
import { type Entry, type Password, passwordRemark } from "./extractor.ts";
import { agileKey, decryptAgile, readAgile } from "./ooxml-encrypted-agile.ts";
import {
  decryptStandard,
  readStandard,
  standardKey,
} from "./ooxml-encrypted-standard.ts";
import type { OleEntry } from "./ole-directory.ts";
import type { CompoundFile } from "./ole-file.ts";

/** MS-OFFCRYPTO 2.2.10 and MS-XLS 2.2.10: the default password. */
const readersPassword = "VelvetSweatshop";

/** One way of encryption, read from EncryptionInfo. */
export interface OfficeEncryption {
  /** Null: it is not this password. */
  key(password: string): Uint8Array | null;
  decrypt(key: Uint8Array, data: Uint8Array): Uint8Array;
}

/** The document, where a password opens it; its streams are then in `taken`. */
export function* encryptedPackageEntries(
  file: CompoundFile,
  taken: Set<OleEntry>,
  passwords: Iterable<Password>,
  budget: Budget,
): Generator<Entry> {
  const info = find(file, "encryptioninfo");
  const data = find(file, "encryptedpackage");
  if (info === undefined || data === undefined) return;
  const encryption = readEncryption(file.read(info, budget));
  if (encryption === null) return;
  const opened = open(encryption, passwords);
  if (opened === null) return;
  const content = packageOf(
    encryption,
    opened.key,
    file.read(data, budget),
    budget,
  );
  // Sums would tell, but a file that begins otherwise is no document either.
  if (content === null) return;
  taken.add(info).add(data);
  yield {
    kind: "read",
    place: data.name,
    filename: null,
    declaredType: null,
    content,
  };
  if (opened.password !== null) yield* passwordRemark(opened.password);
}

function find(file: CompoundFile, name: string): OleEntry | undefined {
  return file.entries.find(
    (one) =>
      one.isStream && one.path.length === 1 && one.name.toLowerCase() === name,
  );
}

// EncryptionInfo: version major (2), minor (2): 4.4 agile, x.2 standard, x.3
// extensible, which names a program that decrypts and is not read.
function readEncryption(info: Uint8Array): OfficeEncryption | null {
  const minor = info[2];
  if (minor === 4) {
    const agile = readAgile(info);
    return (
      agile && {
        key: (password) => agileKey(agile, password),
        decrypt: (key, data) => decryptAgile(agile, key, data),
      }
    );
  }
  if (minor !== 2) return null;
  const standard = readStandard(info);
  return (
    standard && {
      key: (password) => standardKey(standard, password),
      decrypt: decryptStandard,
    }
  );
}

function open(
  encryption: OfficeEncryption,
  passwords: Iterable<Password>,
): { key: Uint8Array; password: Password | null } | null {
  const key = encryption.key(readersPassword);
  if (key !== null) return { key, password: null };
  for (const password of passwords) {
    const own = encryption.key(password.text);
    if (own !== null) return { key: own, password };
  }
  return null;
}

/** Up to two blocks of the cipher and a segment may fill the stream up. */
const mostFilling = 4096 + 32;

/** EncryptedPackage (2.3.4.4): size of the document (8), then its cipher text. Null: nothing is there. */
function packageOf(
  encryption: OfficeEncryption,
  key: Uint8Array,
  data: Uint8Array,
  budget: Budget,
): Uint8Array | null {
  const size = u64le(data, 0);
  // What is not whole blocks was cut off.
  const cipherBytes = (data.length - 8) & ~15;
  if (cipherBytes <= 0) return null;
  budget.chargeBytes(cipherBytes);
  const content = encryption.decrypt(key, data.subarray(8, 8 + cipherBytes));
  // A size that is far too small would hide what Office may repair.
  return content.length - size <= mostFilling
    ? content.subarray(0, size)
    : content;
}

// Ignored: the sums over the package (dataIntegrity), which tell of changes and
// not of content; DataSpaces; extensible encryption; keys for certificates.
