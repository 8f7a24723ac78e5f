// Writes a zip archive (PKWARE APPNOTE 6.3.10) piece by piece, entries stored:
// what is exported is mostly compressed already, or small. A message is read
// twice, for its sum and for its bytes, so that none is kept in memory. No
// zip64: what does not fit is refused, and mbox or eml taken instead.

import { crc32 } from "node:zlib";

import { failure } from "./find-held.ts";

interface Sink {
  write(piece: Uint8Array): Promise<void>;
}

export interface Zip {
  /** `name`: ASCII. `read` is called twice. */
  add(
    name: string,
    time: number,
    read: () => Iterable<Uint8Array>,
  ): Promise<void>;
  end(): Promise<void>;
}

const mostEntries = 0xffff;
const mostBytes = 0xffffffff;

export function openZip(sink: Sink): Zip {
  const directory: Buffer[] = [];
  let offset = 0;
  const write = async (piece: Uint8Array): Promise<void> => {
    await sink.write(piece);
    offset += piece.length;
  };
  return {
    add: async (name, time, read) => {
      let sum = 0;
      let size = 0;
      for (const piece of read()) {
        sum = crc32(piece, sum);
        size += piece.length;
      }
      if (directory.length >= mostEntries || offset + size + 1000 > mostBytes)
        throw failure(
          "does not fit into a zip of 4 GiB and 65,535 files; take --format mbox or eml",
        );
      const fields = entryFields(name, time, sum, size);
      const start = offset;
      await write(Buffer.concat([number(0x04034b50, 4), fields]));
      await write(Buffer.from(name, "latin1"));
      for (const piece of read()) await write(piece);
      directory.push(centralHeader(name, fields, start));
    },
    end: async () => {
      const start = offset;
      for (const header of directory) await write(header);
      const size = offset - start;
      // 4.3.16, end of central directory: signature, disks, entries, size, offset, comment.
      await write(
        Buffer.concat([
          number(0x06054b50, 4),
          number(0, 4),
          number(directory.length, 2),
          number(directory.length, 2),
          number(size, 4),
          number(start, 4),
          number(0, 2),
        ]),
      );
    },
  };
}

/** 4.3.7, what local and central headers share: version, flags, method, time, date, sum, sizes, lengths. */
function entryFields(
  name: string,
  time: number,
  sum: number,
  size: number,
): Buffer {
  const at = new Date(time);
  // 1980 to 2107.
  const year = Math.min(Math.max(at.getUTCFullYear() - 1980, 0), 127);
  const date = (year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const clock =
    (at.getUTCHours() << 11) |
    (at.getUTCMinutes() << 5) |
    (at.getUTCSeconds() >> 1);
  return Buffer.concat([
    number(20, 2),
    number(0, 2),
    number(0, 2),
    number(clock, 2),
    number(date, 2),
    number(sum, 4),
    number(size, 4),
    number(size, 4),
    number(name.length, 2),
    number(0, 2),
  ]);
}

/** 4.3.12: made by Unix, comment, disk, attributes (a plain file, 0600), offset. */
function centralHeader(name: string, fields: Buffer, start: number): Buffer {
  return Buffer.concat([
    number(0x02014b50, 4),
    number((3 << 8) | 20, 2),
    fields,
    number(0, 2),
    number(0, 2),
    number(0, 2),
    number(0o100600 * 0x10000, 4),
    number(start, 4),
    Buffer.from(name, "latin1"),
  ]);
}

function number(value: number, bytes: 2 | 4): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}
