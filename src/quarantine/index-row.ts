// One line of the index (index-file.ts): what is needed to choose among held
// messages without opening their files. Whatever is shown, released or deleted
// is read from its file, so a row decides nothing but which files are read.
//
//   ID, arrival (ms), bytes of the message, bytes of the head, spam score or -
//   + where a text was cut, else -
//   sender, recipients, subject, findings: xtext, lists with commas
//   FNV-1a of all that stands before, 8 hex digits
//
// Fields are separated by tabs. A line that was torn fails its sum and is as
// good as absent: that message's file is read instead. Rows are read where
// they lie: strings of 100,000 lines cost more than the whole search may.

import type { EntryHead } from "./entry.ts";
import { formatXtext, parseXtext } from "./xtext.ts";

/** Longest text of a row, in bytes before xtext: with all of them a row is under 4 KiB. */
const textBytes = 200;

const fieldCount = 10;
const tab = 0x09;
const newline = 0x0a;

/** FNV-1a, 32 bits (RFC 9923 2). */
const basis = 0x811c9dc5;
const prime = 0x01000193;

/** One line with its end. */
export function formatRow(head: EntryHead, headSize: number): string {
  const whole = { isCut: false };
  const cut = (bytes: Uint8Array): string => {
    if (bytes.length > textBytes) whole.isCut = true;
    return formatXtext(bytes.subarray(0, textBytes));
  };
  const list = (items: readonly Uint8Array[]): string => {
    const texts: string[] = [];
    let room = textBytes;
    for (const item of items) {
      if (item.length > room) {
        whole.isCut = true;
        break;
      }
      texts.push(formatXtext(item));
      room -= item.length + 1;
    }
    return texts.join(",");
  };
  const texts = [
    cut(head.envelope.sender),
    list(head.envelope.recipients),
    cut(Buffer.from(head.subject ?? "", "latin1")),
    list(
      head.findings.map(({ kind, name }) =>
        Buffer.from(`${kind}:${name}`, "utf8"),
      ),
    ),
  ];
  const line = [
    head.id,
    head.receivedAt,
    head.size,
    headSize,
    head.spam?.score ?? "-",
    whole.isCut ? "+" : "-",
    ...texts,
  ].join("\t");
  let sum = basis;
  for (let at = 0; at < line.length; at++)
    sum = Math.imul(sum ^ line.charCodeAt(at), prime);
  return `${line}\t${(sum >>> 0).toString(16).padStart(8, "0")}\n`;
}

/** A row in a buffer, valid until the next one is read. */
export class IndexRow {
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  /** Where its fields end. */
  readonly #ends = new Int32Array(fieldCount);

  /**
   * Goes to the line that begins at `start`. Returns its end, `length` where
   * the buffer's content stops before; `isWhole` says whether it is a row.
   */
  read(buffer: Buffer, start: number, length: number): number {
    this.#buffer = buffer;
    this.#start = start;
    this.isWhole = false;
    let sum = basis;
    let before = 0;
    let tabs = 0;
    let at = start;
    for (; at < length; at++) {
      const byte = buffer[at] ?? 0;
      if (byte === newline) break;
      if (byte === tab) {
        if (tabs < fieldCount) this.#ends[tabs] = at;
        tabs += 1;
        before = sum;
      }
      sum = Math.imul(sum ^ byte, prime);
    }
    if (tabs === fieldCount)
      this.isWhole =
        hexNumber(buffer, (this.#ends[fieldCount - 1] ?? 0) + 1, at) ===
        before >>> 0;
    return at;
  }

  isWhole = false;

  /** With its end. */
  get line(): string {
    const sumEnd = (this.#ends[fieldCount - 1] ?? 0) + 9;
    return `${this.#buffer.toString("latin1", this.#start, sumEnd)}\n`;
  }

  get id(): string {
    return this.#field(0);
  }

  /** Milliseconds since the epoch. */
  get receivedAt(): number {
    return Number(this.#field(1));
  }

  /** Bytes of the message as received. */
  get size(): number {
    return Number(this.#field(2));
  }

  /** Bytes of our fields above it. */
  get headSize(): number {
    return Number(this.#field(3));
  }

  get score(): number | null {
    const score = this.#field(4);
    return score === "-" ? null : Number(score);
  }

  /** The texts are not whole: only the file tells what is not in them. */
  get isCut(): boolean {
    return this.#field(5) !== "-";
  }

  // One character a byte; a list's items with NUL between.

  get sender(): string {
    return decode(this.#field(6));
  }

  get recipients(): string {
    return decode(this.#field(7));
  }

  get subject(): string {
    return decode(this.#field(8));
  }

  /** `kind:name` of each. */
  get findings(): string {
    return decode(this.#field(9));
  }

  #field(n: number): string {
    const from = n === 0 ? this.#start : (this.#ends[n - 1] ?? 0) + 1;
    return this.#buffer.toString("latin1", from, this.#ends[n]);
  }
}

/** Eight digits; -1 for all else. */
function hexNumber(buffer: Buffer, from: number, to: number): number {
  if (to - from !== 8) return -1;
  let number = 0;
  for (let at = from; at < to; at++) {
    const byte = buffer[at] ?? 0;
    const digit =
      byte >= 0x30 && byte <= 0x39
        ? byte - 0x30
        : byte >= 0x61 && byte <= 0x66
          ? byte - 0x57
          : NaN;
    number = number * 16 + digit;
  }
  return number;
}

function decode(xtext: string): string {
  if (!xtext.includes("+") && !xtext.includes(",")) return xtext;
  return xtext
    .split(",")
    .map((item) => Buffer.from(parseXtext(item) ?? []).toString("latin1"))
    .join("\0");
}
