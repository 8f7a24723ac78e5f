// One archive through 7-Zip: what it created, and what it said about it.
// Called by seven-zip.ts and, for the methods that Node lacks, by zip.ts.
//
// With -bb1, 7-Zip's dialogue for two files, the second damaged, is
//   (the first file is created)
//   - docs/a.txt
//   (bytes are written)
//   (the second file is created)
//   - docs/b.txt
//   ERROR: CRC Failed : docs/b.txt
// so a line that begins "- " names the file created last, and an error line
// is about the item named last. Where the archive cannot be opened at all,
// standard error has "ERROR: /a" and the reason in the next line.

import type { Budget } from "../budget.ts";
import { LimitReached } from "../limits.ts";
import {
  inputPath,
  type OutputSink,
  runSevenZip,
  SevenZipStopped,
} from "./seven-zip-host.ts";
import { sevenZipModule, webAssembly } from "./seven-zip-module.ts";

/** What 7-Zip says about an item or the archive, worst last. */
export type SevenZipFault =
  | "none"
  | "malformed"
  | "volume-missing"
  | "unsupported"
  | "limit"
  | "encrypted";

export interface SevenZipItem {
  name: string;
  /** Null where no file was created (links). */
  content: Uint8Array | null;
  fault: SevenZipFault;
}

export interface SevenZipResult {
  readonly items: readonly SevenZipItem[];
  /** About the archive as a whole. */
  readonly fault: SevenZipFault;
  /** Set where the budget ended the run; to be thrown after `items` were used. */
  readonly limit: LimitReached | null;
}

/**
 * Memory of one 7-Zip: 17 MiB of its own, 64 MiB for the dictionary of
 * xz -9 and of 7z's ultra, 128 MiB for zstd --ultra. The whole process has to
 * stay under 256 MiB.
 */
const MEMORY_BYTES = 160 * 1024 * 1024;

export function openWithSevenZip(
  bytes: Uint8Array,
  type: string,
  budget: Budget,
  password = "",
): SevenZipResult {
  const items: RunItem[] = [];
  let pending: Output | null = null;
  let fault = "none" as SevenZipFault;
  let limit: LimitReached | null = null;
  /** The next error lines are about the archive. */
  let aboutArchive = true;

  const named = (name: string): void => {
    aboutArchive = false;
    // A directory: nothing to look into.
    if (pending === null && name.endsWith("/")) return;
    items.push({ name, output: pending, link: null, fault: "none" });
    pending = null;
  };
  const complained = (text: string): void => {
    const item = items.at(-1);
    if (text.includes("Cannot create hard link")) {
      // "... : /o/new : /o/old"
      const [old, made] = text.split(" : ").reverse();
      const target = items.find((one) => `/o/${one.name}` === old);
      items.push({
        name: made?.replace(/^\/o\//, "") ?? "",
        output: target?.output ?? null,
        link: null,
        fault: "none",
      });
      return;
    }
    const kind = faultOf(text);
    if (aboutArchive || item === undefined) fault = worse(fault, kind);
    else item.fault = worse(item.fault, kind);
  };

  try {
    const status = runSevenZip(
      sevenZipModule(),
      bytes,
      [
        "x",
        `-t${type}`,
        `-p${password}`,
        ...["-aoa", "-mmt1", "-bb1", "-bsp0", "-y", "-o/o", "--", inputPath],
      ],
      MEMORY_BYTES,
      {
        create() {
          budget.chargePart();
          pending = new Output(budget);
          return pending;
        },
        link(target) {
          const item = items.at(-1);
          if (item !== undefined) item.link = target;
        },
        line(fd, text) {
          // "T": only tested, as its method or its encryption is not known.
          if (fd === 1 && /^[-T] /.test(text)) named(text.slice(2));
          else if (fd === 1 && text === "") aboutArchive = true;
          else if (fd === 2 || /^(?:ERRORS?|WARNINGS?)\b/.test(text))
            complained(text);
        },
      },
    );
    // 2 is a fatal error, 8 not enough memory; lines have told which.
    if (status > 1 && fault === "none" && items.every(isWhole))
      fault = status === 8 ? "limit" : "malformed";
  } catch (error) {
    if (error instanceof LimitReached) limit = error;
    else if (
      error instanceof SevenZipStopped ||
      error instanceof webAssembly.RuntimeError ||
      error instanceof RangeError
    )
      fault = worse(fault, "malformed");
    else throw error;
  }
  return { items: items.map(finished), fault, limit };
}

interface RunItem {
  readonly name: string;
  readonly output: Output | null;
  link: string | null;
  fault: SevenZipFault;
}

function isWhole(item: RunItem): boolean {
  return item.fault === "none";
}

function finished(item: RunItem): SevenZipItem {
  return {
    name: item.name,
    content:
      item.output?.content() ??
      (item.link === null ? null : Buffer.from(item.link, "utf8")),
    fault: item.fault,
  };
}

const severity: readonly SevenZipFault[] = [
  "none",
  "malformed",
  "volume-missing",
  "unsupported",
  "limit",
  "encrypted",
];

function worse(a: SevenZipFault, b: SevenZipFault): SevenZipFault {
  return severity.indexOf(a) >= severity.indexOf(b) ? a : b;
}

/** 7-Zip's texts, as its version 24.09 writes them. */
function faultOf(text: string): SevenZipFault {
  // Attributes, times and owners are of no interest, nor are directories.
  if (/^ERROR: Cannot (?:set|create folder)/.test(text)) return "none";
  if (/encrypted|wrong password/i.test(text)) return "encrypted";
  if (/allocate|memory/i.test(text)) return "limit";
  if (/unsupported/i.test(text)) return "unsupported";
  if (/unavailable data|missing volume/i.test(text)) return "volume-missing";
  if (
    /error|unexpected end|after the end|is not archive|unconfirmed start|can not open|can't open/i.test(
      text,
    )
  )
    return "malformed";
  return "none";
}

/** A file that 7-Zip creates. Each byte is charged before it is kept. */
class Output implements OutputSink {
  readonly #budget: Budget;
  #bytes = new Uint8Array(0);
  length = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.length) {
      if (end > this.#budget.limits.partBytes)
        throw new LimitReached(
          "partBytes",
          `a part of ${end} bytes, at most ${this.#budget.limits.partBytes} expected`,
        );
      this.#budget.chargeBytes(end - this.length);
      if (end > this.#bytes.length) {
        const larger = new Uint8Array(
          this.#bytes.length === 0 ? end : Math.max(end, 2 * this.length),
        );
        larger.set(this.#bytes.subarray(0, this.length));
        this.#bytes = larger;
      }
      this.length = end;
    }
    this.#bytes.set(bytes, position);
  }

  /** Space reserved beforehand is not believed; what is cut off is. */
  truncate(length: number): void {
    if (length >= 0 && length < this.length) this.length = length;
  }

  content(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}
