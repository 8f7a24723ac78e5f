// PDF: attachments, scripts, and what runs by itself (ISO 32000-1).
//
// Objects are found by their `N G obj`, not by the cross-reference table, and
// each is read up to the next one at most: so an object left out of the table,
// a table that lies and a string that never ends hide nothing.
//
// The remarks are of kind `macro`: PDF's scripts are what macros are to Office.
// Forms have them too, so they aren't `policy`. Attachments get no remark: they
// are parts, and rules see them.

import type { Budget } from "../budget.ts";
import { asBuffer, hasSignature } from "./archive-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { PdfFacts } from "./pdf-facts.ts";
import { applyFilters } from "./pdf-filters.ts";
import { ObjectWalk, type PdfStream } from "./pdf-objects.ts";
import { undoPredictor } from "./pdf-predictor.ts";
import { pdfMarkers } from "./pdf-markers.ts";
import { chargingParts } from "./ole-parts.ts";

// Readers accept a PDF whose header is within the first 1024 bytes (annex H.3.4.1).
const headerWithin = 1024;

// A large honest file has some ten thousand streams.
const maxStreams = 50_000;

interface Extent extends PdfStream {
  readonly end: number;
}

export const pdf: Extractor = {
  format: "pdf",
  recognizes: ({ bytes }) =>
    asBuffer(bytes.subarray(0, headerWithin)).includes("%PDF-"),
  entries: chargingParts(pdfEntries),
};

function* pdfEntries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
  const facts = new PdfFacts();
  const streams: Extent[] = [];
  const ends = new StreamEnds(bytes);
  for (const { number, start, limit } of pdfMarkers(bytes)) {
    const walk = new ObjectWalk(bytes, number, facts, budget);
    const stream = walk.run(start, limit);
    if (stream === null) continue;
    if (streams.length >= maxStreams) {
      facts.isFull = true;
      continue;
    }
    streams.push({ ...stream, end: ends.of(stream) });
  }
  if (!facts.isEncrypted)
    for (const stream of streams)
      if (stream.type === "ObjStm") {
        const data = decode(bytes, stream, budget).data;
        new ObjectWalk(data, null, facts, budget).run(0, data.length);
      }
  facts.resolve();
  if (facts.isEncrypted)
    yield {
      kind: "unread",
      place: null,
      filename: null,
      reason: "encrypted",
      name: "pdf-encrypted",
    };
  else
    for (const stream of streams)
      yield* streamEntries(bytes, stream, facts, budget);
  for (const [index, content] of facts.scripts.entries())
    yield script(`script-${index + 1}`, content);
  yield* remarks(facts);
}

function* streamEntries(
  bytes: Uint8Array,
  stream: Extent,
  facts: PdfFacts,
  budget: Budget,
): Generator<Entry> {
  const names = facts.embedded.get(stream.number);
  if (names !== undefined || stream.type === "EmbeddedFile") {
    const { data, stoppedAt } = decode(bytes, stream, budget);
    const [filename = null, ...otherFilenames] = new Set(names ?? []);
    const place = filename ?? `object-${stream.number}`;
    // A picture attached as a JPEG stream is a JPEG file.
    if (
      stoppedAt !== null &&
      !stoppedAt.startsWith("DCT") &&
      !stoppedAt.startsWith("JPX")
    )
      yield {
        kind: "unread",
        place,
        filename,
        reason: "unsupported",
        name: "pdf-filter-unknown",
      };
    yield {
      kind: "read",
      place,
      filename,
      otherFilenames,
      // /Subtype is the media type, with its slash as #2F.
      declaredType: stream.subtype?.toLowerCase() ?? null,
      content: data,
    };
  } else if (facts.scriptStreams.has(stream.number))
    yield script(`object-${stream.number}`, decode(bytes, stream, budget).data);
  else if (beginsAsFile(bytes, stream, budget))
    yield {
      kind: "read",
      place: `object-${stream.number}`,
      filename: null,
      declaredType: null,
      content: decode(bytes, stream, budget).data,
    };
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

/** Streams of no declared use: a look at the first bytes, which is cheap. */
function beginsAsFile(
  bytes: Uint8Array,
  stream: Extent,
  budget: Budget,
): boolean {
  if (stream.type !== null || stream.subtype !== null) return false;
  const raw = bytes.subarray(
    stream.start,
    Math.min(stream.end, stream.start + headBytes),
  );
  const head = applyFilters(raw, raw, stream.filters, budget).data;
  return fileSignatures.some((signature) => hasSignature(head, signature));
}

function decode(bytes: Uint8Array, stream: Extent, budget: Budget) {
  const filtered = applyFilters(
    bytes.subarray(stream.start, stream.end),
    bytes.subarray(stream.start),
    stream.filters,
    budget,
  );
  // Streams may overlap, so even those without a filter are charged.
  if (stream.filters.length === 0) budget.chargeBytes(filtered.data.length);
  return stream.predictor === null
    ? filtered
    : {
        ...filtered,
        data: undoPredictor(filtered.data, stream.predictor, budget),
      };
}

function script(place: string, content: Uint8Array): Entry {
  return {
    kind: "read",
    place,
    filename: null,
    declaredType: "text/javascript",
    content,
    leaf: true,
  };
}

function* remarks(facts: PdfFacts): Generator<Entry> {
  const names: string[] = [];
  if (facts.hasScript) names.push("pdf-javascript");
  if (facts.hasLaunch) names.push("pdf-launch");
  // Alone it is harmless: most files open at a page or a zoom that way.
  if (facts.hasOpenAction && names.length > 0) names.push("pdf-open-action");
  for (const name of names) yield { kind: "remark", finding: "macro", name };
  if (facts.isFull)
    yield {
      kind: "unread",
      place: null,
      filename: null,
      reason: "limit",
      name: "pdf-objects",
    };
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

// Ignored: pages, fonts and pictures; the cross-reference table; XFA forms;
// attached files that are only named (/FS /URL); decryption, also with the
// empty password that readers try.
