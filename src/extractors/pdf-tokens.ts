// Tokens of PDF syntax (ISO 32000-1 7.2 and 7.3). For pdf-objects.ts. Linear;
// one reused object, nothing decoded but names.

export interface PdfToken {
  kind:
    | "name"
    | "string"
    | "hex-string"
    | "number"
    | "word"
    | "dict-open"
    | "dict-close"
    | "array-open"
    | "array-close"
    | "end";
  /** Name with #xx decoded, or keyword; one character a byte. */
  text: string;
  /** Of a number. */
  value: number;
  /** Of a string: what is between the brackets. Of others: all of it. */
  start: number;
  end: number;
  /** Where the next token may start. */
  after: number;
}

// Annex C: names have at most 127 bytes. A longer one is compared by its head.
const maxNameBytes = 128;

export class PdfTokens {
  readonly token: PdfToken;
  readonly #bytes: Uint8Array;
  readonly #limit: number;

  /** Tokens from `start`, none that begins at or after `limit`. */
  constructor(bytes: Uint8Array, start: number, limit: number) {
    this.#bytes = bytes;
    this.#limit = Math.min(limit, bytes.length);
    this.token = {
      kind: "end",
      text: "",
      value: 0,
      start,
      end: start,
      after: start,
    };
  }

  /** The next token; the same object each time. */
  next(): PdfToken {
    const token = this.token;
    const at = this.#skipBlanks(token.after);
    token.start = at;
    if (at >= this.#limit) {
      token.kind = "end";
      token.end = token.after = this.#limit;
      return token;
    }
    switch (this.#bytes[at] ?? 0) {
      case 0x2f: // /
        this.#name(at);
        break;
      case 0x28: // (
        this.#string(at);
        break;
      case 0x3c: // <
        if (this.#bytes[at + 1] === 0x3c) this.#mark("dict-open", at, 2);
        else this.#hexString(at);
        break;
      case 0x3e: // >
        if (this.#bytes[at + 1] === 0x3e) this.#mark("dict-close", at, 2);
        else this.#mark("word", at, 1);
        break;
      case 0x5b:
        this.#mark("array-open", at, 1);
        break;
      case 0x5d:
        this.#mark("array-close", at, 1);
        break;
      case 0x29: // ) { }: out of place
      case 0x7b:
      case 0x7d:
        this.#mark("word", at, 1);
        break;
      default:
        this.#word(at);
    }
    return token;
  }

  #mark(kind: PdfToken["kind"], at: number, length: number): void {
    const token = this.token;
    token.kind = kind;
    token.text = "";
    token.end = token.after = at + length;
  }

  // 7.2.3: white space, and comments up to the line's end.
  #skipBlanks(from: number): number {
    let at = from;
    for (; at < this.#limit; at++) {
      const byte = this.#bytes[at] ?? 0;
      if (byte === 0x25)
        while (at + 1 < this.#limit && !isLineEnd(this.#bytes[at + 1])) at += 1;
      else if (!isBlank(byte)) break;
    }
    return at;
  }

  // 7.3.5
  #name(at: number): void {
    const token = this.token;
    let text = "";
    let end = at + 1;
    while (end < this.#limit && isRegular(this.#bytes[end])) {
      let byte = this.#bytes[end] ?? 0;
      if (byte === 0x23) {
        const code = Number.parseInt(
          String.fromCharCode(
            this.#bytes[end + 1] ?? 0,
            this.#bytes[end + 2] ?? 0,
          ),
          16,
        );
        if (code > 0x0f || this.#bytes[end + 1] === 0x30) {
          byte = code;
          end += 2;
        }
      }
      if (text.length < maxNameBytes) text += String.fromCharCode(byte);
      end += 1;
    }
    token.kind = "name";
    token.text = text;
    token.end = token.after = Math.min(end, this.#limit);
  }

  // 7.3.4.2: parentheses nest, a backslash takes one of its meaning.
  #string(at: number): void {
    const token = this.token;
    let depth = 1;
    let end = at + 1;
    for (; end < this.#limit; end++) {
      const byte = this.#bytes[end];
      if (byte === 0x5c) end += 1;
      else if (byte === 0x28) depth += 1;
      else if (byte === 0x29 && --depth === 0) break;
    }
    token.kind = "string";
    token.start = at + 1;
    token.end = Math.min(end, this.#limit);
    token.after = Math.min(end + 1, this.#limit);
  }

  #hexString(at: number): void {
    const token = this.token;
    let end = at + 1;
    while (end < this.#limit && this.#bytes[end] !== 0x3e) end += 1;
    token.kind = "hex-string";
    token.start = at + 1;
    token.end = end;
    token.after = Math.min(end + 1, this.#limit);
  }

  #word(at: number): void {
    const token = this.token;
    let end = at;
    while (end < this.#limit && isRegular(this.#bytes[end])) end += 1;
    let text = "";
    for (let i = at; i < Math.min(end, at + 24); i++)
      text += String.fromCharCode(this.#bytes[i] ?? 0);
    token.text = text;
    token.value = Number(text);
    token.kind = /^[+-]?[\d.]/.test(text) ? "number" : "word";
    token.end = token.after = end;
  }
}

/** The bytes of a string token (7.3.4), at most `max` of them. */
export function pdfStringBytes(
  bytes: Uint8Array,
  { kind, start, end }: Pick<PdfToken, "kind" | "start" | "end">,
  max: number,
): Uint8Array {
  const out: number[] = [];
  let high = -1;
  for (let at = start; at < end && out.length < max; at++) {
    const byte = bytes[at] ?? 0;
    if (kind === "hex-string") {
      const digit = Number.parseInt(String.fromCharCode(byte), 16);
      if (Number.isNaN(digit)) continue;
      if (high < 0) high = digit;
      else {
        out.push((high << 4) | digit);
        high = -1;
      }
    } else if (byte !== 0x5c) out.push(byte);
    else {
      at += 1;
      const escaped = bytes[at] ?? 0;
      const octal = /^[0-7]{1,3}/.exec(
        String.fromCharCode(escaped, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0),
      )?.[0];
      if (octal !== undefined) {
        out.push(Number.parseInt(octal, 8) & 0xff);
        at += octal.length - 1;
      } else if (escaped === 0x0d) {
        if (bytes[at + 1] === 0x0a) at += 1;
      } else if (escaped !== 0x0a) out.push(escapes.get(escaped) ?? escaped);
    }
  }
  if (high >= 0) out.push(high << 4);
  return Uint8Array.from(out);
}

const escapes: ReadonlyMap<number, number> = new Map([
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x62, 0x08],
  [0x66, 0x0c],
]);

/** A text string (7.9.2.2): UTF-16 or UTF-8 by its mark, else Latin. */
export function pdfText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return buffer
      .subarray(2, bytes.length & ~1)
      .swap16()
      .toString("utf16le");
  if (bytes[0] === 0xff && bytes[1] === 0xfe)
    return buffer.subarray(2).toString("utf16le");
  if (bytes[0] === 0xef && bytes[1] === 0xbb)
    return buffer.subarray(3).toString("utf8");
  return buffer.toString("latin1");
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}

/** 7.2.2, table 1: white space. */
export function isBlank(byte: number | undefined): boolean {
  return (
    byte === 0x20 ||
    byte === 0x0a ||
    byte === 0x0d ||
    byte === 0x09 ||
    byte === 0x00 ||
    byte === 0x0c
  );
}

// 7.2.2: neither white space nor a delimiter.
const notRegular = new Uint8Array(256);
for (const char of "\0\t\n\f\r ()<>[]{}/%") notRegular[char.charCodeAt(0)] = 1;

function isRegular(byte: number | undefined): boolean {
  return byte !== undefined && notRegular[byte] === 0;
}
