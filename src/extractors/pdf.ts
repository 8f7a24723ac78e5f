// PDF: attachments, scripts, and what runs by itself (ISO 32000-1).
//
// Objects are found by their `N G obj`, not by the cross-reference table, and
// each is read up to the next one at most: so an object left out of the table,
// a table that lies and a string that never ends hide nothing.
//
// What says that a file is encrypted may be a trailer that no reader looks at.
// So an encrypted file is read decrypted, where a password is found, and what
// makes sense as it stands is taken as well.
//
// The remarks are of kind `macro`: PDF's scripts are what macros are to Office.
// Forms have them too, so they aren't `policy`. Attachments get no remark: they
// are parts, and rules see them.

import type { Budget } from "../budget.ts";
import { asBuffer } from "../mime/bytes.ts";
import {
  type Candidate,
  type Entry,
  type Extractor,
  passwordRemark,
} from "./extractor.ts";
import { chargingParts } from "./ole-parts.ts";
import { pdfEncryptions } from "./pdf-encryption.ts";
import type { PdfFacts } from "./pdf-facts.ts";
import { openPdf } from "./pdf-open.ts";
import { type Extent, isPlainText, PdfReading } from "./pdf-reading.ts";

// Readers accept a PDF whose header is within the first 1024 bytes (annex H.3.4.1).
const headerWithin = 1024;

export const pdf: Extractor = {
  format: "pdf",
  recognizes: ({ bytes }) =>
    asBuffer(bytes.subarray(0, headerWithin)).includes("%PDF-"),
  entries: chargingParts(pdfEntries),
};

function* pdfEntries(candidate: Candidate, budget: Budget): Generator<Entry> {
  const plain = new PdfReading(candidate.bytes, null, budget);
  if (plain.facts.encryptions.length > 0) {
    yield* encryptedEntries(plain, candidate, budget);
    return;
  }
  plain.openObjectStreams(() => true);
  yield* streamsOf(plain, () => true);
  yield* scripts(plain.facts.scripts);
  yield* remarks([plain.facts]);
}

/** `plain`: as it stands. */
function* encryptedEntries(
  plain: PdfReading,
  { bytes, passwords }: Candidate,
  budget: Budget,
): Generator<Entry> {
  const encryptions = pdfEncryptions(bytes, plain.facts.encryptions);
  const { cipher, password, isSure } = openPdf(encryptions, passwords);
  if (!isSure)
    yield {
      kind: "unread",
      place: null,
      filename: null,
      reason: "encrypted",
      name: "pdf-encrypted",
    };
  const readings = [plain];
  if (cipher !== null) {
    const decrypted = new PdfReading(bytes, cipher, budget);
    readings.push(decrypted);
    decrypted.openObjectStreams(() => true);
    yield* streamsOf(decrypted, () => true);
    yield* scripts(decrypted.facts.scripts);
  }
  const isPlain = (stream: Extent): boolean =>
    cipher?.isEncrypted(stream) !== false && plain.isPlain(stream);
  plain.openObjectStreams(isPlain);
  yield* streamsOf(plain, isPlain);
  // Encrypted ones are noise.
  yield* scripts(plain.facts.scripts.filter(isPlainText));
  yield* remarks(readings.map(({ facts }) => facts));
  if (password !== null) yield* passwordRemark(password);
}

/** Streams of the reading that are files or scripts, where `belongs` holds. */
function* streamsOf(
  reading: PdfReading,
  belongs: (stream: Extent) => boolean,
): Generator<Entry> {
  const { facts, streams } = reading;
  for (const stream of streams) {
    const place = `object-${stream.number}`;
    const names = facts.embedded.get(stream.number);
    if (names !== undefined || stream.type === "EmbeddedFile") {
      if (belongs(stream)) yield* attachment(reading, stream, names ?? []);
    } else if (facts.scriptStreams.has(stream.number)) {
      if (belongs(stream)) yield script(place, reading.decode(stream).data);
    } else if (reading.beginsAsFile(stream) && belongs(stream))
      yield {
        kind: "read",
        place,
        filename: null,
        declaredType: null,
        content: reading.decode(stream).data,
      };
  }
}

function* attachment(
  reading: PdfReading,
  stream: Extent,
  names: readonly string[],
): Generator<Entry> {
  const { data, stoppedAt } = reading.decode(stream);
  const [filename = null, ...otherFilenames] = new Set(names);
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
}

function* scripts(contents: readonly Uint8Array[]): Generator<Entry> {
  for (const [index, content] of contents.entries())
    yield script(`script-${index + 1}`, content);
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

function* remarks(facts: readonly PdfFacts[]): Generator<Entry> {
  const names: string[] = [];
  if (facts.some((one) => one.hasScript)) names.push("pdf-javascript");
  if (facts.some((one) => one.hasLaunch)) names.push("pdf-launch");
  // Alone it is harmless: most files open at a page or a zoom that way.
  if (facts.some((one) => one.hasOpenAction) && names.length > 0)
    names.push("pdf-open-action");
  for (const name of names) yield { kind: "remark", finding: "macro", name };
  if (facts.some((one) => one.isFull))
    yield {
      kind: "unread",
      place: null,
      filename: null,
      reason: "limit",
      name: "pdf-objects",
    };
}

// Ignored: pages, fonts and pictures; the cross-reference table; XFA forms;
// attached files that are only named (/FS /URL).
