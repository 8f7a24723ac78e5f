// One entry of a zip file, by its central and its local header, either of
// which may be missing. Called by zip.ts.
//
// Most methods know where their data ends, so sizes are only compared, not
// believed. Stored data has no end of its own: where the headers state two
// lengths, both are entries.

import type { Budget } from "../budget.ts";
import { asBuffer } from "../mime/bytes.ts";
import type { Entry } from "./extractor.ts";
import { u8 } from "./archive-bytes.ts";
import { entriesOf } from "./seven-zip.ts";
import { openWithSevenZip } from "./seven-zip-run.ts";
import type { ZipArchive } from "./zip-archive.ts";
import { type Decrypted, decryptZipData, isDecryptable } from "./zip-crypto.ts";
import {
  findDataLength,
  isForSevenZip,
  readZipData,
  zipMethod,
} from "./zip-data.ts";
import { zipNames } from "./zip-name.ts";
import {
  type CentralHeader,
  extraField,
  zipFlag,
  type ZipHeader,
} from "./zip-records.ts";
import { isCrc, repack } from "./zip-repack.ts";

/** One header's view of the data. */
interface Reading {
  readonly header: ZipHeader;
  readonly length: number;
  /** The header has the CRC and the size. */
  readonly isComplete: boolean;
}

/** Yields the entry; returns the offset after its data. */
export function* readMember(
  archive: ZipArchive,
  central: CentralHeader | null,
  local: ZipHeader | null,
): Generator<Entry, number> {
  const { bytes, budget, coverage, remarks } = archive;
  const header = central ?? local;
  if (header === null) return 0;
  const names = [...new Set([central, local].flatMap(namesOf))];
  const name = names[0] ?? "";
  if (local === null) {
    remarks.add("zip-directory-mismatch");
    budget.chargePart();
    yield unread(name, "malformed", "zip-local-header-missing");
    return header.end;
  }
  if (central !== null && differ(central, local))
    remarks.add("zip-directory-mismatch");
  let end = Infinity;
  let read = 0;
  const had: Uint8Array[] = [];
  const failures: Entry[] = [];
  const readings = readingsOf(bytes, central, local);
  for (const reading of readings) {
    const result = openReading(archive, local, reading, names);
    end = Math.min(end, local.end + result.used);
    read += result.used;
    if (result.entry === null) continue;
    if (result.entry.kind !== "read") {
      failures.push(result.entry);
      continue;
    }
    const { content } = result.entry;
    if (content.length === 0 && name.endsWith("/")) continue;
    if (had.some((one) => asBuffer(one).equals(content))) continue;
    had.push(content);
    budget.chargePart();
    yield result.entry;
    if (result.remark !== null)
      yield {
        kind: "remark",
        finding: "malformed",
        name: result.remark,
        aboutLastEntry: true,
      };
  }
  // Said once, and only where no reading of the entry led to bytes.
  const [failure] = failures;
  if (had.length === 0 && failure !== undefined) {
    budget.chargePart();
    yield failure;
  }
  end = Number.isFinite(end) ? end : local.end;
  coverage.addEntry(local.at, end, read);
  return end;
}

function namesOf(header: ZipHeader | null): string[] {
  return header === null ? [] : zipNames(header);
}

/** 4.4.4: with flag 3 the local header may leave CRC and sizes 0. */
function differ(central: ZipHeader, local: ZipHeader): boolean {
  const open = (local.flags & zipFlag.descriptor) !== 0;
  const same = (key: "crc" | "packed" | "size"): boolean =>
    central[key] === local[key] || (open && local[key] === 0);
  return (
    central.method !== local.method ||
    (central.flags & zipFlag.encrypted) !== (local.flags & zipFlag.encrypted) ||
    !same("packed") ||
    !same("size") ||
    !(same("crc") || (local.flags & zipFlag.masked) !== 0) ||
    !Buffer.from(central.name).equals(local.name)
  );
}

function readingsOf(
  bytes: Uint8Array,
  central: ZipHeader | null,
  local: ZipHeader,
): Reading[] {
  const readings: Reading[] = [];
  if (central !== null)
    readings.push({
      header: central,
      length: central.packed,
      isComplete: true,
    });
  const isOpen = (local.flags & zipFlag.descriptor) !== 0 && local.packed === 0;
  // An open local header says nothing of its own but the method.
  const length =
    isOpen && central !== null ? central.packed : findDataLength(bytes, local);
  const isSame =
    central !== null &&
    central.method === local.method &&
    central.packed === length &&
    ((central.flags ^ local.flags) & zipFlag.encrypted) === 0;
  if (!isSame) readings.push({ header: local, length, isComplete: !isOpen });
  return readings;
}

interface Opened {
  /** Null where it waits for 7-Zip. */
  readonly entry: Entry | null;
  readonly used: number;
  readonly remark: string | null;
}

function openReading(
  archive: ZipArchive,
  local: ZipHeader,
  reading: Reading,
  names: readonly string[],
): Opened {
  const { bytes, budget } = archive;
  const { header, length } = reading;
  const name = names[0] ?? "";
  const available = Math.max(0, Math.min(length, bytes.length - local.end));
  const stated = bytes.subarray(local.end, local.end + available);
  const failed = (entry: Entry): Opened => ({
    entry,
    used: available,
    remark: null,
  });

  let plain: Decrypted = {
    method: header.method,
    data: bytes.subarray(local.end),
  };
  let dataLength = available;
  if ((header.flags & zipFlag.encrypted) !== 0) {
    const opened = decrypted(archive, header, stated);
    if (opened === null)
      return failed(unread(name, "encrypted", encryptionName(header)));
    plain = opened;
    dataLength = plain.data.length;
  }
  const { method, data: packed } = plain;
  if (isForSevenZip(method)) {
    archive.deferred.push({
      header,
      method,
      data: packed.subarray(0, dataLength),
      names,
    });
    return { entry: null, used: available, remark: null };
  }
  const data = readZipData(method, packed, dataLength, budget);
  if (data === null)
    return failed(unread(name, "unsupported", "zip-unsupported-method"));
  const isWhole = !reading.isComplete || isCrc(header, data.content);
  const isShort = local.end + length > bytes.length;
  const remark = isShort
    ? "zip-truncated"
    : !data.isSound || (!isWhole && header.crc !== 0)
      ? "zip-checksum"
      : reading.isComplete &&
          (data.content.length !== header.size ||
            (packed.length > dataLength && data.used !== length))
        ? "zip-size-mismatch"
        : null;
  if (data.content.length === 0 && dataLength > 0 && remark !== null)
    return failed(unread(name, "malformed", remark));
  return {
    entry: {
      kind: "read",
      place: name,
      filename: name,
      otherFilenames: names.slice(1),
      declaredType: null,
      content: data.content,
    },
    used: method === zipMethod.stored ? available : Math.max(data.used, 0),
    remark,
  };
}

/** With the first password that leads to the stated CRC. */
function decrypted(
  { passwords, opening, budget }: ZipArchive,
  header: ZipHeader,
  stated: Uint8Array,
): Decrypted | null {
  if (!isDecryptable(header)) return null;
  for (const password of passwords) {
    const plain = decryptZipData(header, stated, password.text);
    if (plain === null || !fits(header, plain, budget)) continue;
    opening.add(password);
    return plain;
  }
  return null;
}

/** One in 256 wrong passwords passes traditional encryption's own test: the entry's CRC decides. */
function fits(header: ZipHeader, plain: Decrypted, budget: Budget): boolean {
  budget.chargeBytes(plain.data.length);
  // WinZip's AES has a sum of its own, and with AE-2 no CRC.
  if (header.method === zipMethod.aes || isForSevenZip(plain.method))
    return true;
  const data = readZipData(plain.method, plain.data, plain.data.length, budget);
  return data !== null && isCrc(header, data.content);
}

function unread(
  name: string,
  reason: "encrypted" | "unsupported" | "malformed",
  finding: string,
): Entry {
  return { kind: "unread", place: name, filename: name, reason, name: finding };
}

/** 4.5.12 field 0017: strong encryption; APPNOTE's appendix E: WinZip's AES has method 99. */
function encryptionName(header: ZipHeader): string {
  if (header.method === zipMethod.aes) {
    const strength = extraField(header.extra, 0x9901);
    const bits = strength === null ? 0 : [128, 192, 256][u8(strength, 4) - 1];
    return `zip-encrypted-aes${bits ?? ""}`;
  }
  if (
    (header.flags & (zipFlag.strongEncryption | zipFlag.masked)) !== 0 ||
    extraField(header.extra, 0x0017) !== null
  )
    return "zip-encrypted-strong";
  return "zip-encrypted-zipcrypto";
}

/** Entries for 7-Zip, in one run. */
export function* readDeferred({
  deferred,
  budget,
}: ZipArchive): Generator<Entry> {
  if (deferred.length === 0) return;
  const result = openWithSevenZip(repack(deferred), "zip", budget);
  const seen = new Set<number>();
  for (const item of result.items) {
    const index = Number(item.name);
    const names = deferred[index]?.names ?? [];
    seen.add(index);
    for (const entry of entriesOf("zip", { ...item, name: names[0] ?? "" }))
      yield entry.kind === "read"
        ? { ...entry, otherFilenames: names.slice(1) }
        : entry;
  }
  if (result.limit !== null) throw result.limit;
  for (const [index, { names }] of deferred.entries())
    if (!seen.has(index))
      yield unread(names[0] ?? "", "malformed", "zip-malformed");
}
