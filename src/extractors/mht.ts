// Web archives (.mht) that begin as something else. Word opens what it finds
// behind a "MIME-Version" line, whatever stands before: a PDF can be a document
// with macros as well. The archive is a view of the same bytes.
//
// Text and messages are none: a bounce or a log that quotes a header is shown.

import type { Budget } from "../budget.ts";
import { asBuffer } from "../mime/bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";

const openedByWord = /\.(?:doc|dot|docm|rtf|wps|xls|ppt|mso)$/i;
const hosts: ReadonlySet<string> = new Set([
  "application/octet-stream",
  "application/pdf",
  "application/rtf",
]);
/** Fields of the archive's own header stand together. */
const headerBytes = 4096;
/** Read at a time, since all of it as text would be in memory twice. */
const windowBytes = 1024 * 1024;
const version = /^mime-version[ \t]{0,9}:/im;
const type = /^content-type[ \t]{0,9}:\s{0,99}multipart\//im;

export const mht: Extractor = {
  format: "mht",
  recognizes: ({ bytes, declaredType, detectedType, filename }) =>
    declaredType?.startsWith("message/") !== true &&
    (hosts.has(detectedType) ||
      (detectedType.startsWith("text/") &&
        (openedByWord.test(filename ?? "") ||
          declaredType === "application/msword"))) &&
    findArchive(bytes) !== null,
  *entries({ bytes }: Candidate, budget: Budget): Generator<Entry> {
    const at = findArchive(bytes);
    if (at === null) return;
    budget.chargePart();
    yield {
      kind: "read",
      place: "web archive",
      filename: null,
      declaredType: "message/rfc822",
      content: bytes.subarray(at),
    };
  },
};

/** Offset of the first line that begins a header with both fields, in either order; null where there is none. */
function findArchive(bytes: Uint8Array): number | null {
  const buffer = asBuffer(bytes);
  for (let from = 0; from < buffer.length; from += windowBytes) {
    const text = buffer.toString(
      "latin1",
      from,
      from + windowBytes + headerBytes,
    );
    const fields = /^(?:mime-version|content-type)[ \t]{0,9}:/gim;
    for (const { index } of text.matchAll(fields)) {
      const head = text.slice(index, index + headerBytes);
      if (version.test(head) && type.test(head)) return from + index;
    }
  }
  return null;
}
