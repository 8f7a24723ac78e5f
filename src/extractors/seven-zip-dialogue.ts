// What 7-Zip does and says while it extracts, made into items and faults.
// Used by seven-zip-run.ts.
//
// With -bb1, the dialogue for two files, the second damaged, is
//   (the first file is created)
//   - docs/a.txt
//   (bytes are written)
//   (the second file is created)
//   - docs/b.txt
//   ERROR: CRC Failed : docs/b.txt
// so a line that begins "- " names the file created last, and an error line
// is about the item named last. "T " is in the place of "- " where it can
// only test, as it doesn't know the method. Where the archive cannot be
// opened, standard error has "ERROR: /a" and the reason in the next line.

import type { Budget } from "../budget.ts";
import { outputPath, type SevenZipObserver } from "./seven-zip-host.ts";
import { SevenZipOutput } from "./seven-zip-output.ts";

/** About an item or the archive, worst last. */
const sevenZipFaults = [
  "none",
  "malformed",
  "volume-missing",
  "unsupported",
  "limit",
  "encrypted",
] as const;
export type SevenZipFault = (typeof sevenZipFaults)[number];

export interface SevenZipItem {
  readonly name: string;
  /** Null where no file was created. */
  readonly content: Uint8Array | null;
  readonly fault: SevenZipFault;
}

/** Encrypted items after which it is of no use to go on: each costs a key derivation. */
const maxEncrypted = 8;

/** Thrown to end 7-Zip where an archive is encrypted. */
export class TooManyEncrypted extends Error {}

interface Item {
  readonly name: string;
  readonly output: SevenZipOutput | null;
  link: string | null;
  fault: SevenZipFault;
}

export class SevenZipDialogue implements Omit<SevenZipObserver, "memory"> {
  readonly #budget: Budget;
  readonly #items: Item[] = [];
  /** By name, for hard links. */
  readonly #outputs = new Map<string, SevenZipOutput>();
  #pending: SevenZipOutput | null = null;
  #encrypted = 0;
  /** The next error lines are about the archive, not about an item. */
  #isAboutArchive = true;
  fault: SevenZipFault = "none";

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get hasFault(): boolean {
    return (
      this.fault !== "none" || this.#items.some((one) => one.fault !== "none")
    );
  }

  items(): SevenZipItem[] {
    return this.#items.map(({ name, output, link, fault }) => ({
      name,
      content:
        output?.content() ?? (link === null ? null : Buffer.from(link, "utf8")),
      fault,
    }));
  }

  create(): SevenZipOutput {
    this.#pending = new SevenZipOutput(this.#budget);
    return this.#pending;
  }

  /** 7z's links are named first, RAR5's are not. An absolute target comes with our path in front. */
  link(target: string, path: string): void {
    const name = withoutRoot(path);
    const named = this.#items.at(-1);
    const link = target.startsWith(`${outputPath}/`)
      ? target.slice(outputPath.length)
      : target;
    if (named?.output === null && named.name === name) named.link = link;
    else this.#add(name, null, link);
  }

  line(fd: 1 | 2, text: string): void {
    if (fd === 1 && /^[-T] /.test(text)) this.#named(text.slice(2));
    else if (fd === 1 && text === "") this.#isAboutArchive = true;
    else if (text.includes("Cannot create hard link")) this.#hardLink(text);
    else if (fd === 2 || /^(?:ERROR|WARNING)\b/.test(text))
      this.worsen(faultOf(text));
  }

  /** Of the item named last, or of the archive. */
  worsen(fault: SevenZipFault): void {
    const item = this.#items.at(-1);
    if (this.#isAboutArchive || item === undefined) {
      this.fault = worse(this.fault, fault);
      return;
    }
    item.fault = worse(item.fault, fault);
    if (fault === "encrypted" && ++this.#encrypted >= maxEncrypted)
      throw new TooManyEncrypted();
  }

  #named(name: string): void {
    this.#isAboutArchive = false;
    // A directory: nothing to look into.
    if (this.#pending === null && name.endsWith("/")) return;
    this.#add(name, this.#pending, null);
    this.#pending = null;
  }

  #add(name: string, output: SevenZipOutput | null, link: string | null): void {
    this.#budget.chargePart();
    this.#items.push({ name, output, link, fault: "none" });
    if (output !== null) this.#outputs.set(name, output);
  }

  /** "ERROR: Cannot create hard link : errno=34 : Too many links : /o/new : /o/old": the same bytes under one more name. */
  #hardLink(text: string): void {
    const [old = "", made = ""] = text.split(" : ").reverse();
    this.#add(
      withoutRoot(made),
      this.#outputs.get(withoutRoot(old)) ?? null,
      null,
    );
  }
}

/** Names as 7-Zip would write them to a disk. */
function withoutRoot(path: string): string {
  return path.startsWith(`${outputPath}/`)
    ? path.slice(outputPath.length + 1)
    : path;
}

function worse(a: SevenZipFault, b: SevenZipFault): SevenZipFault {
  return sevenZipFaults.indexOf(a) >= sevenZipFaults.indexOf(b) ? a : b;
}

/** 7-Zip's texts, as its version 24.09 writes them. */
function faultOf(text: string): SevenZipFault {
  // Attributes, times and owners are of no interest, nor are directories.
  if (/^ERROR: Cannot (?:set|create folder)/.test(text)) return "none";
  if (/encrypted|wrong password/i.test(text)) return "encrypted";
  if (/allocate|memory/i.test(text)) return "limit";
  if (/unsupported/i.test(text)) return "unsupported";
  if (/unavailable data|missing volume/i.test(text)) return "volume-missing";
  return /error|unexpected end|after the end|is not archive|unconfirmed start|can ?not open|can't open|failed/i.test(
    text,
  )
    ? "malformed"
    : "none";
}
