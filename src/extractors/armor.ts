// ASCII armor (RFC 9580 6.2) and PEM (RFC 7468) inside text: base64 between
// "-----BEGIN LABEL-----" and "-----END LABEL-----". Used by openpgp.ts and
// cms.ts, which say which labels they open.

import { latin1 } from "../mime/bytes.ts";
import { findLine, lineEnd, nextLine } from "./text-lines.ts";

export interface Armor {
  readonly label: string;
  /** Offsets of the base64 lines, without header lines and checksum. */
  readonly start: number;
  readonly end: number;
  /** Where to look for the next one. */
  readonly next: number;
  /** Its END line is there. */
  readonly ended: boolean;
}

// "-----BEGIN PGP MESSAGE, PART 12/34-----" has 40.
const labelLineChars = 100;

/** The first armored block at or after `from` whose label is wanted. */
export function findArmor(
  bytes: Uint8Array,
  from: number,
  isWanted: (label: string) => boolean,
): Armor | null {
  let at = findLine(bytes, "-----BEGIN ", from);
  while (at >= 0) {
    const end = lineEnd(bytes, at);
    const line = latin1(bytes, at, Math.min(end, at + labelLineChars));
    const label = /^-----BEGIN ([^-]+)-----[ \t]*$/.exec(line)?.[1];
    if (label !== undefined && isWanted(label))
      return bodyOf(bytes, label, nextLine(bytes, end));
    at = findLine(bytes, "-----BEGIN ", at + 1);
  }
  return null;
}

function bodyOf(bytes: Uint8Array, label: string, from: number): Armor {
  // Header lines ("Version: ...") have a colon, which base64 never has; a
  // blank line follows them.
  let start = from;
  while (start < bytes.length) {
    const end = lineEnd(bytes, start);
    const isHeader = bytes.subarray(start, end).includes(0x3a);
    const isBlank = !bytes.subarray(start, end).some((byte) => byte > 0x20);
    if (!isHeader && !isBlank) break;
    start = nextLine(bytes, end);
  }
  let at = start;
  while (at < bytes.length) {
    // The checksum line, "=" and four characters, or the next delimiter.
    if (bytes[at] === 0x3d || bytes[at] === 0x2d) break;
    at = nextLine(bytes, lineEnd(bytes, at));
  }
  const close = bytes[at] === 0x3d ? nextLine(bytes, lineEnd(bytes, at)) : at;
  return {
    label,
    start,
    end: at,
    next: at,
    ended: latin1(bytes, close, close + 9) === "-----END ",
  };
}
