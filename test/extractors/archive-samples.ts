// Small archives for tests: writers for what must be odd in a chosen way, and
// samples of formats that only their own programs write. The samples were
// made of the text below with 7-Zip, xz, zstd and lz4.

import { crc32, deflateRawSync } from "node:zlib";

import fc from "fast-check";

import { Budget } from "../../src/budget.ts";
import { defaultLimits, LimitReached, type Limits } from "../../src/limits.ts";
import type {
  Entry,
  Extractor,
  Password,
  ReadEntry,
} from "../../src/extractors/extractor.ts";

export const helloText = "qsift archive fixture, harmless text\n".repeat(3);
export const hello = Buffer.from(helloText);

export interface Opened {
  readonly entries: readonly Entry[];
  readonly read: readonly ReadEntry[];
  /** `name: text` of what was read. */
  readonly texts: readonly string[];
  /** Names of findings and of unread entries. */
  readonly names: readonly string[];
  /** The limit that ended it. */
  readonly limit: string | null;
}

/** For fast-check: the bytes with some of them changed, perhaps cut. */
export function mutations(base: Uint8Array): fc.Arbitrary<Buffer> {
  return fc
    .tuple(
      fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.option(fc.nat(base.length), { freq: 4 }),
    )
    .map(([edits, length]) => {
      const bytes = Buffer.from(base);
      for (const [at, value] of edits) bytes[at] = value;
      return bytes.subarray(0, length ?? bytes.length);
    });
}

/** Milliseconds of processor time that the work takes: the machine may be busy. */
export function cpuMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Run an extractor with a budget of its own. */
export function open(
  extractor: Extractor,
  bytes: Uint8Array,
  {
    filename = null,
    limits = {},
    passwords = [],
  }: {
    filename?: string | null;
    limits?: Partial<Limits>;
    passwords?: readonly Password[];
  } = {},
): Opened {
  const entries: Entry[] = [];
  let limit: string | null = null;
  const budget = new Budget({ ...defaultLimits, ...limits }, bytes.length);
  try {
    const candidate = {
      bytes,
      declaredType: null,
      detectedType: "application/octet-stream",
      filename,
      passwords,
    };
    for (const entry of extractor.entries(candidate, budget) as Iterable<Entry>)
      entries.push(entry);
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error;
    limit = error.limit;
  }
  const read = entries.filter((entry) => entry.kind === "read");
  return {
    entries,
    read,
    texts: read.map(
      ({ place, content }) =>
        `${place}: ${Buffer.from(content).toString("latin1")}`,
    ),
    names: entries.flatMap((entry) =>
      entry.kind === "read" ? [] : [entry.name],
    ),
    limit,
  };
}

export function recognizes(extractor: Extractor, bytes: Uint8Array): boolean {
  return extractor.recognizes({
    bytes,
    declaredType: null,
    detectedType: "application/octet-stream",
    filename: null,
    passwords: [],
  });
}

export interface ZipSpec {
  readonly name: string | Buffer;
  readonly content?: Buffer;
  /** What is stored; default: `content` deflated, or as it is with method 0. */
  readonly data?: Buffer;
  readonly method?: number;
  readonly flags?: number;
  readonly local?: Partial<ZipFields>;
  readonly central?: Partial<ZipFields>;
}

export interface ZipFields {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly name: Buffer;
  readonly extra: Buffer;
  readonly at: number;
}

/** Local header and data, and the central header. */
export function zipRecords(
  spec: ZipSpec,
  at: number,
): { local: Buffer; central: Buffer } {
  const content = spec.content ?? Buffer.alloc(0);
  const method = spec.method ?? 8;
  const data = spec.data ?? (method === 8 ? deflateRawSync(content) : content);
  const fields: ZipFields = {
    flags: spec.flags ?? 0,
    method,
    crc: crc32(content),
    packed: data.length,
    size: content.length,
    name: Buffer.isBuffer(spec.name) ? spec.name : Buffer.from(spec.name),
    extra: Buffer.alloc(0),
    at,
  };
  return {
    local: Buffer.concat([
      Buffer.from("PK\x03\x04\x14\0", "latin1"),
      common({ ...fields, ...spec.local }),
      spec.local?.name ?? fields.name,
      spec.local?.extra ?? fields.extra,
      data,
    ]),
    central: centralHeader({ ...fields, ...spec.central }),
  };
}

function common(fields: ZipFields): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt16LE(fields.flags, 0);
  bytes.writeUInt16LE(fields.method, 2);
  bytes.writeUInt32LE(fields.crc, 8);
  bytes.writeUInt32LE(fields.packed, 12);
  bytes.writeUInt32LE(fields.size, 16);
  bytes.writeUInt16LE(fields.name.length, 20);
  bytes.writeUInt16LE(fields.extra.length, 22);
  return bytes;
}

function centralHeader(fields: ZipFields): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(fields.at, 10);
  return Buffer.concat([
    Buffer.from("PK\x01\x02\x14\0\x14\0", "latin1"),
    common(fields),
    rest,
    fields.name,
    fields.extra,
  ]);
}

export function endRecord(
  entries: number,
  size: number,
  at: number,
  comment: Buffer = Buffer.alloc(0),
): Buffer {
  const bytes = Buffer.alloc(22);
  bytes.write("PK\x05\x06", "latin1");
  bytes.writeUInt16LE(entries % 65_536, 8);
  bytes.writeUInt16LE(entries % 65_536, 10);
  bytes.writeUInt32LE(size, 12);
  bytes.writeUInt32LE(at, 16);
  bytes.writeUInt16LE(comment.length, 20);
  return Buffer.concat([bytes, comment]);
}

export function zipFile(
  specs: readonly ZipSpec[],
  { comment = Buffer.alloc(0) }: { comment?: Buffer } = {},
): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (const spec of specs) {
    const { local, central } = zipRecords(spec, at);
    locals.push(local);
    centrals.push(central);
    at += local.length;
  }
  const directory = Buffer.concat(centrals);
  return Buffer.concat([
    ...locals,
    directory,
    endRecord(specs.length, directory.length, at, comment),
  ]);
}

export interface TarSpec {
  readonly name: string;
  readonly content?: Buffer;
  readonly type?: string;
  readonly link?: string;
  /** Default: length of the content. */
  readonly size?: string;
  readonly magic?: string;
  readonly prefix?: string;
  readonly sum?: string;
  /** Bytes written over the header last but one, before the sum. */
  readonly patch?: readonly (readonly [at: number, bytes: Buffer])[];
}

export function tarMember({
  name,
  content = Buffer.alloc(0),
  type = "0",
  link = "",
  size = content.length.toString(8).padStart(11, "0"),
  magic = "ustar\x0000",
  prefix = "",
  sum,
  patch = [],
}: TarSpec): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  header.write(size, 124, "latin1");
  header.write("        ", 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write(magic, 257, "latin1");
  header.write(prefix, 345, 155);
  for (const [at, bytes] of patch) bytes.copy(header, at);
  let total = 0;
  for (const byte of header) total += byte;
  header.write(
    sum ?? `${total.toString(8).padStart(6, "0")}\0 `,
    148,
    "latin1",
  );
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding]);
}

export function paxRecord(keyword: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${keyword}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length += 1;
  return Buffer.from(`${length} ${keyword}=${value}\n`);
}

export const tarEnd = Buffer.alloc(1024);

const base64 = (text: string): Buffer => Buffer.from(text, "base64");

/** "hello.txt" with `hello`, unless said otherwise; the password is "secret". */
export const samples = {
  /** Also "two.txt" with "second\n". */
  "7z": base64(
    "N3q8ryccAASOQRC3gQAAAAAAAAAgAAAAAAAAAI/x9oDgAHUAMl0AOJzJVeU3nQWJKwOa4TaZY/47WRZeIuTm3IPm9+15tgwaRJ0DBpKxX1OwiONnBPPLoAAAAACBMweuD9GYLRigkKB3XsVAGJzweKhc9MCcM4KQufFK+QHwGnc/SuuWA/IhPFLOyGbLPihtWOC4ZXuMCprSfIQ06DrOD0AXBjoBCUcABwsBAAEjAwEBBV0AEAAADFYKASkP4AgAAA==",
  ),
  "7z-encrypted": base64(
    "N3q8ryccAARRDPelQAAAAAAAAABWAAAAAAAAADvFUK8kcmiB4zQ8E7eNnM/tuWlfVOmtVDJO86qo12m5a23e97q9NbUVopxonH5wcjXU/E6RsegkYX1ovD4YW5PYdTYGAQQGAAEJQAAHCwEAAiQG8QcBElMPFi4oV8NjaBACiubZbyGWgyEhAQABAAwzbwAICgHTUa1+AAAFARkBABEVAGgAZQBsAGwAbwAuAHQAeAB0AAAAAAA=",
  ),
  "7z-encrypted-names": base64(
    "N3q8ryccAARe50jRoAAAAAAAAAAuAAAAAAAAAEqN8HT6+MoElVP7terJCTTk1VU9Ax1ap3Au4XwPjAi8jm4p78NNvByJVeZmOOmtLMXHDyZ9+kx4GrLZEX2gwDDKa+ACxUMKzoE0u5mdkti/zuSOBjToi9tc4BJ+/IKU/QhYYAepOpo0ADV9v0NA6VJpDJyI3hyJXqMY+qtIKlYqm8GsJWfe/Tz6qlV2Lw5Dp51IXsUyscc5xCaJcdTovrP/54HeFwZAAQlgAAcLAQABJAbxBwESUw9oBW3qO63hCknEeRf07+4tDFYKAUZZDXQAAA==",
  ),
  xz: base64(
    "/Td6WFoAAAFpIt42AgAhAQAAAAA3J5fW4ABuACtdADicyVXlN50FiSsDmuE2mWP+O1kWXiLk5tyD5vftebYMGkSdAwaSsV4VwAAAANNRrX4AAUNvJNXfJpBCmQ0BAAAAAAFZWg==",
  ),
  bzip2: base64(
    "QlpoOTFBWSZTWe0OWN4AACFRgAAQQAQrZj9AIABBn/qojRkbKaCgGABOzlwlVZhLSiF1kKMsLoSwhLSjpp6+YZVSlZR+LuSKcKEh2hyxvA==",
  ),
  /** 100 MiB of zeros. */
  "bzip2-bomb": base64(
    "QlpoOTFBWSZTWQ4J4t8BX45AAMAAAAggADCATUZCoCWpCoCXMUFZJlNZDgni3wFfjkAAwAAACCAAMIBNRkKgJakKgJcxQVkmU1mKltepAGQGRADAABAAAAggADDMBSmmKARbEoBF4u5IpwoSFdRTLWA=",
  ),
  lzma: base64(
    "XQAAEAD//////////wA4nMlV5TedBYkrA5rhNplj/jtZFl4i5ObczC2w3TkASyqTUs6qu5EziMOD//4wtAA=",
  ),
  zstd: base64(
    "KLUv/SRvbQEAVAJxc2lmdCBhcmNoaXZlIGZpeHR1cmUsIGhhcm1sZXNzIHRleHQKAQA9hKonZqZMkQ==",
  ),
  lz4: base64(
    "BCJNGGRApzAAAAD/FnFzaWZ0IGFyY2hpdmUgZml4dHVyZSwgaGFybWxlc3MgdGV4dAolADJQdGV4dAoAAAAAckU0Ig==",
  ),
  "zip-bzip2": base64(
    "UEsDBC4AAAAMAAAAIQDTUa1+TwAAAG8AAAAJAAAAaGVsbG8udHh0QlpoOTFBWSZTWe0OWN4AACFRgAAQQAQrZj9AIABBn/qojRkbKaCgGABOzlwlVZhLSiF1kKMsLoSwhLSjpp6+YZVSlZR+LuSKcKEh2hyxvFBLAQI/Ay4AAAAMAAAAIQDTUa1+TwAAAG8AAAAJAAAAAAAAAAAAIIC2gQAAAABoZWxsby50eHRQSwUGAAAAAAEAAQA3AAAAdgAAAAAA",
  ),
  "zip-lzma": base64(
    "UEsDBD8AAgAOAAAAIQDTUa1+OgAAAG8AAAAJAAAAaGVsbG8udHh0GAkFAF0AEAAAADicyVXlN50FiSsDmuE2mWP+O1kWXiLk5tyD5vftebYMGkSdAwaSsWDtkuP//qnQAFBLAQI/Az8AAgAOAAAAIQDTUa1+OgAAAG8AAAAJAAAAAAAAAAAAIIC2gQAAAABoZWxsby50eHRQSwUGAAAAAAEAAQA3AAAAYQAAAAAA",
  ),
  "zip-deflate64": base64(
    "UEsDBBUAAAAJAAAAIQDTUa1+MAAAAG8AAAAJAAAAaGVsbG8udHh0rcqxDQAgCATA3ikYwKWIgUCihfAaxncJr76driCOYX6F1AsnpJNxrCmZBCm0f+kBUEsBAj8DFQAAAAkAAAAhANNRrX4wAAAAbwAAAAkAAAAAAAAAAAAggLaBAAAAAGhlbGxvLnR4dFBLBQYAAAAAAQABADcAAABXAAAAAAA=",
  ),
  "zip-ppmd": base64(
    "UEsDBD8AAABiAAAAIQDTUa1+KwAAAG8AAAAJAAAAaGVsbG8udHh0BwBxBBf3RE0su80tebYwE8EVBPx91uc2o/hLGl4PxTomaM8iRaB2UZ4mAFBLAQI/Az8AAABiAAAAIQDTUa1+KwAAAG8AAAAJAAAAAAAAAAAAIIC2gQAAAABoZWxsby50eHRQSwUGAAAAAAEAAQA3AAAAUgAAAAAA",
  ),
  "zip-xz": base64(
    "UEsDBBQAAABfAAAAIQDTUa1+ZAAAAG8AAAAJAAAAaGVsbG8udHh0/Td6WFoAAAFpIt42AgAhAQAAAAA3J5fW4ABuACtdADicyVXlN50FiSsDmuE2mWP+O1kWXiLk5tyD5vftebYMGkSdAwaSsV4VwAAAANNRrX4AAUNvJNXfJpBCmQ0BAAAAAAFZWlBLAQI/AxQAAABfAAAAIQDTUa1+ZAAAAG8AAAAJAAAAAAAAAAAAIIC2gQAAAABoZWxsby50eHRQSwUGAAAAAAEAAQA3AAAAiwAAAAAA",
  ),
  "zip-zipcrypto": base64(
    "UEsDBBQAAQAIAAAAIQDTUa1+PAAAAG8AAAAJAAAAaGVsbG8udHh0pElArrMPAhRH0JJcRaaLVla8M52NvDbOiuW4S+stCrev3yuyollJIUN0ZaZR9gw1eydVf0CwZmLz73wJUEsBAj8DFAABAAgAAAAhANNRrX48AAAAbwAAAAkAAAAAAAAAAAAggLaBAAAAAGhlbGxvLnR4dFBLBQYAAAAAAQABADcAAABjAAAAAAA=",
  ),
  "zip-aes256": base64(
    "UEsDBDMAAQBjAAAAIQAAAAAATAAAAG8AAAAJAAsAaGVsbG8udHh0AZkHAAIAQUUDCADtFLWnl6fSReLidGpeux7nCH5gB7nrE4C/ppZZEnf0sI7QbGuY0wUvIKxK0vkRHiVqBfFlCFyMYquD1RjngTgHf9f2Xn4TJ1jmMVEwUEsBAj8DMwABAGMAAAAhAAAAAABMAAAAbwAAAAkACwAAAAAAAAAggLaBAAAAAGhlbGxvLnR4dAGZBwACAEFFAwgAUEsFBgAAAAABAAEAQgAAAH4AAAAAAA==",
  ),
} as const;
