import { expect, test } from "vitest";

import { lzip } from "../../src/extractors/lzma-lzip.ts";
import { helloText, open, recognizes, samples } from "./archive-samples.ts";

/** A member made of the stream of the .lzma sample, which has an end mark. */
function member(dictionary = 12): Buffer {
  const stream = samples.lzma.subarray(13);
  const trailer = Buffer.alloc(20);
  trailer.writeBigUInt64LE(BigInt(6 + stream.length + 20), 12);
  return Buffer.concat([
    Buffer.from("LZIP\x01", "latin1"),
    Buffer.from([dictionary]),
    stream,
    trailer,
  ]);
}

test("an lzip file is unpacked and named after its container", () => {
  expect(recognizes(lzip, member())).toBe(true);
  const { texts, names } = open(lzip, member(), { filename: "a.tar.lz" });
  expect(texts).toEqual([`a.tar: ${helloText}`]);
  expect(names).toEqual([]);
});

test("members follow each other in one entry", () => {
  const bytes = Buffer.concat([member(), member(), member()]);
  expect(open(lzip, bytes).texts).toEqual([
    `: ${helloText}${helloText}${helloText}`,
  ]);
});

test("a dictionary of 512 MiB is not believed", () => {
  expect(open(lzip, member(29)).texts).toEqual([`: ${helloText}`]);
});

test("more members than are read are said", () => {
  const bytes = Buffer.concat(Array.from({ length: 65 }, () => member()));
  expect(open(lzip, bytes).names).toEqual(["lzip-members"]);
});

test("damage is remarked", () => {
  const { read, names } = open(
    lzip,
    Buffer.from("LZIP\x01\x0cgarbage garbage"),
  );
  expect(read).toEqual([]);
  expect(names).toEqual(["lzip-malformed"]);
});
