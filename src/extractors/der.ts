// ASN.1 values in BER (ITU-T X.690), of which DER is a subset, as far as CMS
// needs them: finding elements one after another and one within another, and
// the bytes of octet strings that are cut into pieces. Used by cms.ts.
//
// Stated lengths are clipped to what encloses them; nothing recurses.

import type { ChargedBytes } from "./charged-bytes.ts";

export interface Element {
  /** Identifier octet without the constructed bit: 0x04 OCTET STRING, 0x80 [0]. */
  readonly tag: number;
  readonly constructed: boolean;
  /** Offset of the first content octet. */
  readonly start: number;
  /** Offset after the content; of what encloses it where the length is indefinite. */
  readonly end: number;
  /** Ends at an end-of-contents mark (8.1.3.6). */
  readonly indefinite: boolean;
}

export const tags = {
  integer: 0x02,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x10,
  set: 0x11,
  context0: 0x80,
} as const;

/** The element at `at`; null at an end-of-contents mark, the limit, or where none can be. */
export function readElement(
  bytes: Uint8Array,
  at: number,
  limit: number,
): Element | null {
  if (at + 2 > limit) return null;
  const identifier = bytes[at] ?? 0;
  let next = at + 1;
  // Tag numbers above 30 take further octets (8.1.2.4); their value is of no use here.
  if ((identifier & 0x1f) === 0x1f) {
    while (next < limit && (bytes[next] ?? 0) >= 0x80) next += 1;
    next += 1;
  }
  const constructed = (identifier & 0x20) !== 0;
  const tag = identifier & ~0x20;
  const first = bytes[next] ?? 0;
  next += 1;
  if (identifier === 0 && first === 0) return null;
  if (next > limit) return null;
  if (first === 0x80) {
    if (!constructed) return null;
    return { tag, constructed, start: next, end: limit, indefinite: true };
  }
  let length = first;
  if (first > 0x80) {
    const octets = first & 0x7f;
    length = 0;
    for (let i = 0; i < octets && next < limit; i++, next++)
      length = length * 256 + (bytes[next] ?? 0);
  }
  // `length` may be anything up to Infinity; the comparison clips that too.
  const end = length > limit - next ? limit : next + length;
  return { tag, constructed, start: next, end, indefinite: false };
}

/** Offset after the element, its end-of-contents mark included. */
function afterElement(bytes: Uint8Array, element: Element): number {
  if (!element.indefinite) return element.end;
  let open = 1;
  let at = element.start;
  while (open > 0 && at < element.end) {
    const inner = readElement(bytes, at, element.end);
    if (inner === null) {
      if (bytes[at] !== 0 || bytes[at + 1] !== 0) return element.end;
      open -= 1;
      at += 2;
    } else if (inner.indefinite) {
      open += 1;
      at = inner.start;
    } else at = inner.end;
  }
  return at;
}

/** The elements directly inside a constructed one. */
export function* children(
  bytes: Uint8Array,
  element: Element,
): Generator<Element> {
  if (!element.constructed) return;
  let at = element.start;
  for (;;) {
    const child = readElement(bytes, at, element.end);
    if (child === null) return;
    yield child;
    at = afterElement(bytes, child);
  }
}

// Pieces within pieces serve no purpose; two levels are the most that is seen.
const pieceLevels = 16;

/**
 * Puts the octets of a constructed OCTET STRING together (8.7.3). False where
 * it is nested too deeply; what was found before is in `output`.
 */
export function joinPieces(
  bytes: Uint8Array,
  element: Element,
  output: ChargedBytes,
): boolean {
  const open: Element[] = [element];
  let at = element.start;
  for (;;) {
    const inside = open.at(-1);
    if (inside === undefined) return true;
    const piece = readElement(bytes, at, inside.end);
    if (piece === null) {
      open.pop();
      at = inside.indefinite ? Math.min(at + 2, inside.end) : inside.end;
    } else if (!piece.constructed) {
      output.append(bytes.subarray(piece.start, piece.end));
      at = piece.end;
    } else {
      if (open.length >= pieceLevels) return false;
      open.push(piece);
      at = piece.start;
    }
  }
}

/** An OBJECT IDENTIFIER's content in lower-case hex, which is how they are compared here. */
export function oidHex(bytes: Uint8Array, element: Element): string {
  const end = Math.min(element.end, element.start + 32);
  return Buffer.from(bytes.subarray(element.start, end)).toString("hex");
}
