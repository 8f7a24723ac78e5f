import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { cpio } from "../../src/extractors/cpio.ts";
import {
  hello,
  helloText,
  mutations,
  open,
  recognizes,
} from "./archive-samples.ts";

type Writer = (name: string, content: Buffer, mode?: number) => Buffer;

const padded = (bytes: Buffer, multiple: number): Buffer =>
  Buffer.concat([
    bytes,
    Buffer.alloc((multiple - (bytes.length % multiple)) % multiple),
  ]);

const hex = (...values: number[]): string =>
  values.map((value) => value.toString(16).padStart(8, "0")).join("");

const newc =
  (magic: string): Writer =>
  (name, content, mode = 0o100644) =>
    Buffer.concat([
      padded(
        Buffer.from(
          `${magic}${hex(1, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0)}${name}\0`,
        ),
        4,
      ),
      padded(content, 4),
    ]);

const octal = (value: number, digits: number): string =>
  value.toString(8).padStart(digits, "0");

const odc: Writer = (name, content, mode = 0o100644) =>
  Buffer.concat([
    Buffer.from(
      `070707${octal(0, 12)}${octal(mode, 6)}${octal(0, 24)}${octal(0, 11)}${octal(name.length + 1, 6)}${octal(content.length, 11)}${name}\0`,
    ),
    content,
  ]);

const binary =
  (isLittle: boolean): Writer =>
  (name, content, mode = 0o100644) => {
    const header = Buffer.alloc(26);
    const fields = [0o070707, 0, 1, mode, 0, 0, 1, 0, 0, 0, name.length + 1];
    [...fields, content.length >> 16, content.length & 0xffff].forEach(
      (value, i) =>
        isLittle
          ? header.writeUInt16LE(value, 2 * i)
          : header.writeUInt16BE(value, 2 * i),
    );
    return Buffer.concat([
      padded(Buffer.concat([header, Buffer.from(`${name}\0`)]), 2),
      padded(content, 2),
    ]);
  };

const writers: readonly [string, Writer][] = [
  ["newc", newc("070701")],
  ["newc with sums", newc("070702")],
  ["odc", odc],
  ["binary, least significant byte first", binary(true)],
  ["binary, most significant byte first", binary(false)],
];

describe.each(writers)("a cpio archive, %s,", (_name, write) => {
  const bytes = Buffer.concat([
    write("d", Buffer.alloc(0), 0o040755),
    write("docs/a.txt", hello),
    write("link", Buffer.from("/etc/x"), 0o120777),
    write("TRAILER!!!", Buffer.alloc(0), 0),
    Buffer.alloc(100),
  ]);

  test("gives its files and links", () => {
    expect(recognizes(cpio, bytes)).toBe(true);
    const { texts, names } = open(cpio, bytes);
    expect(texts).toEqual([`docs/a.txt: ${helloText}`, "link: /etc/x"]);
    expect(names).toEqual([]);
  });

  test("gives the head of a file that breaks off", () => {
    const whole = write("a", hello);
    const { texts, names } = open(cpio, whole.subarray(0, whole.length - 60));
    expect(texts[0]).toMatch(/^a: qsift/);
    expect(names).toEqual(["cpio-truncated"]);
  });

  test("never throws, whatever is changed in it", () => {
    fc.assert(
      fc.property(mutations(bytes), (mutation) => {
        if (recognizes(cpio, mutation)) open(cpio, mutation);
      }),
      { numRuns: 200 },
    );
  });
});

test("several archives in one file are read, and damage between members passed over", () => {
  const write = newc("070701");
  const one = Buffer.concat([
    write("a", hello),
    write("TRAILER!!!", Buffer.alloc(0), 0),
  ]);
  expect(
    open(cpio, Buffer.concat([one, Buffer.alloc(512), one])).texts,
  ).toHaveLength(2);
  const { texts, names } = open(
    cpio,
    Buffer.concat([write("a", hello), Buffer.from("??"), write("b", hello)]),
  );
  expect(texts).toHaveLength(2);
  expect(names).toEqual(["cpio-malformed"]);
});
