import { crc32, deflateRawSync } from "node:zlib";

import AdmZip from "adm-zip";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { zip } from "../../src/extractors/zip.ts";
import { defaultLimits } from "../../src/limits.ts";
import {
  cpuMs,
  endRecord,
  hello,
  helloText,
  mutations,
  open,
  recognizes,
  samples,
  zipFile,
  zipRecords,
  type ZipSpec,
} from "./archive-samples.ts";

const harmless = Buffer.from("harmless");
const attack = Buffer.from("attack");

describe("an honest zip file", () => {
  test("gives its entries without a remark", () => {
    const writer = new AdmZip();
    writer.addFile("docs/a.txt", hello);
    writer.addFile("b.bin", Buffer.from([1, 2, 3]));
    writer.addFile("empty/", Buffer.alloc(0));
    const { texts, names } = open(zip, writer.toBuffer());
    expect([...texts].sort()).toEqual([
      "b.bin: \x01\x02\x03",
      `docs/a.txt: ${helloText}`,
    ]);
    expect(names).toEqual([]);
  });

  test("keeps an empty file as an entry", () => {
    const { texts } = open(zip, zipFile([{ name: "empty", method: 0 }]));
    expect(texts).toEqual(["empty: "]);
  });

  test.each(["bzip2", "lzma", "deflate64", "ppmd", "xz"] as const)(
    "is read where its method is %s",
    (method) => {
      const { texts, names } = open(zip, samples[`zip-${method}`]);
      expect(texts).toEqual([`hello.txt: ${helloText}`]);
      expect(names).toEqual([]);
    },
  );

  test("is read where its method is Zstandard", () => {
    const bytes = zipFile([
      { name: "a", method: 93, content: hello, data: samples.zstd },
    ]);
    expect(open(zip, bytes).texts).toEqual([`a: ${helloText}`]);
  });

  test("may have a prefix, counted in the offsets or not", () => {
    const prefix = Buffer.from("MZ program");
    const plain = zipFile([{ name: "a", content: hello }]);
    const { local, central } = zipRecords(
      { name: "a", content: hello },
      prefix.length,
    );
    const counted = Buffer.concat([
      prefix,
      local,
      central,
      endRecord(1, central.length, prefix.length + local.length),
    ]);
    for (const bytes of [Buffer.concat([prefix, plain]), counted]) {
      expect(recognizes(zip, bytes)).toBe(true);
      const { texts, names } = open(zip, bytes);
      expect(texts).toEqual([`a: ${helloText}`]);
      expect(names).toEqual([]);
    }
  });

  test("may have sizes and CRC behind the data", () => {
    const data = deflateRawSync(hello);
    const descriptor = Buffer.alloc(16);
    descriptor.write("PK\x07\x08", "latin1");
    descriptor.writeUInt32LE(crc32(hello), 4);
    descriptor.writeUInt32LE(data.length, 8);
    descriptor.writeUInt32LE(hello.length, 12);
    const { local, central } = zipRecords(
      {
        name: "a",
        content: hello,
        flags: 8,
        local: { crc: 0, packed: 0, size: 0 },
      },
      0,
    );
    const bytes = Buffer.concat([
      local,
      descriptor,
      central,
      endRecord(1, central.length, local.length + 16),
    ]);
    const { texts, names } = open(zip, bytes);
    expect(texts).toEqual([`a: ${helloText}`]);
    expect(names).toEqual([]);
  });

  test("may be Zip64", () => {
    const wide = (size: number, packed: number): Buffer => {
      const extra = Buffer.alloc(20);
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(size), 4);
      extra.writeBigUInt64LE(BigInt(packed), 12);
      return extra;
    };
    const data = deflateRawSync(hello);
    const fields = {
      packed: 0xffff_ffff,
      size: 0xffff_ffff,
      extra: wide(hello.length, data.length),
    };
    const bytes = zipFile([
      { name: "a", content: hello, local: fields, central: fields },
    ]);
    const { texts, names } = open(zip, bytes);
    expect(texts).toEqual([`a: ${helloText}`]);
    expect(names).toEqual([]);
  });

  test("may hold a stored zip file, whose entries are not its own", () => {
    const inner = zipFile([{ name: "inner.txt", content: hello }]);
    const { read, names } = open(
      zip,
      zipFile([{ name: "inner.zip", content: inner, method: 0 }]),
    );
    expect(read.map(({ place }) => place)).toEqual(["inner.zip"]);
    expect(names).toEqual([]);
  });
});

describe("names", () => {
  test("are UTF-8 with flag 11, else code page 437 or what is valid UTF-8", () => {
    const cp437 = zipFile([
      { name: Buffer.from([0x81, 0x2e, 0x74]), content: hello },
    ]);
    expect(open(zip, cp437).read[0]?.filename).toBe("ü.t");
    const utf8 = zipFile([{ name: "ü.t", content: hello }]);
    expect(open(zip, utf8).read[0]).toMatchObject({
      filename: "ü.t",
      otherFilenames: ["├╝.t"],
    });
    const flagged = zipFile([{ name: "ü.t", content: hello, flags: 1 << 11 }]);
    expect(open(zip, flagged).read[0]).toMatchObject({
      filename: "ü.t",
      otherFilenames: [],
    });
  });

  test("of the Unicode path field are a second reading", () => {
    const field = (name: string, sum: number): Buffer => {
      const text = Buffer.from(name);
      const head = Buffer.alloc(9);
      head.writeUInt16LE(0x7075, 0);
      head.writeUInt16LE(5 + text.length, 2);
      head[4] = 1;
      head.writeUInt32LE(sum, 5);
      return Buffer.concat([head, text]);
    };
    const right = field("evil.exe", crc32(Buffer.from("a.txt")));
    const wrong = field("evil.exe", 1);
    const opened = [right, wrong].map(
      (extra) =>
        open(
          zip,
          zipFile([
            {
              name: "a.txt",
              content: hello,
              local: { extra },
              central: { extra },
            },
          ]),
        ).read[0],
    );
    expect(opened[0]).toMatchObject({
      filename: "evil.exe",
      otherFilenames: ["a.txt"],
    });
    expect(opened[1]).toMatchObject({
      filename: "a.txt",
      otherFilenames: ["evil.exe"],
    });
  });

  test("that lead anywhere are data", () => {
    const hostile = ["../../x", "/etc/x", "C:\\x", "a\nb", "__proto__", "-T"];
    const { read } = open(
      zip,
      zipFile(hostile.map((name) => ({ name, content: hello }))),
    );
    expect(read.map(({ place }) => place)).toEqual(hostile);
  });
});

describe("headers that disagree", () => {
  test("with another name lead to one entry with both names and a remark", () => {
    const bytes = zipFile([
      {
        name: "a.txt",
        content: hello,
        local: { name: Buffer.from("a.exe") },
      },
    ]);
    const { read, names } = open(zip, bytes);
    expect(read).toMatchObject([
      { filename: "a.txt", otherFilenames: ["a.exe"] },
    ]);
    expect(names).toEqual(["zip-directory-mismatch"]);
  });

  test("on the length of stored data lead to both readings", () => {
    const bytes = zipFile([
      {
        name: "a",
        content: Buffer.concat([harmless, attack]),
        method: 0,
        local: { packed: harmless.length, size: harmless.length },
      },
    ]);
    const { texts, names } = open(zip, bytes);
    expect(texts).toEqual(["a: harmlessattack", "a: harmless"]);
    expect(names).toContain("zip-directory-mismatch");
  });

  test("on the method lead to both readings", () => {
    const bytes = zipFile([
      { name: "a", content: attack, central: { method: 0 } },
    ]);
    expect(open(zip, bytes).texts).toContain("a: attack");
  });

  test("on the size don't cut the content", () => {
    for (const spec of [
      { local: { size: 1 } },
      { central: { size: 1 } },
      { central: { packed: 3 } },
      { local: { size: 1 }, central: { size: 1 } },
    ]) {
      const { texts, names } = open(
        zip,
        zipFile([{ name: "a", content: hello, ...spec }]),
      );
      expect(texts).toEqual([`a: ${helloText}`]);
      expect(names.length).toBeGreaterThan(0);
    }
  });

  test("on encryption: the data is read where it is plain", () => {
    const bytes = zipFile([
      { name: "a", content: attack, central: { flags: 1 } },
    ]);
    const { texts, names } = open(zip, bytes);
    expect(texts).toEqual(["a: attack"]);
    expect(names).toEqual(["zip-directory-mismatch"]);
  });

  test("in two directories lead to the entries of both", () => {
    const first = zipFile([{ name: "a", content: attack }]);
    const second = zipFile([{ name: "b", content: harmless }]);
    const { texts, names } = open(zip, Buffer.concat([first, second]));
    expect([...texts].sort()).toEqual(["a: attack", "b: harmless"]);
    expect(names).toContain("zip-two-directories");
  });

  test("in a directory hidden in the comment lead to its entries", () => {
    const hidden = zipFile([{ name: "a", content: attack }]);
    const { texts } = open(
      zip,
      zipFile([{ name: "b", content: harmless }], { comment: hidden }),
    );
    expect([...texts].sort()).toEqual(["a: attack", "b: harmless"]);
  });

  test("local headers that no directory names are entries", () => {
    const { local } = zipRecords({ name: "a", content: attack }, 0);
    const shown = zipFile([{ name: "b", content: harmless }]);
    const { texts, names } = open(zip, Buffer.concat([local, shown]));
    expect([...texts].sort()).toEqual(["a: attack", "b: harmless"]);
    expect(names).toEqual(["zip-directory-mismatch"]);
  });

  test("a missing directory doesn't hide entries", () => {
    const whole = zipFile([
      { name: "a", content: attack },
      { name: "b", content: harmless, method: 0 },
    ]);
    const cut = whole.subarray(0, whole.indexOf("PK\x01\x02", 0, "latin1"));
    const { texts, names } = open(zip, cut);
    expect(texts).toEqual(["a: attack", "b: harmless"]);
    expect(names).toContain("zip-directory-missing");
  });
});

describe("damage", () => {
  test("a wrong CRC is remarked, and the content had", () => {
    const { texts, names } = open(
      zip,
      zipFile([
        { name: "a", content: hello, local: { crc: 7 }, central: { crc: 7 } },
      ]),
    );
    expect(texts).toEqual([`a: ${helloText}`]);
    expect(names).toEqual(["zip-checksum"]);
  });

  test("of a deflate stream leaves what comes before it", () => {
    // Digits of squares: a few kilobytes even when packed.
    const content = Buffer.from(
      Array.from({ length: 5000 }, (_, i) => String(i * i * i)).join(""),
    );
    const data = deflateRawSync(content);
    data.fill(0xff, data.length - 40);
    const { read, names } = open(zip, zipFile([{ name: "a", content, data }]));
    expect(names).toContain("zip-checksum");
    const had = Buffer.from(read[0]?.content ?? []);
    expect(had.length).toBeGreaterThan(1000);
    expect(had.subarray(0, 1000)).toEqual(content.subarray(0, 1000));
  });

  test("a file that breaks off gives the head of its entry", () => {
    const { local } = zipRecords({ name: "a", content: hello }, 0);
    const { texts, names } = open(zip, local.subarray(0, local.length - 8));
    expect(texts[0]).toMatch(/^a: qsift/);
    expect(names).toContain("zip-truncated");
  });

  test("a directory entry without a local header is unread", () => {
    const bytes = zipFile([{ name: "a", content: hello, central: { at: 5 } }]);
    const { texts, names } = open(zip, bytes);
    expect(names).toContain("zip-local-header-missing");
    // The local header is still found.
    expect(texts).toEqual([`a: ${helloText}`]);
  });

  test("an unknown method is unsupported", () => {
    const bytes = zipFile([{ name: "a", content: hello, method: 17 }]);
    expect(open(zip, bytes).entries).toEqual([
      {
        kind: "unread",
        place: "a",
        filename: "a",
        reason: "unsupported",
        name: "zip-unsupported-method",
      },
    ]);
  });
});

describe("encryption", () => {
  const withPasswords = (bytes: Buffer, texts: string[], isNamed = true) =>
    open(zip, bytes, {
      passwords: texts.map((text) => ({ text, isNamed })),
    }).entries;

  test.each([
    ["zip-zipcrypto", "zip-encrypted-zipcrypto"],
    ["zip-aes256", "zip-encrypted-aes256"],
  ] as const)("%s is told by its scheme", (sample, name) => {
    expect(open(zip, samples[sample]).entries).toEqual([
      {
        kind: "unread",
        place: "hello.txt",
        filename: "hello.txt",
        reason: "encrypted",
        name,
      },
    ]);
  });

  test.each(["zip-zipcrypto", "zip-aes256"] as const)(
    "%s opens with the right one of several passwords",
    (sample) => {
      const entries = withPasswords(samples[sample], ["wrong", "no", "secret"]);
      expect(entries).toMatchObject([
        { kind: "read", place: "hello.txt" },
        { kind: "remark", finding: "policy", name: "password-in-message" },
      ]);
      const [entry] = entries;
      expect(entry?.kind === "read" && hello.equals(entry.content)).toBe(true);
    },
  );

  test("opened with a configured password is worth no remark", () => {
    expect(
      withPasswords(samples["zip-aes256"], ["secret"], false),
    ).toMatchObject([{ kind: "read", place: "hello.txt" }]);
  });

  test("stays closed with 500 wrong passwords", () => {
    const entries = withPasswords(
      samples["zip-zipcrypto"],
      Array.from({ length: 500 }, (_, i) => `wrong${i}`),
    );
    expect(entries).toMatchObject([{ kind: "unread", reason: "encrypted" }]);
  });
});

describe("bombs", () => {
  /** Fifield's overlap: each entry quotes the header of the next in a stored block. */
  function overlapBomb(files: number, kernelBytes: number): Buffer {
    const kernel = deflateRawSync(Buffer.alloc(kernelBytes), { level: 9 });
    const specs: ZipSpec[] = Array.from({ length: files }, (_, i) => ({
      name: `f${i}`,
    }));
    // From the last to the first.
    let body = Buffer.alloc(0);
    const centrals: { central: Buffer; length: number }[] = [];
    for (const [index, spec] of specs.reverse().entries()) {
      const quoted =
        index === 0
          ? kernel
          : Buffer.concat([
              Buffer.from([0, body.length & 255, body.length >> 8]),
              Buffer.from([~body.length & 255, (~body.length >> 8) & 255]),
              body,
            ]).subarray(0, 5);
      const packed = quoted.length + (index === 0 ? 0 : body.length);
      const { local, central } = zipRecords(
        { ...spec, data: quoted, local: { packed }, central: { packed } },
        0,
      );
      body = Buffer.concat([local, body]);
      centrals.unshift({ central, length: local.length });
    }
    let at = 0;
    for (const { central, length } of centrals) {
      central.writeUInt32LE(at, 42);
      at += length;
    }
    const directory = Buffer.concat(centrals.map(({ central }) => central));
    return Buffer.concat([
      body,
      directory,
      endRecord(files, directory.length, body.length),
    ]);
  }

  const within = (ms: number, work: () => void): void => {
    expect(cpuMs(work)).toBeLessThan(ms);
  };

  test("of entries that name the same data end at the budget", () => {
    const data = deflateRawSync(Buffer.alloc(20_000_000), { level: 9 });
    const { local, central } = zipRecords(
      { name: "zeros", content: Buffer.alloc(0), data },
      0,
    );
    const directory = Buffer.concat(Array.from({ length: 250 }, () => central));
    const bytes = Buffer.concat([
      local,
      directory,
      endRecord(250, directory.length, local.length),
    ]);
    within(2000, () => {
      expect(open(zip, bytes).limit).toBe("expansionRatio");
    });
  });

  test("of quoted headers are seen to overlap", () => {
    const bytes = overlapBomb(50, 10_000);
    const { names } = open(zip, bytes);
    expect(names).toContain("zip-overlap");
  });

  test("that make nothing of much input are stopped", () => {
    // A deflate stream of empty stored blocks: 5 bytes in, none out.
    const data = Buffer.alloc(2_000_000);
    for (let at = 0; at < data.length; at += 5)
      data.writeUInt32LE(
        0xffff_0000 >>> 0,
        at + 1 > data.length - 4 ? 0 : at + 1,
      );
    const { local, central } = zipRecords({ name: "a", data }, 0);
    const directory = Buffer.concat(
      Array.from({ length: 5000 }, () => central),
    );
    const bytes = Buffer.concat([
      local,
      directory,
      endRecord(5000, directory.length, local.length),
    ]);
    within(2000, () => {
      expect(open(zip, bytes).names).toContain("zip-overlap");
    });
  });

  test("of a part above the limit name the limit", () => {
    const bytes = zipFile([{ name: "a", content: Buffer.alloc(5_000_000) }]);
    expect(open(zip, bytes, { limits: { partBytes: 1_000_000 } }).limit).toBe(
      "partBytes",
    );
  });

  test("of 100,000 entries end at the limit of parts", () => {
    const bytes = zipFile(
      Array.from({ length: 100_000 }, (_, i) => ({
        name: `f${i}`,
        method: 0,
      })),
    );
    within(2000, () => {
      const { read, limit } = open(zip, bytes);
      expect(limit).toBe("parts");
      expect(read).toHaveLength(defaultLimits.parts);
    });
  });

  test("of 70,000 entries are read whole where the limit allows", () => {
    const bytes = zipFile(
      Array.from({ length: 70_000 }, (_, i) => ({
        name: `f${i}`,
        method: 0,
      })),
    );
    const { read, names } = open(zip, bytes, { limits: { parts: 100_000 } });
    expect(read).toHaveLength(70_000);
    expect(names).toEqual([]);
  });
});

test("no mutation of a zip file makes it throw", () => {
  const base = zipFile([
    { name: "a", content: hello },
    { name: "b", content: harmless, method: 0 },
    { name: "c", content: attack, flags: 8 },
  ]);
  fc.assert(
    fc.property(mutations(base), (bytes) => {
      open(zip, bytes);
    }),
    { numRuns: 1000 },
  );
});

test("what looks like an end record in the comment hides no zip file behind a picture", () => {
  const plain = zipFile([{ name: "b", content: harmless }], {
    comment: Buffer.from("PK\x05\x06"),
  });
  const bytes = Buffer.concat([Buffer.from("\xff\xd8\xff", "latin1"), plain]);
  expect(recognizes(zip, bytes)).toBe(true);
  expect(open(zip, bytes).texts).toContain(`b: ${harmless.toString()}`);
});

test("what is appended behind the end is an entry", () => {
  const bytes = Buffer.concat([
    zipFile([{ name: "b", content: harmless }]),
    Buffer.from("an attack behind the end"),
  ]);
  expect(open(zip, bytes).texts).toContain(
    "trailing data: an attack behind the end",
  );
});
