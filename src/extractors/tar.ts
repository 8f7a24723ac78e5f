// tar archives: v7, ustar, pax (POSIX 1003.1) and GNU's extensions.
//
// Readers differ in what they make of a wrong sum, of what follows the two
// zero blocks of the end, and of a size that the pax header and the ustar
// header state differently: all of it is read here, and remarked upon.
//
// Ignored: owners, modes, times, devices, access lists, extended attributes;
// volume labels. Directories, devices and pipes are no entries. Links are:
// the content of a symbolic link is its target, of a hard link the bytes of
// the file that it names.

import type { Budget } from "../budget.ts";
import type { Entry, Extractor } from "./extractor.ts";
import { archiveName, untilNul } from "./archive-name.ts";
import { memberEntries } from "./member.ts";
import {
  blockBytes,
  type PaxRecords,
  readPax,
  readTarHeader,
  type TarHeader,
} from "./tar-header.ts";
import {
  fillHoles,
  readGnuMap,
  readPaxMap,
  type SparseMap,
} from "./tar-sparse.ts";

export const tar: Extractor = {
  format: "tar",
  recognizes: ({ bytes }) => readTarHeader(bytes, 0) !== null,
  entries: ({ bytes }, budget) => new TarReader(bytes, budget).entries(),
};

/** What the headers before an entry's own say about it. */
interface Extension {
  name: string | null;
  linkName: string | null;
  pax: PaxRecords | null;
}

class TarReader {
  readonly #bytes: Uint8Array;
  readonly #budget: Budget;
  readonly #remarks = new Set<string>();
  /** For hard links. */
  readonly #files = new Map<string, Uint8Array>();
  #extension: Extension = { name: null, linkName: null, pax: null };
  #at = 0;

  constructor(bytes: Uint8Array, budget: Budget) {
    this.#bytes = bytes;
    this.#budget = budget;
  }

  *entries(): Generator<Entry> {
    let hasEnded = false;
    let end = 0;
    while (this.#at + blockBytes <= this.#bytes.length) {
      const header = readTarHeader(this.#bytes, this.#at);
      // After the end, and after damage, only a header with a right sum counts.
      const isLost = hasEnded || this.#remarks.has("tar-malformed");
      if (header === null || (isLost && !header.isSumRight)) {
        if (this.#isZeroBlock()) hasEnded = true;
        else if (!hasEnded) this.#remarks.add("tar-malformed");
        this.#at += blockBytes;
        continue;
      }
      if (hasEnded) this.#remarks.add("tar-after-end");
      hasEnded = false;
      if (!header.isSumRight) this.#remarks.add("tar-checksum");
      yield* this.#member(header);
      end = this.#at;
    }
    yield* this.#tail(end);
    for (const name of this.#remarks)
      yield { kind: "remark", finding: "malformed", name };
  }

  /** What stands behind the last entry and is no header: another file may be appended. Old programs fill up the last block with what was in memory, so it is no remark. */
  *#tail(end: number): Generator<Entry> {
    const rest = this.#bytes.subarray(end);
    const first = rest.findIndex((byte) => byte !== 0);
    if (first < 0) return;
    this.#budget.chargePart();
    yield {
      kind: "read",
      place: "trailing data",
      filename: null,
      declaredType: null,
      content: rest.subarray(first),
    };
  }

  #isZeroBlock(): boolean {
    return this.#bytes
      .subarray(this.#at, this.#at + blockBytes)
      .every((byte) => byte === 0);
  }

  /** One header and its data; moves on to what follows. */
  *#member(header: TarHeader): Generator<Entry> {
    const start = this.#at + blockBytes;
    const stated = this.#size(header);
    switch (header.type) {
      case "L":
        this.#extension.name = this.#text(stated);
        break;
      case "K":
        this.#extension.linkName = this.#text(stated);
        break;
      case "x":
      case "X":
        this.#extension.pax = readPax(this.#data(start, stated));
        if (!this.#extension.pax.isSound)
          this.#remarks.add("tar-pax-malformed");
        break;
      // Global pax header.
      case "g":
        break;
      // Volume label, access list (Solaris), names (old GNU): GNU tar extracts
      // the last two as files.
      case "V":
      case "A":
      case "N":
        yield* this.#unnamed(header, start, stated);
        break;
      default:
        yield* this.#file(header, stated);
        this.#extension = { name: null, linkName: null, pax: null };
        return;
    }
    this.#at = start + pad(stated);
  }

  /** Data of a header that has none, or no file, for most readers. */
  *#unnamed(
    header: TarHeader,
    start: number,
    stated: number,
  ): Generator<Entry> {
    const content = this.#data(start, stated);
    if (content.length === 0) return;
    this.#budget.chargePart();
    yield {
      kind: "read",
      place: header.name,
      filename: header.name,
      declaredType: null,
      content,
    };
  }

  /** POSIX: a pax header's size overrides; readers exist that ignore it. */
  #size(header: TarHeader): number {
    const text = this.#extension.pax?.values.get("size");
    const pax =
      text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
    if (pax !== null && pax !== header.size && pax < 8 * 2 ** 30)
      this.#remarks.add("tar-size-mismatch");
    const size = pax ?? header.size;
    if (size < 0) this.#remarks.add("tar-malformed");
    return Math.max(0, size);
  }

  *#file(header: TarHeader, stated: number): Generator<Entry> {
    const { pax, name: longName, linkName: longLink } = this.#extension;
    const start = this.#at + blockBytes;
    const name =
      pax?.values.get("GNU.sparse.name") ??
      pax?.values.get("path") ??
      longName ??
      header.name;
    const target = pax?.values.get("linkpath") ?? longLink ?? header.linkName;
    // Links and directories with a size: some programs store data, others
    // only say how large the file is. What follows shows it.
    const hasNoData =
      "123456".includes(header.type) &&
      stated > 0 &&
      (readTarHeader(this.#bytes, start)?.isSumRight ?? false);
    const size = hasNoData ? 0 : stated;
    const map =
      header.type === "S"
        ? readGnuMap(this.#bytes, this.#at)
        : pax === null
          ? null
          : readPaxMap(pax, this.#bytes, start);
    const data = this.#data(start, size);
    this.#at = start + pad(size);
    // Type S: the blocks of the map are not part of the size.
    if (header.type === "S" && map !== null) this.#at += map.dataAt - start;
    if ("3456".includes(header.type) && size === 0) return;

    let content =
      header.type === "1" && size === 0
        ? (this.#files.get(target) ?? new Uint8Array(0))
        : header.type === "2" && size === 0
          ? Buffer.from(target, "utf8")
          : data;
    if (map !== null) {
      const file = this.#sparse(header, map, start, size);
      if (file === null) {
        yield {
          kind: "unread",
          place: name,
          filename: name,
          reason: "limit",
          name: "tar-sparse",
        };
      }
      // Where the holes are too large, the data without them is had.
      content = file ?? data;
    }
    this.#files.set(name, content);
    const damage = map === null && data.length < size ? "tar-truncated" : null;
    yield* memberEntries(name, content, damage, this.#budget);
  }

  #sparse(
    header: TarHeader,
    map: SparseMap,
    start: number,
    size: number,
  ): Uint8Array | null {
    const end =
      header.type === "S"
        ? map.dataAt + size
        : Math.max(map.dataAt, start + size);
    return fillHoles(map, this.#bytes.subarray(map.dataAt, end), this.#budget);
  }

  #data(start: number, size: number): Uint8Array {
    return this.#bytes.subarray(start, start + size);
  }

  /** GNU's long names; no file system takes more than 64 KiB. */
  #text(size: number): string {
    return archiveName(
      untilNul(this.#bytes, this.#at + blockBytes, Math.min(size, 65_536)),
    );
  }
}

function pad(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes;
}
