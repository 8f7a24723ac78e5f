// One reading of a PDF's bytes: as they are, or decrypted. Called by pdf.ts,
// which for an encrypted file has both: what says "encrypted" may be a trailer
// that no reader looks at, and must hide nothing.

import type { Budget } from "../budget.ts";
import { asBuffer } from "../mime/bytes.ts";
import { hasSignature } from "./archive-bytes.ts";
import type { PdfCipher } from "./pdf-cipher.ts";
import { PdfFacts } from "./pdf-facts.ts";
import { applyFilters, type Filtered } from "./pdf-filters.ts";
import { pdfMarkers } from "./pdf-markers.ts";
import { ObjectWalk, type PdfStream } from "./pdf-objects.ts";
import { undoPredictor } from "./pdf-predictor.ts";

export interface Extent extends PdfStream {
  readonly generation: number;
  readonly end: number;
}

// First bytes of files that a script could write out of a plain stream.
const fileSignatures = [
  "MZ",
  "PK\x03\x04",
  "\xd0\xcf\x11\xe0",
  "%PDF-",
  "Rar!",
  "7z\xbc\xaf",
  "\x7fELF",
  "{\\rt",
];
const headBytes = 512;
/** NUL, tab, LF, FF, CR. */
const textControls = new Set([0, 9, 10, 12, 13]);

export class PdfReading {
  readonly facts = new PdfFacts();
  readonly streams: Extent[] = [];
  readonly #bytes: Uint8Array;
  readonly #cipher: PdfCipher | null;
  readonly #budget: Budget;

  /** Throws LimitReached. */
  constructor(bytes: Uint8Array, cipher: PdfCipher | null, budget: Budget) {
    this.#bytes = bytes;
    this.#cipher = cipher;
    this.#budget = budget;
    const ends = new StreamEnds(bytes);
    for (const { number, generation, start, limit } of pdfMarkers(bytes)) {
      const decrypt =
        number === null ? undefined : cipher?.strings(number, generation);
      const walk = new ObjectWalk(bytes, number, this.facts, budget, decrypt);
      const stream = walk.run(start, limit);
      if (stream === null) continue;
      if (this.streams.length < budget.limits.pdfStreams)
        this.streams.push({ ...stream, generation, end: ends.of(stream) });
      else this.facts.isFull = true;
    }
  }

  /** 7.5.7: objects within those streams of which `belongs` holds. */
  openObjectStreams(belongs: (stream: Extent) => boolean): void {
    for (const stream of this.streams)
      if (stream.type === "ObjStm" && belongs(stream)) {
        const { data } = this.decode(stream);
        const walk = new ObjectWalk(data, null, this.facts, this.#budget);
        walk.run(0, data.length);
      }
    this.facts.resolve();
  }

  decode(stream: Extent): Filtered {
    const filtered = this.#filter(stream);
    return stream.predictor === null
      ? filtered
      : {
          ...filtered,
          data: undoPredictor(filtered.data, stream.predictor, this.#budget),
        };
  }

  #filter(stream: Extent): Filtered {
    const { start, end, filters } = stream;
    const raw = this.#bytes.subarray(start, end);
    if (this.#cipher?.isEncrypted(stream) === true) {
      this.#budget.chargeBytes(raw.length);
      const plain = this.#cipher.stream(stream, raw);
      return applyFilters(plain, plain, filters, this.#budget);
    }
    // Streams may overlap, so even those without a filter are charged.
    if (filters.length === 0) this.#budget.chargeBytes(raw.length);
    const beyond = this.#bytes.subarray(start);
    return applyFilters(raw, beyond, filters, this.#budget);
  }

  /** Streams of no declared use: a look at the first bytes, which is cheap. */
  beginsAsFile(stream: Extent): boolean {
    return (
      stream.type === null &&
      stream.subtype === null &&
      hasFileSignature(this.#head(stream))
    );
  }

  /** It makes sense without a key: noise neither inflates nor is text. */
  isPlain(stream: Extent): boolean {
    const head = this.#head(stream);
    return /^Fl/.test(stream.filters[0] ?? "")
      ? head.length > 0
      : hasFileSignature(head) || isPlainText(head);
  }

  #head(stream: Extent): Uint8Array {
    const { start, end, filters } = stream;
    const raw = this.#bytes.subarray(start, Math.min(end, start + headBytes));
    const plain = this.#cipher?.stream(stream, raw) ?? raw;
    return applyFilters(plain, plain, filters, this.#budget).data;
  }
}

/** Mostly ASCII, with NUL as in UTF-16: of noise it is 39 %. */
export function isPlainText(bytes: Uint8Array): boolean {
  let plain = 0;
  const head = bytes.subarray(0, headBytes);
  for (const byte of head)
    if (byte >= 0x20 ? byte < 0x7f : textControls.has(byte)) plain += 1;
  return plain > 0.75 * head.length;
}

function hasFileSignature(head: Uint8Array): boolean {
  return fileSignatures.some((signature) => hasSignature(head, signature));
}

/** Where streams end. Asked in ascending order, so that all searches together are linear. */
class StreamEnds {
  readonly #buffer: Buffer;
  #next = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = asBuffer(bytes);
  }

  of({ start, length }: PdfStream): number {
    if (length !== null && this.#isEnd(start + length)) return start + length;
    if (this.#next < start) {
      const found = this.#buffer.indexOf("endstream", start, "latin1");
      this.#next = found < 0 ? this.#buffer.length : found;
    }
    return this.#next;
  }

  /** `endstream` stands at `at`, after a line end at most. */
  #isEnd(at: number): boolean {
    if (!(at >= 0 && at < this.#buffer.length)) return false;
    const text = this.#buffer.toString("latin1", at, at + 12);
    return /^\s{0,3}endstream/.test(text);
  }
}
