// A small plain zip file made of entries whose method Node does not know, for
// 7-Zip to open in one run: names are numbers, local and central headers
// agree, nothing overlaps. Called by zip-member.ts.

import { crc32 } from "node:zlib";

import { asBuffer } from "../mime/bytes.ts";
import type { ZipHeader } from "./zip-records.ts";

export interface Repacked {
  readonly header: ZipHeader;
  readonly method: number;
  readonly data: Uint8Array;
}

/**
 * Of the flags only 1 and 2 are kept: they are the methods' own (4.4.4).
 * Fields in order: zip-records.ts.
 */
export function repack(entries: readonly Repacked[]): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  entries.forEach(({ header, method, data }, index) => {
    const name = Buffer.from(String(index), "latin1");
    const common = Buffer.alloc(26);
    common.writeUInt16LE(63, 0);
    common.writeUInt16LE(header.flags & 6, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(header.crc, 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(Math.min(header.size, 0xffff_fffe), 18);
    common.writeUInt16LE(name.length, 22);
    locals.push(Buffer.from("PK\x03\x04", "latin1"), common, name);
    locals.push(asBuffer(data));
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    centrals.push(
      Buffer.from("PK\x01\x02\x3f\0", "latin1"),
      common,
      tail,
      name,
    );
    at += 30 + name.length + data.length;
  });
  const directory = Buffer.concat(centrals);
  const end = Buffer.from(`PK\x05\x06${"\0".repeat(18)}`, "latin1");
  end.writeUInt16LE(entries.length % 65_536, 8);
  end.writeUInt16LE(entries.length % 65_536, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** The entry's CRC is that of its header; false for none stated. */
export function isCrc(header: ZipHeader, content: Uint8Array): boolean {
  return crc32(content) === header.crc;
}
