// The stream `PowerPoint Document` (MS-PPT): embedded OLE objects, ActiveX
// controls and the VBA project, each a compound file, most of them deflated.
// Called by ole-office.ts.

import type { Budget } from "../budget.ts";
import { u16le, u32le } from "./archive-bytes.ts";
import type { Entry } from "./extractor.ts";
import { inflatePrefix } from "./ole-inflate.ts";

// Record header (2.3.1):
//  0  2  bits 0-3 version (15: a container), bits 4-15 instance
//  2  2  type
//  4  4  length of what follows
const recordHeaderBytes = 8;
const container = 0x0f;

// ExOleObjStg and its kin (2.10.34 to 2.10.37). Instance 0: the storage as it
// is; 1: size when inflated (4, ignored), then a zlib stream.
const objectStorage = 0x1011;
// CryptSession10Container (2.3.7): the stream is encrypted.
const cryptSession = 0x2f14;

export function* powerPointEntries(
  bytes: Uint8Array,
  place: string,
  budget: Budget,
): Generator<Entry> {
  let count = 0;
  let at = 0;
  // Containers aren't skipped but entered, so no stack is needed.
  while (at + recordHeaderBytes <= bytes.length) {
    const version = u16le(bytes, at);
    const type = u16le(bytes, at + 2);
    const length = u32le(bytes, at + 4);
    at += recordHeaderBytes;
    if (type === cryptSession)
      yield {
        kind: "unread",
        place,
        filename: null,
        reason: "encrypted",
        name: "ppt-encrypted",
      };
    if ((version & 0x0f) === container) continue;
    if (type === objectStorage) {
      const data = bytes.subarray(at, at + length);
      const isDeflated = version >> 4 !== 0;
      yield {
        kind: "read",
        place: `${place}/object-${++count}`,
        filename: null,
        declaredType: null,
        content: isDeflated
          ? inflatePrefix(data.subarray(4), budget).data
          : data,
      };
    }
    at += length;
  }
}

// Ignored: slides, texts, sounds and the pictures of the stream `Pictures`.
