import { crc32 } from "node:zlib";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Extractor } from "../../src/extractors/extractor.ts";
import { sevenZipExtractors } from "../../src/extractors/seven-zip.ts";
import {
  cpuMs,
  hello,
  helloText,
  mutations,
  open,
  recognizes,
  samples,
} from "./archive-samples.ts";
import { cabFile, isoImage, rar4File, rar5File } from "./archive-writers.ts";

function extractor(format: string): Extractor {
  const found = sevenZipExtractors.find((one) => one.format === format);
  if (found === undefined) throw new Error(`no extractor named ${format}`);
  return found;
}

const plain = { name: "docs/a.txt", content: hello };

describe("what 7-Zip opens for us", () => {
  test("7z", () => {
    const { texts, names } = open(extractor("7z"), samples["7z"]);
    expect(texts).toEqual([`hello.txt: ${helloText}`, "two.txt: second\n"]);
    expect(names).toEqual([]);
  });

  test.each(["xz", "bzip2", "lzma", "zstd"] as const)(
    "%s, named after its container",
    (format) => {
      expect(recognizes(extractor(format), samples[format])).toBe(true);
      const { texts, names } = open(extractor(format), samples[format], {
        filename: "mail/a.txt.x",
      });
      expect(texts).toEqual([`a.txt: ${helloText}`]);
      expect(names).toEqual([]);
    },
  );

  test.each([
    ["rar", rar4File([plain])],
    ["rar", rar5File([plain])],
    ["cab", cabFile([plain])],
  ] as const)("%s", (format, bytes) => {
    expect(recognizes(extractor(format), bytes)).toBe(true);
    const { texts, names } = open(extractor(format), bytes);
    expect(texts).toEqual([`docs/a.txt: ${helloText}`]);
    expect(names).toEqual([]);
  });

  test("iso9660", () => {
    const bytes = isoImage("A.TXT;1", hello);
    expect(recognizes(extractor("iso9660"), bytes)).toBe(true);
    expect(open(extractor("iso9660"), bytes).texts).toEqual([
      `A.TXT: ${helloText}`,
    ]);
  });

  test("recognises nothing in plain text or zeros", () => {
    const texts = [hello, Buffer.alloc(100_000), Buffer.from("BZh is a name")];
    for (const bytes of texts)
      expect(
        sevenZipExtractors
          .filter((one) => recognizes(one, bytes))
          .map(({ format }) => format),
      ).toEqual([]);
  });
});

describe("names", () => {
  test("that lead anywhere are data, and may repeat", () => {
    const given = ["../../etc/x", "/a", "a", "a", "-t7z", "$(id)", "x\\y"];
    const { read, names } = open(
      extractor("rar"),
      rar5File(given.map((name) => ({ name, content: hello }))),
    );
    expect(read).toHaveLength(given.length);
    expect(read.every(({ content }) => hello.equals(content))).toBe(true);
    expect(read.map(({ place }) => place)).toContain("$(id)");
    expect(names).toEqual([]);
  });

  test("of links come with the target or the same bytes", () => {
    const { texts } = open(
      extractor("rar"),
      rar5File([
        plain,
        {
          name: "s",
          content: Buffer.alloc(0),
          link: { type: 1, to: "/etc/x" },
        },
        {
          name: "h.exe",
          content: Buffer.alloc(0),
          link: { type: 4, to: "docs/a.txt" },
        },
      ]),
    );
    expect(texts).toEqual([
      `docs/a.txt: ${helloText}`,
      "s: /etc/x",
      `h.exe: ${helloText}`,
    ]);
  });
});

describe("what stays closed is said", () => {
  test("where entries are encrypted", () => {
    expect(open(extractor("7z"), samples["7z-encrypted"]).entries).toEqual([
      {
        kind: "unread",
        place: "hello.txt",
        filename: "hello.txt",
        reason: "encrypted",
        name: "7z-encrypted",
      },
    ]);
  });

  test("where names are encrypted", () => {
    const { entries } = open(extractor("7z"), samples["7z-encrypted-names"]);
    expect(entries).toEqual([
      {
        kind: "unread",
        place: null,
        filename: null,
        reason: "encrypted",
        name: "7z-encrypted",
      },
    ]);
  });

  test("without paying for a key derivation of 2^24 rounds and more", () => {
    const bytes = Buffer.from(samples["7z-encrypted-names"]);
    // The power, low six bits of the cipher's first property byte.
    const at = bytes.indexOf("06f10701", 0, "hex") + 5;
    bytes[at] = 0x40 | 30;
    const header = bytes.subarray(32 + bytes.readUInt32LE(12));
    bytes.writeUInt32LE(crc32(header), 28);
    bytes.writeUInt32LE(crc32(bytes.subarray(12, 32)), 8);
    const rar = rar5File([{ ...plain, encryptionPower: 24 }]);
    const ms = cpuMs(() => {
      expect(open(extractor("7z"), bytes).names).toEqual(["7z-encrypted"]);
      expect(open(extractor("rar"), rar).names).toEqual(["rar-encrypted"]);
    });
    expect(ms).toBeLessThan(500);
  });

  test("where a method is unknown", () => {
    const { entries } = open(
      extractor("rar"),
      rar5File([{ ...plain, version: 9 }]),
    );
    expect(entries).toMatchObject([
      { kind: "unread", reason: "unsupported", name: "rar-unsupported-method" },
    ]);
  });

  test("where the sum is wrong, with the content", () => {
    const { texts, names } = open(
      extractor("rar"),
      rar5File([{ ...plain, crc: 1 }]),
    );
    expect(texts).toEqual([`docs/a.txt: ${helloText}`]);
    expect(names).toEqual(["rar-malformed"]);
  });

  test("where the file breaks off, with its head", () => {
    const bytes = samples.xz.subarray(0, samples.xz.length - 36);
    const { texts, names } = open(extractor("xz"), bytes);
    expect(texts[0]).toMatch(/^: qsift/);
    expect(names.length).toBeGreaterThan(0);
  });

  test("where it is none at all", () => {
    const { entries } = open(
      extractor("7z"),
      Buffer.concat([samples["7z"].subarray(0, 6), Buffer.alloc(50, "?")]),
    );
    expect(entries).toEqual([
      {
        kind: "unread",
        place: null,
        filename: null,
        reason: "malformed",
        name: "7z-malformed",
      },
    ]);
  });
});

test.each(["7z-encrypted", "7z-encrypted-names"] as const)(
  "%s opens with the right one of several passwords",
  (sample) => {
    const { entries } = open(extractor("7z"), samples[sample], {
      passwords: ["wrong", "secret"].map((text) => ({ text, isNamed: true })),
    });
    expect(entries).toMatchObject([
      { kind: "read", place: "hello.txt" },
      { kind: "remark", finding: "policy", name: "password-in-message" },
    ]);
  },
);

describe("cost", () => {
  test("100 MiB of zeros in 113 bytes end at the budget, the head kept", () => {
    const ms = cpuMs(() => {
      const { limit, read } = open(extractor("bzip2"), samples["bzip2-bomb"], {
        limits: { expansionFreeBytes: 50_000_000 },
      });
      expect(limit).toBe("expansionRatio");
      expect(read).toHaveLength(1);
    });
    expect(ms).toBeLessThan(2000);
  });

  test("a dictionary of 1.5 GiB is refused", () => {
    const bytes = Buffer.from(samples.lzma);
    bytes.writeUInt32LE(0x6000_0000, 1);
    const { entries } = open(extractor("lzma"), bytes);
    expect(entries).toMatchObject([
      { kind: "unread", reason: "limit", name: "lzma-memory" },
    ]);
  });

  test("20,000 entries end at the limit of parts", () => {
    const bytes = rar5File(
      Array.from({ length: 20_000 }, (_, i) => ({
        name: `f${i}`,
        content: Buffer.alloc(0),
      })),
    );
    const { limit, read } = open(extractor("rar"), bytes);
    expect(limit).toBe("parts");
    expect(read).toHaveLength(10_000);
  });

  test("one part is no larger than the limit", () => {
    const bytes = rar5File([plain]);
    expect(
      open(extractor("rar"), bytes, { limits: { partBytes: 50 } }).limit,
    ).toBe("partBytes");
  });
});

test("nothing is written, and the exit code is left alone", () => {
  const before = process.exitCode;
  open(extractor("rar"), rar5File([{ ...plain, crc: 1 }]));
  expect(process.exitCode).toBe(before);
});

test.each([
  ["7z", samples["7z"]],
  ["rar", rar4File([plain])],
  ["rar", rar5File([plain])],
  ["cab", cabFile([plain])],
  ["xz", samples.xz],
  ["bzip2", samples.bzip2],
  ["zstd", samples.zstd],
] as const)("no mutation of %s makes it throw", (format, base) => {
  const one = extractor(format);
  fc.assert(
    fc.property(mutations(base), (bytes) => {
      if (recognizes(one, bytes)) open(one, bytes);
    }),
    { numRuns: 60 },
  );
});
