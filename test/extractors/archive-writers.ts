// Writers of stored (not compressed) RAR, CAB and ISO 9660 files for tests,
// with the fields that tests want to lie about.

import { crc32 } from "node:zlib";

export interface StoredFile {
  readonly name: string;
  readonly content: Buffer;
  /** RAR5 only, as all below. Default: the right one. */
  readonly crc?: number;
  /** Of the compression algorithm. */
  readonly version?: number;
  readonly encryptionPower?: number;
  readonly link?: { readonly type: number; readonly to: string };
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** RAR 5.0's numbers: 7 bits a byte, least significant first. */
function vint(...values: number[]): Buffer {
  const bytes: number[] = [];
  for (let value of values) {
    while (value >= 0x80) {
      bytes.push((value & 0x7f) | 0x80);
      value >>>= 7;
    }
    bytes.push(value);
  }
  return Buffer.from(bytes);
}

/** A header: CRC, size, then what is given. */
function rar5Header(body: Buffer): Buffer {
  const sized = Buffer.concat([vint(body.length), body]);
  return Buffer.concat([u32(crc32(sized)), sized]);
}

export function rar5File(files: readonly StoredFile[]): Buffer {
  return Buffer.concat([
    Buffer.from("Rar!\x1a\x07\x01\x00", "latin1"),
    // Main header: type 1, flags, archive flags.
    rar5Header(vint(1, 0, 0)),
    ...files.flatMap((file) => {
      const name = Buffer.from(file.name);
      const records: Buffer[] = [];
      if (file.encryptionPower !== undefined) {
        // Type 1: version, flags, power, salt 16, initialisation vector 16.
        const record = Buffer.concat([
          vint(1, 0, 0),
          Buffer.from([file.encryptionPower]),
          Buffer.alloc(32, 7),
        ]);
        records.push(vint(record.length), record);
      }
      if (file.link !== undefined) {
        // Type 5: kind, flags, length, name.
        const to = Buffer.from(file.link.to);
        const record = Buffer.concat([
          vint(5, file.link.type, 0, to.length),
          to,
        ]);
        records.push(vint(record.length), record);
      }
      const extra = Buffer.concat(records);
      // File header: type 2, flags (extra area, data), sizes of both; file
      // flags (4: CRC), size, attributes, CRC, compression, system, name.
      const header = rar5Header(
        Buffer.concat([
          vint(2, extra.length > 0 ? 3 : 2),
          extra.length > 0 ? vint(extra.length) : Buffer.alloc(0),
          vint(file.content.length),
          vint(4, file.content.length, 0o100644),
          u32(file.crc ?? crc32(file.content)),
          vint(file.version ?? 0, 1, name.length),
          name,
          extra,
        ]),
      );
      return [header, file.content];
    }),
    // End: type 5, flags, end flags.
    rar5Header(vint(5, 0, 0)),
  ]);
}

/** A header: the low half of its CRC, then what is given. */
function rar4Header(body: Buffer): Buffer {
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc32(body) & 0xffff);
  return Buffer.concat([sum, body]);
}

export function rar4File(files: readonly StoredFile[]): Buffer {
  const archive = Buffer.alloc(11);
  archive[0] = 0x73;
  archive.writeUInt16LE(13, 3);
  return Buffer.concat([
    Buffer.from("Rar!\x1a\x07\x00", "latin1"),
    rar4Header(archive),
    ...files.flatMap(({ name, content }) => {
      // Type 74, flags 8000, size; packed size, size, system (3: Unix), CRC,
      // time, version 29, method 30 (stored), length of the name, mode, name.
      const body = Buffer.alloc(30);
      body[0] = 0x74;
      body.writeUInt16LE(0x8000, 1);
      body.writeUInt16LE(32 + name.length, 3);
      body.writeUInt32LE(content.length, 5);
      body.writeUInt32LE(content.length, 9);
      body[13] = 3;
      body.writeUInt32LE(crc32(content), 14);
      body[22] = 29;
      body[23] = 0x30;
      body.writeUInt16LE(name.length, 24);
      body.writeUInt32LE(0o100644, 26);
      return [rar4Header(Buffer.concat([body, Buffer.from(name)])), content];
    }),
    rar4Header(Buffer.from([0x7b, 0, 0x40, 7, 0])),
  ]);
}

/** One folder, one block of data, names with "/" written as "\". */
export function cabFile(files: readonly StoredFile[]): Buffer {
  const data = Buffer.concat(files.map(({ content }) => content));
  let offset = 0;
  const entries = files.map(({ name, content }) => {
    // Size, offset in the folder, folder, date, time, attributes, name.
    const entry = Buffer.alloc(16);
    entry.writeUInt32LE(content.length, 0);
    entry.writeUInt32LE(offset, 4);
    offset += content.length;
    return Buffer.concat([
      entry,
      Buffer.from(`${name.replace(/\//g, "\\")}\0`),
    ]);
  });
  const list = Buffer.concat(entries);
  const header = Buffer.alloc(36);
  const folder = Buffer.alloc(8);
  const block = Buffer.alloc(8);
  const dataAt = 36 + 8 + list.length;
  header.write("MSCF");
  header.writeUInt32LE(dataAt + 8 + data.length, 8);
  header.writeUInt32LE(44, 16);
  header.writeUInt16LE(0x0103, 24);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(files.length, 28);
  folder.writeUInt32LE(dataAt, 0);
  folder.writeUInt16LE(1, 4);
  // A sum of 0 is not tested.
  block.writeUInt16LE(data.length, 4);
  block.writeUInt16LE(data.length, 6);
  return Buffer.concat([header, folder, list, block, data]);
}

/** ECMA-119: one file in the root directory. */
export function isoImage(name: string, content: Buffer): Buffer {
  const sector = 2048;
  const image = Buffer.alloc(20 * sector);
  const both = (at: number, value: number): void => {
    image.writeUInt32LE(value, at);
    image.writeUInt32BE(value, at + 4);
  };
  const record = (
    at: number,
    to: number,
    size: number,
    flags: number,
    text: string,
  ): number => {
    const length = 33 + text.length + ((text.length + 1) % 2);
    image[at] = length;
    both(at + 2, to);
    both(at + 10, size);
    image[at + 25] = flags;
    image.writeUInt16LE(1, at + 28);
    image.writeUInt16BE(1, at + 30);
    image[at + 32] = text.length;
    image.write(text, at + 33, "latin1");
    return at + length;
  };
  const volume = 16 * sector;
  image.write("\x01CD001\x01", volume, "latin1");
  both(volume + 80, 20);
  for (const [at, value] of [
    [120, 1],
    [124, 1],
    [128, sector],
  ] as const) {
    image.writeUInt16LE(value, volume + at);
    image.writeUInt16BE(value, volume + at + 2);
  }
  record(volume + 156, 18, sector, 2, "\0");
  image[volume + 881] = 1;
  image.write("\xffCD001\x01", 17 * sector, "latin1");
  const first = record(18 * sector, 18, sector, 2, "\0");
  const second = record(first, 18, sector, 2, "\x01");
  record(second, 19, content.length, 0, name);
  content.copy(image, 19 * sector);
  return image;
}
