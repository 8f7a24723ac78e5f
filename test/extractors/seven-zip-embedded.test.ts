import { describe, expect, test } from "vitest";

import { selfExtracting } from "../../src/extractors/seven-zip-embedded.ts";
import { hello, open, recognizes, samples } from "./archive-samples.ts";
import { cabFile, rar4File, rar5File } from "./archive-writers.ts";
import { lhaFile } from "./lzh-writers.ts";

const file = { name: "a.txt", content: hello };
const program = Buffer.concat([
  Buffer.from("MZ"),
  // A program that knows archives has their signatures in it.
  Buffer.from("7z\xbc\xaf\x27\x1c Rar!\x1a\x07\x00 MSCF\0\0\0\0", "latin1"),
  Buffer.alloc(1000, 0x90),
]);

describe("behind a program", () => {
  test.each([
    ["7z", samples["7z"]],
    ["rar", rar4File([file])],
    ["rar", rar5File([file])],
    ["cab", cabFile([file])],
  ])("a %s archive is found", (ending, archive) => {
    const bytes = Buffer.concat([program, archive]);
    expect(recognizes(selfExtracting, bytes)).toBe(true);
    const { read } = open(selfExtracting, bytes);
    expect(read.map(({ place }) => place)).toEqual([
      `embedded-${program.length}.${ending}`,
    ]);
    expect(archive.equals(read[0]?.content ?? Buffer.alloc(0))).toBe(true);
  });

  test("two archives are found, and nothing within the first", () => {
    const outer = cabFile([{ name: "x.7z", content: samples["7z"] }]);
    const { read } = open(
      selfExtracting,
      Buffer.concat([program, outer, samples["7z"]]),
    );
    expect(read.map(({ place }) => place)).toEqual([
      `embedded-${program.length}.cab`,
      `embedded-${program.length + outer.length}.7z`,
    ]);
  });
});

test("a picture with an archive appended is both", () => {
  const bytes = Buffer.concat([
    Buffer.from("GIF89a"),
    Buffer.alloc(50),
    samples["7z"],
  ]);
  expect(open(selfExtracting, bytes).read).toHaveLength(1);
});

test("a script that carries a compressed file gives it", () => {
  const bytes = Buffer.concat([
    Buffer.from("#!/bin/sh\ntail -n +3 $0 | xz -d\nexit\n"),
    samples.xz,
  ]);
  const { read } = open(selfExtracting, bytes);
  expect(samples.xz.equals(read[0]?.content ?? Buffer.alloc(0))).toBe(true);
});

test("signatures alone are nothing", () => {
  expect(open(selfExtracting, program).read).toEqual([]);
  expect(recognizes(selfExtracting, hello)).toBe(false);
});

describe("more than is looked at is a finding", () => {
  const small = cabFile([file]);

  test("of more archives than the limit", () => {
    const bytes = Buffer.concat([program, ...Array<Buffer>(5).fill(small)]);
    const { read, names } = open(selfExtracting, bytes, {
      limits: { embeddedArchives: 3 },
    });
    expect(read).toHaveLength(3);
    expect(names).toEqual(["embedded-archives"]);
    const all = open(selfExtracting, bytes, {
      limits: { embeddedArchives: 5 },
    });
    expect(all.read).toHaveLength(5);
    expect(all.names).toEqual([]);
  });

  test("of more places that look like one than are tested", () => {
    const likely = Buffer.from("60ea20001e000000000002", "hex");
    const decoys = Buffer.alloc(likely.length * 1001, likely);
    const { read, names } = open(
      selfExtracting,
      Buffer.concat([program, decoys, small]),
    );
    // Other kinds are found behind them all the same.
    expect(read).toHaveLength(1);
    expect(names).toEqual(["embedded-tests-arj"]);
  });

  test("but archives inside the first hide none behind it", () => {
    const inner = Array.from({ length: 20 }, (_, i) => ({
      name: `${i}`,
      content: small,
    }));
    const outer = cabFile(inner);
    const { read, names } = open(
      selfExtracting,
      Buffer.concat([program, outer, samples["7z"]]),
    );
    expect(read.map(({ place }) => place.split(".").at(-1))).toEqual([
      "cab",
      "7z",
    ]);
    expect(names).toEqual([]);
  });
});

test("an archive behind a DOS program without a header is found", () => {
  const bytes = Buffer.concat([
    Buffer.from([0xeb, 0x1c]),
    Buffer.alloc(500),
    lhaFile([{ name: "a", content: "hello" }]),
    samples["7z"],
  ]);
  expect(open(selfExtracting, bytes).read.map(({ place }) => place)).toEqual([
    "embedded-502.lzh",
    // The 0 that ends the first is not part of it.
    `embedded-${bytes.length - samples["7z"].length}.7z`,
  ]);
});

test.each([
  ["text", "hello, world\n".repeat(10)],
  ["bytes that are nothing", "\x01\x02\x03".repeat(10)],
  ["a PDF", "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"],
])("an archive behind %s is found", (_, first) => {
  const bytes = Buffer.concat([Buffer.from(first, "latin1"), samples["7z"]]);
  expect(recognizes(selfExtracting, bytes)).toBe(true);
  expect(open(selfExtracting, bytes).read).toHaveLength(1);
});
