// RPM packages: a lead, two headers, and a compressed cpio archive, which is
// the entry: it is opened in turn by its own bytes.
//
// Ignored: the lead beyond its signature, and all tags of both headers (name,
// version, scripts, digests, the payload's compressor: it shows itself).
// Scripts are bytes of the package and scanned with it.

import type { Entry, Extractor } from "./extractor.ts";
import { hasSignature, u32be } from "./archive-bytes.ts";
import { innerName } from "./stream-name.ts";

const leadBytes = 96;
const headerMagic = "\x8e\xad\xe8\x01";

export const rpm: Extractor = {
  format: "rpm",
  recognizes: ({ bytes }) => hasSignature(bytes, "\xed\xab\xee\xdb"),
  *entries({ bytes, filename }, budget): Generator<Entry> {
    const signatureEnd = headerEnd(bytes, leadBytes);
    // The signature header is padded to a multiple of eight bytes.
    const payload =
      signatureEnd === null
        ? null
        : headerEnd(bytes, Math.ceil(signatureEnd / 8) * 8);
    if (payload === null || payload >= bytes.length) {
      yield {
        kind: "unread",
        place: null,
        filename: null,
        reason: "malformed",
        name: "rpm-malformed",
      };
      return;
    }
    budget.chargePart();
    yield {
      kind: "read",
      place: "payload.cpio",
      filename: `${innerName(filename)}.cpio`,
      declaredType: null,
      content: bytes.subarray(payload),
    };
  },
};

/** Magic 0, reserved 4, index entries 8, bytes of data 12; an index entry has 16 bytes. */
function headerEnd(bytes: Uint8Array, at: number): number | null {
  if (!hasSignature(bytes, headerMagic, at)) return null;
  return at + 16 + 16 * u32be(bytes, at + 8) + u32be(bytes, at + 12);
}
