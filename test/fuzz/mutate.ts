// Inputs for the fuzzer: seeds of every format, changed by a generator of
// random numbers whose seed is printed, so that any input can be made again.
// `npm run fuzz` and fuzz.test.ts use it.

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { zipFile } from "../extractors/archive-samples.ts";
import { ambiguousMessages } from "../extractors/mime/ambiguous-messages.ts";
import { attribute, tnefStream } from "../extractors/tnef-writer.ts";

export interface Input {
  /** The seed's file and what was done, for the report. */
  readonly what: string;
  readonly message: Buffer;
}

/** Whole numbers from 0 up to, not including, `below`. */
export type Random = (below: number) => number;

interface Seed {
  readonly name: string;
  readonly bytes: Buffer;
  /** A whole message; else a file to be attached to one. */
  readonly isMessage: boolean;
}

/** Mulberry32: 32 bits of state, good enough to pick bytes. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** What the tests of the extractors open, and the messages of the MIME tests. */
export function readSeeds(root: string): Seed[] {
  const files = (folder: string, ending: string) =>
    readdirSync(`${root}/${folder}`)
      .filter((name) => name.endsWith(ending))
      .sort()
      .map((name) => ({
        name,
        bytes: readFileSync(`${root}/${folder}/${name}`),
        isMessage: ending === ".eml",
      }));
  return [
    ...files("test/fuzz/seeds", ".bin"),
    ...files("test/extractors/mime", ".eml"),
    ...ambiguousMessages.map(({ title, message }) => ({
      name: title,
      bytes: message,
      isMessage: true,
    })),
  ];
}

export function makeInput(seeds: readonly Seed[], random: Random): Input {
  const pick = (): Seed => {
    const seed = seeds[random(seeds.length)];
    if (seed === undefined) throw new Error("no seeds");
    return seed;
  };
  let seed = pick();
  // 7-Zip takes ten times as long as the rest: its turn comes less often.
  if (/^(7z|bzip2|cab|lzma|rar|self|xz|zstd)-/.test(seed.name) && random(4) > 0)
    seed = pick();
  let { bytes } = seed;
  let what = seed.name;
  for (let edits = random(6); edits >= 0; edits--)
    bytes = edit(bytes, random, () => pick().bytes);
  if (seed.isMessage && random(8) > 0) return { what, message: bytes };
  if (random(4) === 0) {
    const [name, wrap] = wraps[random(wraps.length)] ?? wraps[0];
    what += ` in ${name}`;
    bytes = wrap(bytes);
  }
  const file = seed.name.replace(/[^\w.-]/g, "_");
  const type = seed.isMessage ? "message/rfc822" : "application/octet-stream";
  let message = attached(bytes, type, file, random(2) === 0);
  if (random(8) === 0) {
    what += ", message too";
    message = edit(message, random, () => pick().bytes);
  }
  return { what, message };
}

const wraps: readonly [
  readonly [string, (bytes: Buffer) => Buffer],
  ...(readonly [string, (bytes: Buffer) => Buffer])[],
] = [
  ["gzip", (bytes) => gzipSync(bytes, { level: 1 })],
  ["zip", (content) => zipFile([{ name: "a/b", content, method: 0 }])],
  // attAttachData.
  ["tnef", (bytes) => tnefStream(attribute(0x0006_800f, bytes, { level: 2 }))],
  ["mail", (bytes) => attached(bytes, "application/octet-stream", "a", true)],
];

function attached(
  bytes: Buffer,
  type: string,
  name: string,
  isBase64: boolean,
): Buffer {
  const head = `From: a@example.test\nSubject: fuzz\nMIME-Version: 1.0\nContent-Type: ${type}; name="${name}"\nContent-Transfer-Encoding: ${isBase64 ? "base64" : "binary"}\n\n`;
  return Buffer.concat([
    Buffer.from(head),
    isBase64 ? Buffer.from(bytes.toString("base64")) : bytes,
  ]);
}

/** One change. What grows does so by little: many changes must stay cheap. */
function edit(bytes: Buffer, random: Random, other: () => Buffer): Buffer {
  const at = random(bytes.length + 1);
  const head = bytes.subarray(0, at);
  const tail = bytes.subarray(at);
  const over = (field: Buffer): Buffer => {
    const changed = Buffer.from(bytes);
    field.copy(changed, at);
    return changed;
  };
  switch (random(10)) {
    case 0:
    case 1:
      return over(Buffer.of(random(256)));
    case 2: {
      const changed = Buffer.from(bytes);
      if (at < changed.length)
        changed[at] = (changed[at] ?? 0) ^ (1 << random(8));
      return changed;
    }
    case 3:
      return over(fields[random(fields.length)] ?? Buffer.of(0));
    case 4:
      return Buffer.concat([head, tail.subarray(random(64))]);
    case 5:
      return Buffer.concat([head, tail.subarray(0, random(256)), tail]);
    case 6:
      return Buffer.concat([
        head,
        Buffer.from(words[random(words.length)] ?? "", "latin1"),
        tail,
      ]);
    case 7: {
      const donor = other();
      const from = random(donor.length + 1);
      const piece = donor.subarray(from, from + random(512));
      return Buffer.concat([
        head,
        piece,
        tail.subarray(random(2) * piece.length),
      ]);
    }
    case 8:
      return random(4) === 0
        ? Buffer.from(head)
        : over(Buffer.alloc(random(16)));
    default:
      return over(Buffer.alloc(random(16), 0xff));
  }
}

/** Lengths and counts that programs stumble over, both ways round. */
const fields = [
  "00",
  "ff",
  "7f",
  "0080",
  "8000",
  "ffff",
  "00000080",
  "80000000",
  "7fffffff",
  "ffffff7f",
  "ffffffff",
  "feffffff",
  "00000100",
  "ffffffffffffffff",
  "ffffffffffffff7f",
].map((hex) => Buffer.from(hex, "hex"));

/** Pieces that mean something in one format or another. */
const words = [
  "\n",
  "\r",
  "\r\n\r\n",
  "\0",
  "--b\n",
  "\n--b--\n",
  "Content-Type: multipart/digest; boundary=b\n\n",
  "Content-Transfer-Encoding: base64\n",
  "begin 644 a\n",
  "=ybegin line=128 size=9 name=a\n",
  "(This file must be converted with BinHex 4.0)\n",
  "PK\x03\x04",
  "PK\x01\x02",
  "PK\x05\x06",
  "\x1f\x8b\x08",
  "Rar!\x1a\x07\x01\0",
  "7z\xbc\xaf\x27\x1c",
  "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
  "{\\object\\objdata ",
  "{\\*\\",
  "<script>atob('",
  '<a href="data:;base64,',
  "1 0 obj<</Length 99999/Filter[/FlateDecode/FlateDecode]>>stream\n",
  "endstream endobj",
  "../",
  "\x1b[2J",
  "__proto__",
  "-----BEGIN PGP MESSAGE-----\n",
  "BZh9",
];
