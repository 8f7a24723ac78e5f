// One small dictionary of a PDF as values (ISO 32000-1 7.3): a trailer, or how
// the file is encrypted. For pdf-encryption.ts. All else is walked, not built
// (pdf-objects.ts); here what is built is bounded.

import { pdfStringBytes, PdfTokens } from "./pdf-tokens.ts";

export type PdfValue =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly value: string }
  | { readonly kind: "string"; readonly value: Uint8Array }
  | { readonly kind: "reference"; readonly value: number }
  | { readonly kind: "array"; readonly value: readonly PdfValue[] }
  | { readonly kind: "dictionary"; readonly value: PdfDictionary }
  | { readonly kind: "other"; readonly value: string };

export type PdfDictionary = ReadonlyMap<string, PdfValue>;

const maxDepth = 5;
const maxValues = 500;
const maxStringBytes = 256;

/** The dictionary that begins at `start`; empty where none does. */
export function readPdfDictionary(
  bytes: Uint8Array,
  start: number,
  limit: number,
): PdfDictionary {
  const value = new Reader(bytes, start, limit).read(0);
  return value?.kind === "dictionary" ? value.value : new Map();
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #tokens: PdfTokens;
  #values = 0;

  constructor(bytes: Uint8Array, start: number, limit: number) {
    this.#bytes = bytes;
    this.#tokens = new PdfTokens(bytes, start, limit);
  }

  /** Null at the end of what holds it. */
  read(depth: number): PdfValue | null {
    if (depth > maxDepth || ++this.#values > maxValues) return null;
    const token = this.#tokens.next();
    switch (token.kind) {
      case "number":
        return { kind: "number", value: token.value };
      case "name":
        return { kind: "name", value: token.text };
      case "string":
      case "hex-string":
        return {
          kind: "string",
          value: pdfStringBytes(this.#bytes, token, maxStringBytes),
        };
      case "array-open":
        return { kind: "array", value: this.#items(depth) };
      case "dict-open":
        return { kind: "dictionary", value: dictionary(this.#items(depth)) };
      case "word":
        return { kind: "other", value: token.text };
      case "array-close":
      case "dict-close":
      case "end":
        return null;
    }
  }

  #items(depth: number): PdfValue[] {
    const items: PdfValue[] = [];
    for (;;) {
      const item = this.read(depth + 1);
      if (item === null) return items;
      // 7.3.10: number, generation, R.
      const [number, generation] = items.slice(-2);
      if (
        item.kind === "other" &&
        item.value === "R" &&
        number?.kind === "number" &&
        generation?.kind === "number"
      )
        items.splice(-2, 2, { kind: "reference", value: number.value });
      else items.push(item);
    }
  }
}

function dictionary(items: readonly PdfValue[]): PdfDictionary {
  const entries = new Map<string, PdfValue>();
  for (let i = 0; i + 1 < items.length; i += 2) {
    const key = items[i];
    const value = items[i + 1];
    if (key?.kind === "name" && value !== undefined)
      entries.set(key.value, value);
  }
  return entries;
}
