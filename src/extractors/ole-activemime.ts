// ActiveMime: how Word keeps a VBA project in MHTML and Word 2003 XML
// (`editdata.mso`): a short header, then a zlib stream with a compound file.
// Not documented by Microsoft.

import type { Budget } from "../budget.ts";
import { hasSignature, u8 } from "./archive-bytes.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { inflatePrefix } from "./ole-inflate.ts";
import { chargingParts } from "./ole-parts.ts";

const signature = "ActiveMime";
// The header has about 50 bytes, some of them lengths of others: so the first
// zlib header is looked for instead.
const headerBytes = 256;

export const activeMime: Extractor = {
  format: "activemime",
  recognizes: ({ bytes }) => hasSignature(bytes, signature),
  entries: chargingParts(activeMimeEntries),
};

function* activeMimeEntries(
  { bytes }: Candidate,
  budget: Budget,
): Generator<Entry> {
  for (let at = signature.length; at < headerBytes; at++) {
    const isZlib =
      bytes[at] === 0x78 && (0x7800 + u8(bytes, at + 1)) % 31 === 0;
    if (!isZlib) continue;
    const { data } = inflatePrefix(bytes.subarray(at), budget);
    if (data.length === 0) continue;
    yield {
      kind: "read",
      place: "vbaProject.bin",
      filename: null,
      declaredType: null,
      content: data,
    };
    return;
  }
  yield {
    kind: "unread",
    place: null,
    filename: null,
    reason: "malformed",
    name: "activemime-broken",
  };
}

// Ignored: all of the header.
