// OneNote sections (MS-ONESTORE): the files embedded in them. They are found
// by the GUID before each, not by walking the file's nodes: an embedded file is
// stored as it is, and a node that lies about it hides nothing this way.

import type { Budget } from "../budget.ts";
import { asBuffer } from "../mime/bytes.ts";
import { hasSignature, u64le } from "./archive-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { chargingParts } from "./ole-parts.ts";

// Header (2.3.1): guidFileType (16) tells .one and .onetoc2; the rest (FATs,
// counts, transaction log) is ignored.
const fileTypes = [
  "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3",
  "\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f",
];

// FileDataStoreObject (2.6.13):
//  0 16  guidHeader  BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC
// 16  8  cbLength    of the file; a lie means up to the next object
// 24  4  unused      ignored
// 28  8  reserved    ignored
// 36  n  the file, padded to eight
//  . 16  guidFooter  71FBA722-0F79-4A0B-BB13-899256426B24, ignored
const guidHeader = Buffer.from("e716e3bd65261145a4c48d4d0b7a9eac", "hex");
const objectHeaderBytes = 36;

export const onenote: Extractor = {
  format: "onenote",
  recognizes: ({ bytes }) =>
    fileTypes.some((signature) => hasSignature(bytes, signature)),
  entries: chargingParts(oneNoteEntries),
};

function* oneNoteEntries(
  { bytes }: Candidate,
  budget: Budget,
): Generator<Entry> {
  const buffer = asBuffer(bytes);
  let count = 0;
  let at = buffer.indexOf(guidHeader);
  while (at >= 0) {
    const start = at + objectHeaderBytes;
    const length = u64le(bytes, at + 16);
    // The embedded file may be a section with objects of its own, so the
    // search goes on within it; what is found twice is charged twice.
    const next = buffer.indexOf(guidHeader, at + guidHeader.length);
    const fits = start + length <= bytes.length;
    const end = fits ? start + length : next < 0 ? bytes.length : next;
    const content = bytes.subarray(start, end);
    budget.chargeBytes(content.length);
    yield {
      kind: "read",
      place: `file-${++count}`,
      filename: null,
      declaredType: null,
      content,
    };
    at = next;
  }
}

// Ignored: the names of embedded files (they are properties elsewhere, tied to
// the data by object ids), text, drawings, revisions; sections as OneDrive
// packs them (MS-FSSHTTPB), where a file may lie in pieces.
