// Archives made to harm, for threats-archives.test.ts: bombs, a file that
// holds itself, names that lead elsewhere. All are made here, of zeros.

import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import {
  hello,
  paxRecord,
  samples,
  tarEnd,
  tarMember,
  zipFile,
  zipRecords,
} from "./archive-samples.ts";
import { compoundFile, sampleMacro, vbaProject } from "./ole-writer.ts";
import { attribute, tnefStream } from "./tnef-writer.ts";

/** A message with one attachment. */
export function mailWith(
  content: Buffer,
  name = "attached",
  type = "application/octet-stream",
): Buffer {
  const lines = content.toString("base64").replace(/.{76}/g, "$&\n");
  return Buffer.from(
    `From: a@example.test\nSubject: x\nMIME-Version: 1.0\nContent-Type: ${type}; name="${name}"\nContent-Transfer-Encoding: base64\n\n${lines}\n`,
  );
}

/** Stored, final or not: RFC 1951 3.2.4. */
function storedBlockHead(length: number, isFinal = false): Buffer {
  const head = Buffer.alloc(5);
  head[0] = isFinal ? 1 : 0;
  head.writeUInt16LE(length, 1);
  head.writeUInt16LE(~length & 0xffff, 3);
  return head;
}

/**
 * Full overlap after Fifield (2019): each entry's deflate stream quotes the
 * local header of the next in a stored block and goes on with the next one's
 * data, so that all of them end in the same zeros.
 */
export function overlapBomb(files: number, kernelBytes: number): Buffer {
  const kernel = deflateRawSync(Buffer.alloc(kernelBytes), { level: 9 });
  let data = kernel;
  const centrals: Buffer[] = [];
  /** Distance of each entry's local header from the end of the data. */
  const fromEnd: number[] = [];
  for (let i = files - 1; i >= 0; i--) {
    const size = data.length;
    const { local, central } = zipRecords(
      {
        name: i.toString(36).padStart(3, "0"),
        data: Buffer.alloc(0),
        local: { packed: size, size: kernelBytes },
        central: { packed: size, size: kernelBytes },
      },
      0,
    );
    fromEnd.push(local.length + size);
    centrals.push(central);
    const file = Buffer.concat([local, data]);
    data = Buffer.concat([storedBlockHead(local.length), file]);
  }
  const body = data.subarray(5);
  for (const [i, central] of centrals.entries())
    central.writeUInt32LE(body.length - (fromEnd[i] ?? 0), 42);
  return zipOf(body, centrals.reverse());
}

function zipOf(body: Buffer, centrals: readonly Buffer[]): Buffer {
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(centrals.length, 8);
  end.writeUInt16LE(centrals.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(body.length, 16);
  return Buffer.concat([body, directory, end]);
}

/** Zip files in zip files, `width` different ones in each. */
export function nestedBomb(depth: number, width: number): Buffer {
  let inner = zipFile([{ name: "zeros", content: Buffer.alloc(10_000_000) }]);
  for (let level = 0; level < depth; level++) {
    const copies = Array.from({ length: width }, (_, i) => ({
      name: `${level}-${i}.zip`,
      // Different bytes: what was opened once is not opened again.
      content: Buffer.concat([inner, Buffer.of(i)]),
    }));
    inner = zipFile(copies);
  }
  return inner;
}

/** APPNOTE 4.3.14 and 4.3.15: the counts stand in records of their own. */
export function zip64(entries: number): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (let i = 0; i < entries; i++) {
    const { local, central } = zipRecords({ name: `f${i}`, method: 0 }, at);
    locals.push(local);
    centrals.push(central);
    at += local.length;
  }
  const directory = Buffer.concat(centrals);
  const record = Buffer.alloc(56);
  record.write("PK\x06\x06", "latin1");
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(directory.length), 40);
  record.writeBigUInt64LE(BigInt(at), 48);
  const locator = Buffer.alloc(20);
  locator.write("PK\x06\x07", "latin1");
  locator.writeBigUInt64LE(BigInt(at + directory.length), 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.alloc(22, 0xff);
  end.write("PK\x05\x06\0\0\0\0", "latin1");
  end.writeUInt16LE(0, 20);
  return Buffer.concat([...locals, directory, record, locator, end]);
}

/**
 * A gzip file that unpacks to itself. Deflate can quote (a stored block) and
 * repeat (a match as long as its distance); with each of these five bytes
 * long, a program of them can print its own text. The sum stands within what
 * it sums, and follows from 32 equations, for a CRC is linear in its bits.
 */
export function gzipQuine(): Buffer {
  // RFC 1952 2.3, with a name to make it fifteen bytes.
  const head = Buffer.from("\x1f\x8b\x08\x08\0\0\0\0\x02\x03quin\0", "latin1");
  const say = (length: number): Buffer => storedBlockHead(length);
  const silence = say(0);
  const unit = 5;
  const make = (sum: number): Buffer => {
    const size = Buffer.alloc(4);
    const tail = Buffer.concat([storedBlockHead(0, true), u32(sum), size]);
    const headAndOne = head.length + unit;
    const tailAndOne = tail.length + unit;
    const four = repeat(4 * unit);
    const program = [
      head,
      say(headAndOne),
      head,
      say(headAndOne),
      repeat(headAndOne),
      say(unit),
      repeat(headAndOne),
      say(unit),
      say(unit),
      say(4 * unit),
      repeat(headAndOne),
      say(unit),
      say(unit),
      say(4 * unit),
      four,
      say(4 * unit),
      four,
      say(4 * unit),
      four,
      say(4 * unit),
      four,
      say(4 * unit),
      four,
      silence,
      silence,
      say(tailAndOne),
      four,
      silence,
      silence,
      say(tailAndOne),
      repeat(tailAndOne),
      tail,
      repeat(tailAndOne),
      tail,
    ];
    const total = program.reduce((sum, piece) => sum + piece.length, 0);
    // The tail is in there twice: both have the size.
    for (const piece of new Set(program.filter((p) => p === tail)))
      piece.writeUInt32LE(total, 9);
    return Buffer.concat(program);
  };
  return make(fixedPoint((sum) => crc32(make(sum))));
}

/** Twice ten bytes or less from as far back, in exactly five bytes: RFC 1951 3.2.6. */
function repeat(length: number): Buffer {
  const bits: number[] = [0, 1, 0];
  // Codes from their first bit, numbers from their last.
  const code = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  for (const part of [length - 10, 10]) {
    code(part - 2, 7);
    code(8, 5);
    for (let i = 0; i < 3; i++) bits.push(((length - 17) >> i) & 1);
  }
  code(0, 7);
  const bytes = Buffer.alloc(5);
  for (const [i, bit] of bits.entries())
    bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (bit << (i & 7));
  return bytes;
}

/** The x with f(x) = x, for an f that is linear but for a constant. */
function fixedPoint(f: (x: number) => number): number {
  const constant = f(0);
  // Each row: a bit of f(x) ^ x as a sum of bits of x, and what it must be.
  const columns = Array.from(
    { length: 32 },
    (_, i) => (f((1 << i) >>> 0) ^ constant ^ (1 << i)) >>> 0,
  );
  const rows = Array.from({ length: 32 }, (_, r) => ({
    mask: columns.reduce((m, c, i) => (m | (((c >>> r) & 1) << i)) >>> 0, 0),
    value: (constant >>> r) & 1,
  }));
  let x = 0;
  const done: { bit: number; mask: number; value: number }[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const at = rows.findIndex(({ mask }) => ((mask >>> bit) & 1) === 1);
    const [row] = at < 0 ? [] : rows.splice(at, 1);
    if (row === undefined) throw new Error("no sum solves it: change the name");
    for (const other of [...rows, ...done])
      if (((other.mask >>> bit) & 1) === 1) {
        other.mask = (other.mask ^ row.mask) >>> 0;
        other.value ^= row.value;
      }
    done.push({ bit, ...row });
  }
  for (const { bit, value } of done) x = (x | (value << bit)) >>> 0;
  return x;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** The dictionary's size is one byte of the block's header: 37 stands for 1.5 GiB. */
export function xzWithLargeDictionary(): Buffer {
  const bytes = Buffer.from(samples.xz);
  bytes[16] = 37;
  bytes.writeUInt32LE(crc32(bytes.subarray(12, 20)), 20);
  return bytes;
}

/** 4 GiB of zeros in 4.7 kB. */
export function bzip2Bomb(): Buffer {
  return Buffer.concat(Array(41).fill(samples["bzip2-bomb"]));
}

export function gzipOfMembers(count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => gzipSync(`${i}\n`)),
  );
}

/** GNU's form 1.0: a hole of 8 EiB less one byte. */
export function sparseTar(): Buffer {
  const size = "9223372036854775807";
  const map = Buffer.alloc(512);
  map.write(`1\n0\n${hello.length}\n`);
  return Buffer.concat([
    tarMember({
      name: "pax",
      type: "x",
      content: Buffer.concat([
        paxRecord("GNU.sparse.major", "1"),
        paxRecord("GNU.sparse.minor", "0"),
        paxRecord("GNU.sparse.name", "sparse"),
        paxRecord("GNU.sparse.realsize", size),
      ]),
    }),
    tarMember({ name: "s", content: Buffer.concat([map, hello]) }),
    tarEnd,
  ]);
}

/** One record of a pax header, `bytes` long, and a file after it. */
export function paxTar(bytes: number): Buffer {
  return Buffer.concat([
    tarMember({
      name: "pax",
      type: "x",
      content: paxRecord("comment", "x".repeat(bytes)),
    }),
    tarMember({ name: "after.txt", content: hello }),
    tarEnd,
  ]);
}

/** A document with a macro, in a zip, in a message, in a zip, in a TNEF stream. */
export function nestedDocument(): Buffer {
  const macros = compoundFile(vbaProject("VBA", sampleMacro));
  const docm = zipFile([
    { name: "[Content_Types].xml", content: Buffer.from("<Types/>") },
    { name: "word/vbaProject.bin", content: macros },
  ]);
  const inner = zipFile([{ name: "letter.docm", content: docm }]);
  const mail = mailWith(inner, "letter.zip");
  const outer = zipFile([{ name: "mail.eml", content: mail }]);
  return tnefStream(
    // attAttachRendData, attAttachTitle, attAttachData.
    attribute(0x0006_9002, Buffer.alloc(14), { level: 2 }),
    attribute(0x0001_8010, "outer.zip\0", { level: 2 }),
    attribute(0x0006_800f, outer, { level: 2 }),
  );
}

/** RAR 5: everything after this header is encrypted, the names too. */
export function rarWithEncryptedNames(): Buffer {
  // Size, type 4, no flags; version, flags, rounds as a power of two, salt.
  const header = Buffer.from([
    0x15,
    4,
    0,
    0,
    0,
    15,
    ...Array<number>(16).fill(7),
  ]);
  return Buffer.concat([
    Buffer.from("Rar!\x1a\x07\x01\0", "latin1"),
    u32(crc32(header)),
    header,
    Buffer.alloc(64, 0x5a),
  ]);
}

/** Names that are a path, a command or a device somewhere. */
export const hostileNames: readonly string[] = [
  "../../up.txt",
  "..\\..\\up.txt",
  "/etc/x",
  "C:\\x",
  "\\\\host\\share\\x",
  "a:stream",
  "-T",
  "$(id)",
  "`id`",
  "a\0.txt",
  "a\nb.txt",
  "\x1b[2Jx",
  "n".repeat(255),
  "twin.txt",
  "TWIN.TXT",
  "caf\u00e9",
  "cafe\u0301",
  "__proto__",
  "constructor",
  "nul",
  "txt.\u202efdp.exe",
];
