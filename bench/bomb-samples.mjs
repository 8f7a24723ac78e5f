// Bombs for bench/bombs.mjs: small files that are large inside, or say so.
// Nothing of them is kept in the repository; those that need a compressor
// other than zlib are made by 7-Zip's WebAssembly.

import { createHash } from "node:crypto";
import {
  constants,
  crc32,
  deflateRawSync,
  deflateSync,
  gzipSync,
} from "node:zlib";
import SevenZip from "7z-wasm";

const million = 1e6;

function le(bytes, ...values) {
  const out = Buffer.alloc(bytes * values.length);
  values.forEach((value, i) =>
    bytes === 8
      ? out.writeBigUInt64LE(BigInt(value), 8 * i)
      : out.writeUIntLE(value, bytes * i, bytes),
  );
  return out;
}

const times = (count, bytes) =>
  Buffer.concat(Array.from({ length: count }, () => bytes));

/** Bytes that no compressor makes smaller, the same in each run. */
export function noise(length) {
  const block = (n) => createHash("sha512").update(String(n)).digest();
  return Buffer.concat(
    Array.from({ length: Math.ceil(length / 64) }, (_, n) => block(n)),
    length,
  );
}

/** `a`, packed by 7-Zip with these options. */
export async function packed(content, ...options) {
  const sevenZip = await SevenZip({ print() {}, printErr() {} });
  sevenZip.FS.writeFile("/a", content);
  if (sevenZip.callMain(["a", ...options, "/out.x", "/a"]) !== 0)
    throw new Error(`7-Zip cannot make ${options.join(" ")}`);
  process.exitCode = 0;
  return Buffer.from(sevenZip.FS.readFile("/out.x"));
}

/** One gzip member of `millions` times a million zeros; its sum and length are of no matter to a bomb. */
function gzipOfZeros(millions) {
  const head = Buffer.from("1f8b0800000000000003", "hex");
  const piece = deflateRawSync(Buffer.alloc(10 * million), {
    finishFlush: constants.Z_FULL_FLUSH,
    level: 9,
  });
  return Buffer.concat([
    head,
    times(millions / 10, piece),
    Buffer.from("0300", "hex"),
    Buffer.alloc(8),
  ]);
}

/** Entries of { name, data, method, size, central: false, at }; `at` shares the local header of another. */
function zip(entries) {
  const locals = [];
  const centrals = [];
  let at = 0;
  for (const { name, data, method = 8, size = 0, sameAs } of entries) {
    const fields = Buffer.concat([
      le(2, 0, method, 0, 0),
      le(4, 0, data.length, size),
      le(2, name.length, 0),
    ]);
    if (sameAs === undefined) {
      locals.push(Buffer.from("PK\x03\x04\x14\0"), fields, Buffer.from(name));
      locals.push(data);
    }
    centrals.push(
      Buffer.from("PK\x01\x02\x14\0\x14\0"),
      fields,
      le(2, 0, 0, 0),
      le(4, 0, sameAs ?? at),
      Buffer.from(name),
    );
    if (sameAs === undefined) at += 30 + name.length + data.length;
  }
  const directory = Buffer.concat(centrals);
  const count = entries.length % 65_536;
  return Buffer.concat([
    ...locals,
    directory,
    Buffer.from("PK\x05\x06\0\0\0\0"),
    le(2, count, count),
    le(4, directory.length, at),
    le(2, 0),
  ]);
}

/** Fifield's: a kernel of zeros, and in front of it headers, each of which quotes the next as stored data. */
function overlappingZip(files, kernelBytes) {
  let body = deflateRawSync(Buffer.alloc(kernelBytes), { level: 9 });
  const sizes = [];
  let size = kernelBytes;
  for (let i = files - 1; i >= 0; i--) {
    const name = Buffer.from(String(i).padStart(4, "0"));
    const fields = Buffer.concat([
      le(2, 0, 8, 0, 0),
      le(4, 0, body.length, size),
      le(2, name.length, 0),
    ]);
    const local = Buffer.concat([
      Buffer.from("PK\x03\x04\x14\0"),
      fields,
      name,
    ]);
    sizes.unshift({ fields, name, at: body.length });
    body =
      i === 0
        ? Buffer.concat([local, body])
        : Buffer.concat([
            Buffer.from([0]),
            le(2, local.length, 0xffff - local.length),
            local,
            body,
          ]);
    size += local.length;
  }
  const directory = Buffer.concat(
    sizes.map(({ fields, name, at }) =>
      Buffer.concat([
        Buffer.from("PK\x01\x02\x14\0\x14\0"),
        fields,
        le(2, 0, 0, 0),
        le(4, 0, body.length - at - 34),
        name,
      ]),
    ),
  );
  return Buffer.concat([
    body,
    directory,
    Buffer.from("PK\x05\x06\0\0\0\0"),
    le(2, files, files),
    le(4, directory.length, body.length),
    le(2, 0),
  ]);
}

/** As 42.zip: each level holds sixteen of the next. */
function nestedZip(levels) {
  let content = Buffer.alloc(100 * million);
  let data = deflateRawSync(content, { level: 9 });
  for (let level = 0; level < levels; level++) {
    content = zip(
      Array.from({ length: 16 }, (_, i) => ({
        // Not one like the other, or they would be opened once.
        name: `${level}-${i}.zip`,
        data,
      })),
    );
    data = deflateRawSync(content, { level: 9 });
  }
  return content;
}

/** The block header's LZMA2 property, with the header's sum put right. */
function xzWithDictionary(xz, property) {
  const out = Buffer.from(xz);
  const header = out.indexOf(Buffer.from([0x21, 0x01]), 12);
  out[header + 2] = property;
  const length = (out[12] + 1) * 4;
  out.writeUInt32LE(crc32(out.subarray(12, 12 + length - 4)), 12 + length - 4);
  return out;
}

function sevenZipWithDictionary(archive, property) {
  const out = Buffer.from(archive);
  const header = 32 + Number(out.readBigUInt64LE(12));
  const length = Number(out.readBigUInt64LE(20));
  const coder = out.indexOf(Buffer.from([0x21, 0x21, 0x01]), header);
  if (coder < 0) throw new Error("expected an LZMA2 coder in the clear");
  out[coder + 3] = property;
  out.writeUInt32LE(crc32(out.subarray(header, header + length)), 28);
  out.writeUInt32LE(crc32(out.subarray(12, 32)), 8);
  return out;
}

function tar(
  name,
  { type = "0", size, patch = [] },
  content = Buffer.alloc(0),
) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write((size ?? content.length).toString(8).padStart(11, "0"), 124);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar  \0", 257);
  for (const [at, bytes] of patch) bytes.copy(header, at);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc(-content.length & 511);
  return Buffer.concat([header, content, padding]);
}

/** GNU's old form: the map at 386, the real size at 483, both as binary numbers. */
function sparseTar() {
  const binary = (value) => {
    const bytes = Buffer.alloc(12);
    bytes[0] = 0x80;
    bytes.writeBigUInt64BE(value, 4);
    return bytes;
  };
  const size = 2n ** 63n - 1n;
  const map = Buffer.concat([binary(size - 512n), binary(512n)]);
  return Buffer.concat([
    tar(
      "sparse",
      {
        type: "S",
        patch: [
          [386, map],
          [483, binary(size)],
        ],
      },
      Buffer.alloc(512, 0x61),
    ),
    Buffer.alloc(1024),
  ]);
}

/** One folder of MSZIP blocks of 32 KiB each, and one file that is all of it. */
function cab(blocks) {
  const deflated = deflateRawSync(Buffer.alloc(32_768), { level: 9 });
  const block = Buffer.concat([
    le(4, 0),
    le(2, deflated.length + 2, 32_768),
    Buffer.from("CK"),
    deflated,
  ]);
  const file = Buffer.concat([
    le(4, blocks * 32_768, 0),
    le(2, 0, 0, 0, 0x20),
    Buffer.from("a\0"),
  ]);
  const dataAt = 36 + 8 + file.length;
  return Buffer.concat([
    Buffer.from("MSCF"),
    le(4, 0, dataAt + blocks * block.length, 0, 44, 0),
    le(2, 0x0103, 1, 1, 0, 0, 0),
    le(4, dataAt),
    le(2, blocks, 1),
    file,
    times(blocks, block),
  ]);
}

/** A root directory of many files that are all the same extent. */
function iso(files, extentBytes) {
  const sector = 2048;
  const both = (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(value, 0);
    bytes.writeUInt32BE(value, 4);
    return bytes;
  };
  const record = (name, at, size, flags) =>
    Buffer.concat([
      Buffer.from([34 + name.length - (name.length % 2) - 0, 0]),
      both(at),
      both(size),
      Buffer.alloc(7),
      Buffer.from([flags, 0, 0, 1, 0, 0, 1, name.length]),
      Buffer.from(name, "latin1"),
      Buffer.alloc((name.length + 1) % 2),
    ]);
  const perSector = 40;
  const sectors = Math.ceil(files / perSector);
  const extent = 19 + sectors;
  const directory = Buffer.alloc((sectors + 1) * sector);
  const own = Buffer.concat([
    record("\0", 18, directory.length, 2),
    record("\x01", 18, directory.length, 2),
  ]);
  own.copy(directory);
  for (let n = 0; n < files; n++)
    record(`F${String(n).padStart(6, "0")}`, extent, extentBytes, 0).copy(
      directory,
      (1 + Math.floor(n / perSector)) * sector + (n % perSector) * 40,
    );
  const volume = Buffer.alloc(sector);
  volume.write("\x01CD001\x01", "latin1");
  both(extent + extentBytes / sector).copy(volume, 80);
  for (const [at, value] of [
    [120, 1],
    [124, 1],
    [128, sector],
  ]) {
    volume.writeUInt16LE(value, at);
    volume.writeUInt16BE(value, at + 2);
  }
  record("\0", 18, directory.length, 2).copy(volume, 156);
  volume[881] = 1;
  const end = Buffer.alloc(sector);
  end.write("\xffCD001\x01", "latin1");
  return Buffer.concat([
    Buffer.alloc(16 * sector),
    volume,
    end,
    directory,
    Buffer.alloc(extentBytes),
  ]);
}

function pdf(streams) {
  const objects = streams.map(({ data, filters }, i) =>
    Buffer.concat([
      Buffer.from(
        `${i + 1} 0 obj\n<< /Length ${data.length} /Filter [${filters}] >>\nstream\n`,
      ),
      data,
      Buffer.from("\nendstream\nendobj\n"),
    ]),
  );
  return Buffer.concat([
    Buffer.from("%PDF-1.4\n"),
    ...objects,
    Buffer.from("trailer << >>\n%%EOF\n"),
  ]);
}

/** A compound file (MS-CFB) whose chains lead back to themselves. */
function oleLoops(sectors) {
  const header = Buffer.alloc(512);
  Buffer.from("d0cf11e0a1b11ae1", "hex").copy(header);
  le(2, 0x3e, 3, 0xfffe, 9, 6).copy(header, 24);
  // FAT sectors 44, first directory sector 48, cutoff 56, mini FAT 60, 64, DIFAT 68, 72.
  le(4, 109).copy(header, 44);
  le(4, 1).copy(header, 48);
  le(4, 4096, 1, 1, 1, 1).copy(header, 56);
  for (let at = 76; at < 512; at += 4) header.writeUInt32LE(0, at);
  const body = Buffer.alloc(sectors * 512);
  // Sector 0 is the FAT: each sector is followed by 1, also 1 itself.
  for (let at = 0; at < 512; at += 4) body.writeUInt32LE(1, at);
  for (let at = 512; at < body.length; at += 128) {
    body.write("R\0o\0", at, "latin1");
    le(2, 6).copy(body, at + 64);
    body[at + 66] = at === 512 ? 5 : 2;
    le(4, 1, 1, 1).copy(body, at + 68);
    le(4, 1, 0x7fff_ffff).copy(body, at + 116);
  }
  return Buffer.concat([header, body]);
}

/** TNEF with compressed RTF (MS-OXRTFCP): runs of 17 bytes for two. */
function tnef(count, rtfBytes) {
  const u32 = (value) => le(4, value);
  // Eight references a control byte, each for 17 bytes; one to the place being
  // written would be the end.
  const runs = Buffer.alloc(Math.ceil(rtfBytes / 136) * 17);
  let write = 207;
  for (let at = 0; at < runs.length; at += 17) {
    runs[at] = 0xff;
    for (let i = 0; i < 8; i++) {
      runs.writeUInt16BE(write === 0 ? 0x001f : 0x000f, at + 1 + 2 * i);
      write = (write + 17) % 4096;
    }
  }
  const rtf = Buffer.concat([
    u32(0),
    u32(rtfBytes),
    Buffer.from("LZFu"),
    u32(0),
    runs,
  ]);
  const property = Buffer.concat([
    u32(1),
    le(2, 0x0102, 0x1009),
    u32(1),
    u32(rtf.length),
    rtf,
    Buffer.alloc(-rtf.length & 3),
  ]);
  const attribute = Buffer.concat([
    Buffer.of(1),
    u32(0x00069003),
    u32(property.length),
    property,
    Buffer.of(0, 0),
  ]);
  return Buffer.concat([
    Buffer.from("789f3e220100", "hex"),
    times(count, attribute),
  ]);
}

/** RFC 8878: frames of run-length blocks, 128 KiB for four bytes, with a window of 1.9 GiB. */
function zstd(blocks) {
  const block = Buffer.concat([le(3, (131_072 << 3) | 2), Buffer.of(0)]);
  return Buffer.concat([
    Buffer.from("28b52ffd", "hex"),
    Buffer.of(0, 0xa8),
    times(blocks, block),
    le(3, 1),
  ]);
}

/** Legacy LZ4: blocks of one match that goes on and on, 255 for each byte. */
function lz4(blocks, blockBytes) {
  const block = Buffer.concat([
    Buffer.from("1f610100", "hex"),
    Buffer.alloc(blockBytes, 255),
    Buffer.of(0, 0),
  ]);
  return Buffer.concat([
    Buffer.from("02214c18", "hex"),
    times(blocks, Buffer.concat([le(4, block.length), block])),
  ]);
}

/** compress(1): a string that is always one byte longer than the one before. */
function compress(codes) {
  const bits = [];
  let width = 9;
  let inGroup = 0;
  let free = 257;
  const put = (value) => {
    for (let i = 0; i < width; i++) bits.push((value >> i) & 1);
    inGroup = (inGroup + 1) % 8;
  };
  put(0);
  for (let n = 0; n < codes; n++) {
    put(free < 65_536 ? free : 65_535);
    if (free < 65_536) free += 1;
    if (free === 1 << width && width < 16) {
      while (inGroup !== 0) put(0);
      width += 1;
    }
  }
  const out = Buffer.alloc(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => {
    if (bit) out[i >> 3] |= 1 << (i & 7);
  });
  return Buffer.concat([Buffer.from("1f9d90", "hex"), out]);
}

const stored = (name, data) => ({ name, data, method: 0, size: data.length });
const zeros = (millions) => Buffer.alloc(millions * million);
const deflated = (content) => deflateRawSync(content, { level: 9 });

/** Name, file name, what makes the bytes, and whether these are opened wholly: costly, but within the limits. */
export const bombs = [
  [
    "zip, overlapping, 42 kB",
    "a.zip",
    () => overlappingZip(250, 21.8 * million),
  ],
  [
    "zip, 250 entries of one data",
    "a.zip",
    () => {
      const data = deflated(zeros(20));
      return zip(
        Array.from({ length: 250 }, (_, i) => ({
          name: `f${i}`,
          data,
          size: 20 * million,
          ...(i > 0 && { sameAs: 0 }),
        })),
      );
    },
  ],
  [
    "zip, 250 lzma entries of one data",
    "a.zip",
    () => {
      const data = noise(million);
      return zip(
        Array.from({ length: 250 }, (_, i) => ({
          name: `f${i}`,
          data,
          method: 14,
          size: 20 * million,
          ...(i > 0 && { sameAs: 0 }),
        })),
      );
    },
  ],
  ["zip, nested, 16 in each of 5", "a.zip", () => nestedZip(5)],
  [
    "zip, 10,000 times 60 kB",
    "a.zip",
    () => {
      const data = deflated(Buffer.alloc(60_000));
      return zip(
        Array.from({ length: 10_000 }, (_, i) => ({
          name: `f${i}`,
          data,
          size: 60_000,
        })),
      );
    },
  ],
  [
    "zip, 100,000 empty entries",
    "a.zip",
    () =>
      zip(Array.from({ length: 100_000 }, (_, i) => stored(`f${i}`, zeros(0)))),
  ],
  [
    "zip, Deflate64 of 200 MB",
    "a.zip",
    async () => packed(zeros(200), "-tzip", "-mm=deflate64", "-mx1"),
  ],
  [
    "zip, names of 60 kB, in gzip",
    "a.zip.gz",
    () =>
      gzipSync(
        zip(
          Array.from({ length: 600 }, (_, i) =>
            stored(`${i}`.padEnd(60_000, "\x01"), Buffer.from("x")),
          ),
        ),
      ),
    true,
  ],
  [
    "names of 60 kB, ten zips in gzip",
    "a.zip.gz",
    () => {
      const one = Array.from({ length: 60 }, (_, i) =>
        stored(`${i}`.padEnd(60_000, "\x01"), Buffer.from("x")),
      );
      return gzipSync(
        zip(
          Array.from({ length: 10 }, (_, i) =>
            stored(`${i}.zip`, zip([...one, stored(`${i}`, zeros(0))])),
          ),
        ),
      );
    },
    true,
  ],
  ["gzip of 200 MB", "a.gz", () => gzipSync(zeros(200))],
  [
    "gzip of 200 MB, ratio 100",
    "a.gz",
    () => gzipSync(Buffer.concat([noise(2 * million), zeros(200)])),
  ],
  ["gzip of 10 GB", "a.gz", () => gzipOfZeros(10_000)],
  [
    "gzip in gzip in gzip of 10 GB",
    "a.gz",
    () => gzipSync(gzipSync(gzipOfZeros(10_000))),
  ],
  [
    "gzip, damaged, of 400 MB",
    "a.gz",
    () => {
      const bomb = gzipOfZeros(400);
      bomb.fill(0xff, bomb.length - 10);
      return bomb;
    },
  ],
  [
    "gzip, 100 damaged members of 5 MB",
    "a.gz",
    () => times(100, gzipOfZeros(10)),
  ],
  [
    "bzip2, 46 bytes for 45 MB, 90 times",
    "a.bz2",
    async () => times(90, await packed(zeros(45), "-tbzip2", "-mx7")),
  ],
  [
    "xz of 400 MB, dictionary of 1.5 GB",
    "a.xz",
    async () => xzWithDictionary(await packed(zeros(400), "-txz", "-mx1"), 37),
  ],
  [
    "xz of 400 MB, dictionary of 64 MB",
    "a.xz",
    async () => xzWithDictionary(await packed(zeros(400), "-txz", "-mx1"), 28),
  ],
  [
    "lzma with a dictionary of 1.5 GB",
    "a.lzma",
    () =>
      Buffer.concat([
        Buffer.of(0x5d),
        le(4, 0x6000_0000),
        Buffer.alloc(8, 0xff),
        Buffer.alloc(10_000),
      ]),
  ],
  [
    "7z of 400 MB, dictionary of 1.5 GB",
    "a.7z",
    async () =>
      sevenZipWithDictionary(
        await packed(zeros(400), "-t7z", "-m0=lzma2", "-mx1", "-mhc=off"),
        37,
      ),
  ],
  [
    "7z of 400 MB, dictionary of 128 MB",
    "a.7z",
    async () =>
      sevenZipWithDictionary(
        await packed(zeros(400), "-t7z", "-m0=lzma2", "-mx1", "-mhc=off"),
        30,
      ),
  ],
  [
    "7z of 220 MB, 18 MB of them packed",
    "a.7z",
    async () =>
      sevenZipWithDictionary(
        await packed(
          Buffer.concat([noise(18 * million), zeros(200)]),
          ...["-t7z", "-m0=lzma2", "-mx1", "-mhc=off"],
        ),
        30,
      ),
  ],
  [
    "7z of 400 MB, PPMd",
    "a.7z",
    async () => packed(zeros(400), "-t7z", "-m0=ppmd:mem=64m"),
  ],
  [
    "20 times 7z of 40 MB in zip",
    "a.zip",
    async () => {
      const one = await packed(
        zeros(40),
        "-t7z",
        "-m0=lzma2",
        "-mx1",
        "-mhc=off",
      );
      return zip(
        Array.from({ length: 20 }, (_, i) =>
          stored(
            `${i}.7z`,
            Buffer.concat([sevenZipWithDictionary(one, 29), le(4, i)]),
          ),
        ),
      );
    },
  ],
  ["zstd of 4 GB, window of 2 GB", "a.zst", () => zstd(32_000)],
  ["lz4 of 2 GB", "a.lz4", () => lz4(1, 8 * million)],
  ["compress of 2 GB", "a.Z", () => compress(70_000)],
  ["tar, sparse of 8 EiB", "a.tar", sparseTar],
  [
    "tar, pax header of 100 MB, in gzip",
    "a.tar.gz",
    () =>
      gzipSync(
        Buffer.concat([
          tar("x", { type: "x" }, Buffer.alloc(100 * million, "1 a=b\n")),
          Buffer.alloc(1024),
        ]),
      ),
  ],
  [
    "rar5, dictionary of 4 GB",
    "a.rar",
    () => {
      const vint = (value) => {
        const out = [];
        for (; value >= 0x80; value = Math.floor(value / 128))
          out.push((value % 128) | 0x80);
        return Buffer.from([...out, value]);
      };
      const header = (body) => {
        const sized = Buffer.concat([vint(body.length), body]);
        return Buffer.concat([le(4, crc32(sized)), sized]);
      };
      const data = noise(10_000);
      return Buffer.concat([
        Buffer.from("Rar!\x1a\x07\x01\x00", "latin1"),
        header(Buffer.of(1, 0, 0)),
        header(
          Buffer.concat([
            Buffer.of(2, 2),
            vint(data.length),
            vint(4),
            vint(4e9),
            vint(0o644),
            le(4, 0),
            vint((15 << 10) | (3 << 7)),
            Buffer.of(1, 1, 0x61),
          ]),
        ),
        data,
        header(Buffer.of(5, 0, 0)),
      ]);
    },
  ],
  ["cab, MSZIP of 2 GB", "a.cab", () => cab(60_000)],
  ["iso, 5,000 files of one extent", "a.iso", () => iso(5000, 1 << 20)],
  [
    "pdf, Flate of Flate of Flate",
    "a.pdf",
    () =>
      pdf([
        {
          data: deflateSync(deflateSync(deflateSync(zeros(500)))),
          filters: "/FlateDecode /FlateDecode /FlateDecode",
        },
      ]),
  ],
  [
    "pdf, 1,000 streams of 10 MB",
    "a.pdf",
    () => {
      const data = deflateSync(zeros(10));
      return pdf(
        Array.from({ length: 1000 }, () => ({ data, filters: "/FlateDecode" })),
      );
    },
  ],
  [
    "docx, document.xml of 400 MB",
    "a.docx",
    () =>
      zip(
        [
          ["[Content_Types].xml", Buffer.from("<Types/>")],
          ["word/document.xml", Buffer.alloc(400 * million, "<w:t>a</w:t>")],
        ].map(([name, content]) => ({
          name,
          data: deflated(content),
          size: content.length,
        })),
      ),
  ],
  ["OLE, chains in loops", "a.doc", () => oleLoops(2000)],
  [
    "TNEF, 20 times LZFu of 20 MB, in gzip",
    "winmail.dat.gz",
    () => gzipSync(tnef(20, 20 * million)),
  ],
  [
    "exe.gz.gz.gz ... of 20 layers",
    "a.gz",
    () => {
      let bytes = zeros(10);
      for (let i = 0; i < 20; i++) bytes = gzipSync(bytes);
      return bytes;
    },
  ],
];

function logLines(count) {
  const seed = noise(16_000);
  const lines = Array.from(
    { length: count },
    (_, n) =>
      `2026-11-22 10:${n % 60}:00 host${seed[n % 16_000] % 8} qmail: ${n * 7919} delivery to user${seed[(n * 31) % 16_000]} ok status ${seed[(n * 17) % 16_000] % 3}`,
  );
  return Buffer.from(lines.join("\n"));
}

/** Large and honest: opened wholly, with no finding. */
export const honest = [
  ["attachment of 50 MB", "a.bin", () => noise(50 * million)],
  ["base64 of 30 MB", "a.bin", () => noise(22.5 * million)],
  [
    "7z of 50 MB for 150 MB",
    "a.7z",
    async () => {
      const log = logLines(1_150_000);
      return packed(
        Buffer.concat([log, noise(38 * million)]),
        ...["-t7z", "-mx1", "-mhc=off"],
      );
    },
  ],
  [
    "zip of 12 MB for 100 MB of log",
    "log.zip",
    () => {
      const content = logLines(1_200_000);
      return zip([
        {
          name: "log.txt",
          data: deflateRawSync(content),
          size: content.length,
        },
      ]);
    },
  ],
];
