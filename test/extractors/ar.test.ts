import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ar } from "../../src/extractors/ar.ts";
import {
  hello,
  helloText,
  mutations,
  open,
  recognizes,
} from "./archive-samples.ts";

function member(name: string, content: Buffer, size = content.length): Buffer {
  const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"644".padEnd(8)}${String(size).padEnd(10)}\`\n`;
  const padding = Buffer.alloc(content.length % 2, "\n");
  return Buffer.concat([Buffer.from(header), content, padding]);
}

const magic = Buffer.from("!<arch>\n");

describe("an ar archive", () => {
  test("of Debian gives its members", () => {
    const bytes = Buffer.concat([
      magic,
      member("debian-binary", Buffer.from("2.0\n")),
      member("data.tar/", hello),
    ]);
    expect(recognizes(ar, bytes)).toBe(true);
    const { texts, names } = open(ar, bytes);
    expect(texts).toEqual(["debian-binary: 2.0\n", `data.tar: ${helloText}`]);
    expect(names).toEqual([]);
  });

  test("may have long names, of GNU and of BSD", () => {
    const names = Buffer.from("first-long-name.o/\nsecond-long-name.o/\n");
    const bsd = Buffer.concat([Buffer.from("../evil\0"), Buffer.from("x")]);
    const bytes = Buffer.concat([
      magic,
      member("/", Buffer.alloc(4)),
      member("//", names),
      member("/19", Buffer.from("b")),
      member("#1/8", bsd),
    ]);
    expect(open(ar, bytes).texts).toEqual([
      "second-long-name.o: b",
      "../evil: x",
    ]);
  });

  test("that is thin has its members elsewhere", () => {
    expect(open(ar, Buffer.from("!<thin>\n")).entries).toMatchObject([
      { kind: "unread", reason: "unsupported", name: "ar-thin" },
    ]);
  });

  test("that is damaged or breaks off is remarked", () => {
    expect(
      open(ar, Buffer.concat([magic, Buffer.alloc(60, "?")])).names,
    ).toEqual(["ar-malformed"]);
    const { read, names } = open(
      ar,
      Buffer.concat([magic, member("a", hello, 9999)]),
    );
    expect(read).toHaveLength(1);
    expect(names).toEqual(["ar-truncated"]);
  });

  test("never throws, whatever is changed in it", () => {
    const base = Buffer.concat([
      magic,
      member("//", Buffer.from("long/\n")),
      member("/0", hello),
      member("#1/3", hello),
    ]);
    fc.assert(
      fc.property(mutations(base), (bytes) => {
        if (recognizes(ar, bytes)) open(ar, bytes);
      }),
      { numRuns: 300 },
    );
  });
});
