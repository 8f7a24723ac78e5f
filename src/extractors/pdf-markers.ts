// Where a PDF's objects and trailers begin, found by their keywords
// (ISO 32000-1 7.3.10, 7.5.5). Called by pdf.ts. Linear.

import { asBuffer } from "../mime/bytes.ts";
import { isBlank } from "./pdf-tokens.ts";

export interface Marker {
  /** Object number; null for a trailer. */
  readonly number: number | null;
  readonly generation: number;
  /** After the keyword. */
  readonly start: number;
  /** Where the next marker begins, or the end. */
  readonly limit: number;
}

interface Found {
  readonly number: number | null;
  readonly generation: number;
  readonly at: number;
  readonly start: number;
}

export function* pdfMarkers(bytes: Uint8Array): Generator<Marker> {
  const buffer = asBuffer(bytes);
  let object = nextObject(buffer, 0);
  let trailer = nextTrailer(buffer, 0);
  let current: Found | null = null;
  for (;;) {
    const next: Found | null =
      object !== null && (trailer === null || object.at < trailer.at)
        ? object
        : trailer;
    if (current !== null)
      yield {
        number: current.number,
        generation: current.generation,
        start: current.start,
        limit: Math.max(next?.at ?? bytes.length, current.start),
      };
    if (next === null) return;
    if (next === object) object = nextObject(buffer, next.start);
    else trailer = nextTrailer(buffer, next.start);
    current = next;
  }
}

function nextTrailer(buffer: Buffer, from: number): Found | null {
  const at = buffer.indexOf("trailer", from, "latin1");
  return at < 0
    ? null
    : { number: null, generation: 0, at, start: at + "trailer".length };
}

/** `N G obj`. */
function nextObject(buffer: Buffer, from: number): Found | null {
  for (
    let at = buffer.indexOf("obj", from, "latin1");
    at >= 0;
    at = buffer.indexOf("obj", at + 3, "latin1")
  ) {
    const generation = digitsBefore(buffer, at);
    if (generation === null) continue;
    const number = digitsBefore(buffer, generation.at);
    if (number === null || number.at < from) continue;
    return {
      number: number.value,
      generation: generation.value,
      at: number.at,
      start: at + 3,
    };
  }
  return null;
}

// Ten digits and as many blanks are more than any writer puts.
const maxDigits = 10;

/** The number that ends, with blanks after it, at `end`. */
function digitsBefore(
  buffer: Buffer,
  end: number,
): { value: number; at: number } | null {
  let at = end;
  while (at > 0 && end - at < maxDigits && isBlank(buffer[at - 1])) at -= 1;
  if (at === end && end > 0 && !isDigit(buffer[end - 1])) return null;
  const stop = at;
  while (at > 0 && stop - at < maxDigits && isDigit(buffer[at - 1])) at -= 1;
  if (at === stop) return null;
  return { value: Number(buffer.toString("latin1", at, stop)), at };
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
