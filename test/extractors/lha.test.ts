import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { lha } from "../../src/extractors/lha.ts";
import { cpuMs } from "./archive-samples.ts";
import {
  BitWriter,
  items,
  lh1,
  lhaFile,
  type LhaMember,
  lhaMember,
  lz5,
  lzhBlock,
  lzs,
  pm2,
  unpacked,
} from "./lzh-writers.ts";
import { expectHardy, openWith } from "./open-with.ts";

const data = items(
  "MZ\0\x01 the rain in spain ",
  { distance: 9, length: 6 },
  ...items("\xff\xe0\x90", { distance: 1, length: 17 }),
  ...items("end", { distance: 30, length: 4 }, 0x21),
);
const content = unpacked(data);
const packed: Readonly<Record<string, Buffer>> = {
  lh0: Buffer.from(content, "latin1"),
  lh1: lh1(data),
  lh4: lzhBlock(data, 4),
  lh5: lzhBlock(data, 4),
  lh6: lzhBlock(data, 5),
  lh7: lzhBlock(data, 5),
  lhx: lzhBlock(data, 5),
  lz5: lz5(data),
  lzs: lzs(data),
  pm0: Buffer.from(content, "latin1"),
  pm2: pm2(data),
};
const member = (method: string, more: Partial<LhaMember> = {}): LhaMember => ({
  name: "a.exe",
  content,
  method,
  data: packed[method] ?? Buffer.alloc(0),
  ...more,
});

describe("an LHA archive", () => {
  test.each(Object.keys(packed))("gives what is packed by -%s-", (method) => {
    expect(openWith(lha, lhaFile([member(method)]))).toMatchObject({
      read: [["a.exe", content]],
      findings: [],
    });
  });

  test.each([0, 1, 2, 3] as const)(
    "is read with headers of level %i",
    (level) => {
      const bytes = lhaFile([
        member("lh5", { level }),
        member("lh0", {
          level,
          name: "two",
          ...(level === 0 ? {} : { directory: "in/a/" }),
        }),
      ]);
      expect(openWith(lha, bytes)).toMatchObject({
        read: [
          ["a.exe", content],
          [level === 0 ? "two" : "in/a/two", content],
        ],
        findings: [],
      });
    },
  );

  test("gives the blanks that the window begins with", () => {
    const blanks = [{ distance: 100, length: 20 }, 0x78];
    for (const [method, bytes] of [
      ["lh5", lzhBlock(blanks, 4)],
      ["lh1", lh1(blanks)],
    ] as const)
      expect(
        openWith(
          lha,
          lhaFile([
            { name: "a", content: unpacked(blanks), method, data: bytes },
          ]),
        ).read,
      ).toEqual([["a", `${" ".repeat(20)}x`]]);
  });

  test("of LHarc keeps up with a tree that is halved", () => {
    // The first time is after 32,454 symbols.
    const long = Array.from({ length: 34_000 }, (_, i) => (i * i) % 7);
    const text = unpacked(long);
    const bytes = lhaFile([
      { name: "a", content: text, method: "lh1", data: lh1(long) },
    ]);
    const { read, findings } = openWith(lha, bytes);
    expect(read[0]?.[1] === text).toBe(true);
    expect(findings).toEqual([]);
  });

  test("of MacLHA gives a file's data without its MacBinary header", () => {
    const header = Buffer.alloc(128);
    header[1] = 1;
    header.write("a", 2);
    header.writeUInt32BE(5, 83);
    const mac = `${header.toString("latin1")}hello${"\0".repeat(123)}`;
    const bytes = lhaFile([{ name: "a", content: mac, system: "m" }]);
    expect(openWith(lha, bytes).read.slice(1)).toEqual([["a/data", "hello"]]);
  });

  test("behind PMarc's self-extractor is found", () => {
    const bytes = Buffer.concat([
      Buffer.from("\x18\x79-pms-program code"),
      lhaFile([member("pm2", { level: 0 })]),
    ]);
    expect(openWith(lha, bytes).read).toEqual([["a.exe", content]]);
  });

  test("names what it can't unpack, and goes on behind it", () => {
    const bytes = lhaFile([
      member("lh2", { data: Buffer.from("packed") }),
      member("lhd", { name: "dir", data: Buffer.alloc(0), content: "" }),
      member("lh0"),
    ]);
    const { read, findings } = openWith(lha, bytes);
    expect(findings).toEqual(["unsupported lha-unsupported-method"]);
    expect(read).toEqual([["a.exe", content]]);
  });

  test("is remarked on where its content is not what it says", () => {
    const broken = Buffer.from(packed["lh5"] ?? []);
    const at = broken.length - 10;
    broken[at] = (broken[at] ?? 0) ^ 4;
    const findings = (bytes: Uint8Array) => openWith(lha, bytes).findings;
    expect(findings(lhaFile([member("lh5", { data: broken })]))).toEqual([
      "malformed lha-checksum last",
    ]);
    expect(findings(lhaFile([member("lh5", { size: 1000 })]))).toEqual([
      "malformed lha-truncated last",
    ]);
    expect(findings(lhaMember(member("lh5")).subarray(0, -20))).toEqual([
      "malformed lha-truncated last",
    ]);
    expect(
      findings(Buffer.concat([lhaMember(member("lh0")), Buffer.from("junk")])),
    ).toEqual(["malformed lha-malformed"]);
  });
});

describe("a hostile LHA archive", () => {
  test("stops at the limit of bytes, whatever size it states", () => {
    // One symbol that takes no bits, for matches of 256 bytes.
    const out = new BitWriter();
    for (let i = 0; i < 100; i++)
      out
        .put(0xffff, 16)
        .put(0, 5 + 5)
        .put(0, 9)
        .put(509, 9)
        .put(0, 4 + 4);
    const bomb = lhaFile([
      {
        name: "a",
        content: "",
        method: "lh5",
        data: out.bytes(),
        size: 0xffffffff,
      },
    ]);
    expect(
      openWith(lha, bomb, {
        limits: { expansionFreeBytes: 1_000_000, expansionRatio: 1 },
      }).limit,
    ).toBe("expansionRatio");
  });

  test.each(["lh1", "lh5", "lzs", "pm2"])(
    "of -%s- costs as much as it has bytes",
    (method) => {
      const noise = (bytes: number) =>
        lhaFile([
          {
            name: "a",
            content: "",
            method,
            data: Buffer.from(
              Array.from(
                { length: bytes },
                (_, i) => (i * i * 7 + (i >> 5)) & 255,
              ),
            ),
            size: 0xffffffff,
          },
        ]);
      const cost = (bytes: Buffer) =>
        Math.min(
          ...Array.from({ length: 5 }, () => cpuMs(() => openWith(lha, bytes))),
        );
      const [one, two] = [noise(100_000), noise(200_000)];
      cost(one);
      expect(cost(two)).toBeLessThan(2.5 * cost(one) + 20);
    },
  );

  test.each(["lh1", "lh5", "lzs", "lz5", "pm2"])(
    "of -%s-, changed anywhere, never makes it fail",
    (method) => {
      expectHardy(
        lha,
        lhaFile([member(method), member(method, { level: 2 })]),
        {},
        150,
      );
    },
  );
});

describe("another reader", () => {
  const lhasa = "/usr/bin/lhasa";

  test.skipIf(!existsSync(lhasa))("lhasa agrees with these writers", () => {
    const directory = mkdtempSync(join(tmpdir(), "lha-"));
    try {
      for (const method of Object.keys(packed)) {
        const file = join(directory, `${method}.lzh`);
        writeFileSync(file, lhaFile([member(method)]));
        // "p" prints to standard output, "q2" nothing else.
        const had = execFileSync(lhasa, ["pq2", file]).toString("latin1");
        expect(had, method).toBe(content);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

const corpus = process.env["QSIFT_CORPUS"];
const samples = join(corpus ?? "", "archives");

/** unar takes MacBinary apart, knows no LHARK, and 7-Zip fills up what is cut off. */
const differs = /maclha_224\/l[12]_lh1|lhark04d\/lh7|regression\/truncated/;

describe("samples of the archivers themselves", () => {
  test.skipIf(corpus === undefined)("are opened like others do", () => {
    const listed = readFileSync(
      join(samples, "REFERENCE-EXTRACTION.jsonl"),
      "utf8",
    )
      .split("\n")
      .filter((line) => line.includes("lhasa/test/archives"))
      .map(
        (line) =>
          JSON.parse(line) as {
            file: string;
            members?: [string, number, string][];
          },
      )
      .filter(({ file }) => /\.(?:lzh|lzs|pma)$/.test(file));
    expect(listed.length).toBeGreaterThan(70);
    for (const { file, members = [] } of listed) {
      const { entries, findings } = openWith(
        lha,
        readFileSync(join(samples, file)),
      );
      const had = entries.flatMap((entry) =>
        entry.kind === "read"
          ? [createHash("sha256").update(entry.content).digest("hex")]
          : [],
      );
      if (differs.test(file)) {
        expect(had.length, file).toBeGreaterThan(0);
        continue;
      }
      for (const [, , sum] of members) expect(had, file).toContain(sum);
      expect(findings, file).toEqual([]);
    }
  });
});
