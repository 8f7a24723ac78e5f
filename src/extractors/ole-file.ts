// Compound files, "OLE2" (MS-CFB): the file system inside Office 97
// documents, Outlook's .msg, Windows installer packages and vbaProject.bin.
// A reader for ole.ts and its kin: directory and streams, nothing about what
// is in them.
//
// Broken files give what can be had: a chain that ends early or runs in a
// circle ends there, directory entries that the tree doesn't reach are listed
// all the same, and no count of the header is believed.

import type { Budget } from "../budget.ts";
import { hasSignature, u16le, u32le } from "./archive-bytes.ts";
import { type OleEntry, parseDirectory } from "./ole-directory.ts";

// Header (2.2), 512 bytes:
//   0   8  signature           D0CF11E0A1B11AE1
//   8  16  CLSID               ignored, zero
//  24   2  minor version       ignored
//  26   2  major version       3 or 4: only says how wide sizes are
//  28   2  byte order          ignored: FFFE always
//  30   2  sector shift        9, or 12 with version 4
//  32   2  mini sector shift   6
//  34   6  reserved            ignored
//  40   4  directory sectors   ignored
//  44   4  FAT sectors         ignored: follows from the DIFAT
//  48   4  first directory sector
//  52   4  transaction number  ignored
//  56   4  mini stream cutoff  4096: smaller streams are in the mini stream
//  60   4  first mini FAT sector
//  64   4  mini FAT sectors    ignored
//  68   4  first DIFAT sector
//  72   4  DIFAT sectors       ignored
//  76 436  first 109 entries of the DIFAT: the sectors that hold the FAT
const headerBytes = 512;
const signature = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const headerDifatEntries = 109;

// Above this a sector number is a marker: free, end of chain, FAT, DIFAT.
const lastSector = 0xfffffffa;
const freeSector = 0xffffffff;

/** True where a compound file begins. */
export function isCompoundFile(bytes: Uint8Array): boolean {
  return hasSignature(bytes, signature);
}

export class CompoundFile {
  readonly entries: readonly OleEntry[];
  /** CLSID of the root storage, lower-case hex as stored. */
  readonly rootClass: string;
  /** A chain was cut short, a sector lay beyond the end, or the tree was not a tree. */
  isBroken = false;

  readonly #bytes: Uint8Array;
  readonly #sectorBytes: number;
  readonly #miniSectorBytes: number;
  readonly #cutoff: number;
  readonly #sectors: number;
  readonly #fat: Uint32Array;
  readonly #miniFat: Uint32Array;
  readonly #miniStream: Uint8Array;
  // Which chain last came through a sector: finds circles without a set.
  readonly #visited: Uint32Array;
  readonly #miniVisited: Uint32Array;
  #chains = 0;

  /** Reads FATs and directory. Throws LimitReached. */
  constructor(bytes: Uint8Array, budget: Budget) {
    this.#bytes = bytes;
    const shift = u16le(bytes, 30);
    this.#sectorBytes = 1 << (shift >= 7 && shift <= 16 ? shift : 9);
    const miniShift = u16le(bytes, 32);
    this.#miniSectorBytes =
      1 << (miniShift >= 2 && miniShift <= 12 ? miniShift : 6);
    this.#cutoff = u32le(bytes, 56);
    // 2.2 allows nothing else, and readers differ in what they make of it.
    if (this.#cutoff !== 4096) this.isBroken = true;
    this.#sectors = Math.max(
      0,
      Math.ceil((bytes.length - this.#firstSectorAt()) / this.#sectorBytes),
    );
    this.#visited = new Uint32Array(this.#sectors);
    this.#fat = this.#readFat();
    const directory = this.#read(u32le(bytes, 48), Infinity, budget);
    const { entries, root, isBroken } = parseDirectory(
      directory,
      u16le(bytes, 26) >= 4,
    );
    this.entries = entries;
    this.isBroken ||= isBroken;
    this.rootClass = root.classId;
    this.#miniFat = toSectorNumbers(
      this.#read(u32le(bytes, 60), Infinity, budget),
    );
    this.#miniVisited = new Uint32Array(this.#miniFat.length);
    // The stated size of the mini stream is not believed: its chain ends it.
    this.#miniStream = this.#read(root.start, Infinity, budget);
  }

  /** A stream's bytes, as many as its chain has. Charged to the budget; throws LimitReached. */
  read(entry: OleEntry, budget: Budget): Uint8Array {
    const isMini = entry.size < this.#cutoff;
    const data = isMini
      ? this.#readMini(entry.start, entry.size, budget)
      : this.#read(entry.start, entry.size, budget);
    if (data.length < entry.size) this.isBroken = true;
    return data;
  }

  // 2.2: the header takes the place of a sector, also where sectors are larger.
  #firstSectorAt(): number {
    return Math.max(headerBytes, this.#sectorBytes);
  }

  #readFat(): Uint32Array {
    const perSector = this.#sectorBytes / 4;
    const fat = new Uint32Array(this.#sectors).fill(freeSector);
    let filled = 0;
    const addFatSector = (sector: number): void => {
      // FAT sectors past those that describe the whole file have no use.
      if (filled >= this.#sectors) return;
      if (sector < this.#sectors) {
        const at = this.#firstSectorAt() + sector * this.#sectorBytes;
        const count = Math.min(perSector, this.#sectors - filled);
        for (let i = 0; i < count; i++)
          fat[filled + i] = u32le(this.#bytes, at + i * 4);
      }
      filled += perSector;
    };
    for (let i = 0; i < headerDifatEntries; i++)
      addFatSector(u32le(this.#bytes, 76 + i * 4));
    // 2.5: a DIFAT sector holds FAT sectors and, last, the next DIFAT sector.
    const seen = new Set<number>();
    let difat = u32le(this.#bytes, 68);
    while (
      filled < this.#sectors &&
      difat < this.#sectors &&
      !seen.has(difat)
    ) {
      seen.add(difat);
      const at = this.#firstSectorAt() + difat * this.#sectorBytes;
      for (let i = 0; i < perSector - 1; i++)
        addFatSector(u32le(this.#bytes, at + i * 4));
      difat = u32le(this.#bytes, at + (perSector - 1) * 4);
    }
    return fat;
  }

  #read(start: number, size: number, budget: Budget): Uint8Array {
    const chain = this.#chain(
      start,
      Math.ceil(size / this.#sectorBytes),
      this.#fat,
      this.#visited,
    );
    return gather(
      this.#bytes.subarray(Math.min(this.#firstSectorAt(), this.#bytes.length)),
      chain,
      this.#sectorBytes,
      size,
      budget,
    );
  }

  #readMini(start: number, size: number, budget: Budget): Uint8Array {
    const chain = this.#chain(
      start,
      Math.ceil(size / this.#miniSectorBytes),
      this.#miniFat,
      this.#miniVisited,
    );
    return gather(this.#miniStream, chain, this.#miniSectorBytes, size, budget);
  }

  /** Sectors of a chain, at most `max`. */
  #chain(
    start: number,
    max: number,
    fat: Uint32Array,
    visited: Uint32Array,
  ): number[] {
    this.#chains += 1;
    const chain: number[] = [];
    let sector = start;
    while (chain.length < max && sector <= lastSector) {
      if (sector >= fat.length || visited[sector] === this.#chains) {
        this.isBroken = true;
        break;
      }
      visited[sector] = this.#chains;
      chain.push(sector);
      sector = fat[sector] ?? freeSector;
    }
    return chain;
  }
}

function toSectorNumbers(bytes: Uint8Array): Uint32Array {
  const numbers = new Uint32Array(Math.floor(bytes.length / 4));
  for (let i = 0; i < numbers.length; i++) numbers[i] = u32le(bytes, i * 4);
  return numbers;
}

function gather(
  bytes: Uint8Array,
  chain: readonly number[],
  sectorBytes: number,
  size: number,
  budget: Budget,
): Uint8Array {
  let available = 0;
  for (const sector of chain)
    available += Math.max(
      0,
      Math.min(sectorBytes, bytes.length - sector * sectorBytes),
    );
  const length = Math.min(size, available);
  budget.chargeBytes(length);
  const data = new Uint8Array(length);
  let at = 0;
  for (const sector of chain) {
    if (at >= length) break;
    const from = sector * sectorBytes;
    const part = bytes.subarray(
      from,
      Math.min(from + sectorBytes, from + length - at),
    );
    data.set(part, at);
    at += part.length;
  }
  return data;
}

// Ignored: times, state bits, colours and order of the tree, the red-black
// rules, transaction numbers, range-lock sector (2.8): nothing that holds data.
// Free sectors and the slack behind a stream's end are not looked at: no
// reader of documents shows them.
