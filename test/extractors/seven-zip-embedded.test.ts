import { describe, expect, test } from "vitest";

import { selfExtracting } from "../../src/extractors/seven-zip-embedded.ts";
import { hello, open, recognizes, samples } from "./archive-samples.ts";
import { cabFile, rar4File, rar5File } from "./archive-writers.ts";

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
