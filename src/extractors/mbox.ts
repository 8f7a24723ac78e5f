// Mailboxes as attachments (RFC 4155): messages one after another, each after
// a line "From sender date". Every message is an entry; its bytes are a view.
//
// Programs disagree whether an empty line must come before such a line and
// what it must hold. Here it counts wherever it has a time of day, so that a
// message is found by whichever reading a mail program takes.

import type { Budget } from "../budget.ts";
import { latin1 } from "../mime/bytes.ts";
import { hasSignature } from "./archive-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { findLine, lineEnd, nextLine } from "./text-lines.ts";

export const mbox: Extractor = {
  format: "mbox",

  recognizes({ bytes, declaredType }: Candidate): boolean {
    // A message that was saved with its "From " line is a message all the same.
    return (
      declaredType !== "message/rfc822" &&
      hasSignature(bytes, "From ") &&
      isSeparator(bytes, 0)
    );
  },

  *entries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
    let at = 0;
    for (let number = 1; at < bytes.length; number++) {
      const start = nextLine(bytes, lineEnd(bytes, at));
      const next = findSeparator(bytes, start);
      budget.chargePart();
      yield {
        kind: "read",
        place: String(number),
        filename: null,
        declaredType: "message/rfc822",
        content: bytes.subarray(start, next),
      };
      at = next;
    }
  },
};

/** Offset of the next separator line, or of the end. */
function findSeparator(bytes: Uint8Array, from: number): number {
  let at = findLine(bytes, "From ", from);
  while (at >= 0 && !isSeparator(bytes, at))
    at = findLine(bytes, "From ", at + 5);
  return at < 0 ? bytes.length : at;
}

/** The line at `at`, which begins with "From ", has a time: " 13:51". */
function isSeparator(bytes: Uint8Array, at: number): boolean {
  const line = latin1(bytes, at, Math.min(lineEnd(bytes, at), at + 1000));
  return /[ \t]\d{1,2}:\d\d/.test(line);
}

// Ignored: the separator's sender and date, and ">From " quoting, which is
// left as it stands: it changes one byte of a text line, and never base64.
