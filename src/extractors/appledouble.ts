// AppleSingle and AppleDouble (RFC 1740 appendices A and B): a Macintosh file's
// forks and properties in one file, or all but the data fork in a second one.
//
//   0     4  0x00051600 AppleSingle, 0x00051607 AppleDouble
//   4     4  version, 0x00010000 or 0x00020000
//   8    16  filler
//  24     2  number of entries, n
//  26  12*n  entries: 0 4 id, 4 4 offset, 8 4 length
//
// Numbers are big-endian.

import type { Budget } from "../budget.ts";
import { u16be, u32be } from "./archive-bytes.ts";
import { archiveName } from "./archive-name.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";

const signatures: ReadonlySet<number> = new Set([0x00051600, 0x00051607]);
const ids = { dataFork: 1, resourceFork: 2, realName: 3 } as const;
const entryBytes = 12;

export const appledouble: Extractor = {
  format: "appledouble",

  recognizes({ bytes }: Candidate): boolean {
    return (
      signatures.has(u32be(bytes, 0)) &&
      [0x00010000, 0x00020000].includes(u32be(bytes, 4))
    );
  },

  *entries({ bytes, filename }: Candidate, budget: Budget): Generator<Entry> {
    const found: { id: number; content: Uint8Array }[] = [];
    let name: string | null = null;
    for (let i = 0; i < u16be(bytes, 24); i++) {
      const at = 26 + i * entryBytes;
      if (at + entryBytes > bytes.length) {
        yield remark("appledouble-truncated");
        break;
      }
      const id = u32be(bytes, at);
      const start = u32be(bytes, at + 4);
      const length = u32be(bytes, at + 8);
      if (start + length > bytes.length) yield remark("appledouble-truncated");
      const content = bytes.subarray(start, start + length);
      if (id === ids.realName) name ??= archiveName(content.subarray(0, 255));
      else if (content.length > 0) found.push({ id, content });
    }
    for (const { id, content } of found) {
      if (id !== ids.dataFork && id !== ids.resourceFork) continue;
      // Entries may overlap: they cost as if copied.
      budget.chargePart();
      budget.chargeBytes(content.length);
      const isData = id === ids.dataFork;
      yield {
        kind: "read",
        place: isData ? (name ?? "data fork") : "resource fork",
        filename: isData ? (name ?? filename) : null,
        declaredType: null,
        content,
      };
    }
  },
};

function remark(name: string): Entry {
  return { kind: "remark", finding: "malformed", name };
}

// Ignored: comment, icons, dates, Finder information (extended attributes in
// newer files), access rights and the short names (ids 4 to 15): properties, a
// few bytes each, which no program opens.
