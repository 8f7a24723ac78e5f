import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { tar } from "../../src/extractors/tar.ts";
import {
  cpuMs,
  hello,
  helloText,
  mutations,
  open,
  paxRecord,
  recognizes,
  tarEnd,
  tarMember,
} from "./archive-samples.ts";

const attack = Buffer.from("attack");
const file = tarMember({ name: "a.txt", content: hello });

describe("a tar archive", () => {
  test("gives its files without a remark", () => {
    const bytes = Buffer.concat([
      tarMember({ name: "d/", type: "5" }),
      file,
      tarMember({ name: "b", content: attack, prefix: "long/way" }),
      tarEnd,
    ]);
    expect(recognizes(tar, bytes)).toBe(true);
    const { texts, names } = open(tar, bytes);
    expect(texts).toEqual([`a.txt: ${helloText}`, "long/way/b: attack"]);
    expect(names).toEqual([]);
  });

  test("of v7, without magic, is recognised by its sum", () => {
    const bytes = Buffer.concat([
      tarMember({ name: "a", content: attack, type: "\0", magic: "" }),
      tarEnd,
    ]);
    expect(recognizes(tar, bytes)).toBe(true);
    expect(open(tar, bytes).texts).toEqual(["a: attack"]);
    expect(recognizes(tar, Buffer.alloc(1024))).toBe(false);
    expect(recognizes(tar, Buffer.from("x".repeat(1024)))).toBe(false);
  });

  test("may have long names, of GNU and of pax", () => {
    const long = "x".repeat(300);
    const { read } = open(
      tar,
      Buffer.concat([
        tarMember({
          name: "././@LongLink",
          type: "L",
          content: Buffer.from(`${long}\0`),
        }),
        file,
        tarMember({
          name: "pax",
          type: "x",
          content: paxRecord("path", "ünïcode"),
        }),
        file,
        file,
      ]),
    );
    expect(read.map(({ filename }) => filename)).toEqual([
      long,
      "ünïcode",
      "a.txt",
    ]);
  });

  test("may have sizes in base 256", () => {
    const size = Buffer.alloc(12);
    size[0] = 0x80;
    size[11] = attack.length;
    const bytes = tarMember({
      name: "a",
      content: attack,
      patch: [[124, size]],
    });
    expect(open(tar, bytes).texts).toEqual(["a: attack"]);
  });

  test("gives links with their target's name or bytes", () => {
    const { texts } = open(
      tar,
      Buffer.concat([
        file,
        tarMember({ name: "s", type: "2", link: "/etc/passwd" }),
        tarMember({ name: "h.exe", type: "1", link: "a.txt" }),
      ]),
    );
    expect(texts).toEqual([
      `a.txt: ${helloText}`,
      "s: /etc/passwd",
      `h.exe: ${helloText}`,
    ]);
  });
});

describe("what readers disagree about", () => {
  test("a wrong sum is remarked, and the file read", () => {
    const { texts, names } = open(
      tar,
      Buffer.concat([
        tarMember({ name: "a", content: attack, sum: "000001\0 " }),
        tarEnd,
      ]),
    );
    expect(texts).toEqual(["a: attack"]);
    expect(names).toEqual(["tar-checksum"]);
  });

  test("members after the end are read and remarked", () => {
    const { texts, names } = open(
      tar,
      Buffer.concat([file, tarEnd, tarEnd, file]),
    );
    expect(texts).toHaveLength(2);
    expect(names).toEqual(["tar-after-end"]);
  });

  test("another size in the pax header is remarked", () => {
    const inner = tarMember({ name: "hidden", content: attack });
    const { texts, names } = open(
      tar,
      Buffer.concat([
        tarMember({
          name: "pax",
          type: "x",
          content: paxRecord("size", String(inner.length)),
        }),
        tarMember({ name: "outer", size: "00000000000" }),
        inner,
        tarEnd,
      ]),
    );
    // The hidden member is the outer one's content, and opened in turn.
    expect(texts[0]).toMatch(/^outer: hidden/);
    expect(names).toEqual(["tar-size-mismatch"]);
  });

  test("garbage between members is passed over", () => {
    const { texts, names } = open(
      tar,
      Buffer.concat([file, Buffer.alloc(512, "?"), file]),
    );
    expect(texts).toHaveLength(2);
    expect(names).toEqual(["tar-malformed"]);
  });

  test("a file that breaks off is remarked", () => {
    const { read, names } = open(
      tar,
      tarMember({ name: "a", content: Buffer.alloc(5000, "a") }).subarray(
        0,
        2048,
      ),
    );
    expect(read[0]?.content).toHaveLength(1536);
    expect(names).toEqual(["tar-truncated"]);
  });
});

describe("files with holes", () => {
  const octal = (value: number): string =>
    `${value.toString(8).padStart(11, "0")}\0`;
  const sparse = (realSize: number): Buffer =>
    tarMember({
      name: "s",
      type: "S",
      content: attack,
      magic: "ustar  \0",
      patch: [
        [386, Buffer.from(octal(10) + octal(attack.length))],
        [483, Buffer.from(octal(realSize))],
      ],
    });

  test("are filled with zeros", () => {
    expect(open(tar, Buffer.concat([sparse(20), file])).texts).toEqual([
      `s: ${"\0".repeat(10)}attack${"\0".repeat(4)}`,
      `a.txt: ${helloText}`,
    ]);
  });

  test("are not where that would be 8 GiB, but named", () => {
    const { texts, entries } = open(tar, sparse(0o77777777777));
    expect(entries[0]).toMatchObject({
      kind: "unread",
      reason: "limit",
      name: "tar-sparse",
    });
    expect(texts).toEqual(["s: attack"]);
  });

  test("may have their map in a pax header or before the data", () => {
    const pax = (...records: [string, string][]): Buffer =>
      tarMember({
        name: "pax",
        type: "x",
        content: Buffer.concat(records.map(([k, v]) => paxRecord(k, v))),
      });
    const filled = `s: ${"\0".repeat(3)}attack`;
    const old = Buffer.concat([
      pax(
        ["GNU.sparse.size", "9"],
        ["GNU.sparse.offset", "3"],
        ["GNU.sparse.numbytes", "6"],
      ),
      tarMember({ name: "s", content: attack }),
    ]);
    const map = Buffer.concat([
      pax(["GNU.sparse.size", "9"], ["GNU.sparse.map", "3,6"]),
      tarMember({ name: "s", content: attack }),
    ]);
    const leading = Buffer.alloc(512);
    leading.write("1\n3\n6\n");
    const current = Buffer.concat([
      pax(
        ["GNU.sparse.major", "1"],
        ["GNU.sparse.minor", "0"],
        ["GNU.sparse.name", "s"],
        ["GNU.sparse.realsize", "9"],
      ),
      tarMember({
        name: "GNUSparseFile.1/s",
        content: Buffer.concat([leading, attack]),
      }),
    ]);
    for (const bytes of [old, map, current])
      expect(open(tar, bytes).texts).toEqual([filled]);
  });
});

describe("cost", () => {
  test("a pax header of 20 MB takes a moment", () => {
    const records = paxRecord("comment", "x".repeat(80));
    const content = Buffer.concat(
      Array.from({ length: 200_000 }, () => records),
    );
    const bytes = Buffer.concat([
      tarMember({ name: "pax", type: "x", content }),
      file,
    ]);
    const ms = cpuMs(() => {
      expect(open(tar, bytes).texts).toHaveLength(1);
    });
    expect(ms).toBeLessThan(2000);
  });

  test("100,000 members end at the limit of parts", () => {
    const one = tarMember({ name: "a" });
    const bytes = Buffer.concat(Array.from({ length: 100_000 }, () => one));
    expect(open(tar, bytes).limit).toBe("parts");
  });

  test("20 MB of zeros or of garbage are passed over", () => {
    const ms = cpuMs(() => {
      for (const fill of [0, 63])
        open(tar, Buffer.concat([file, Buffer.alloc(20_000_000, fill)]));
    });
    expect(ms).toBeLessThan(2000);
  });
});

test("no mutation of a tar archive makes it throw", () => {
  const base = Buffer.concat([
    tarMember({ name: "pax", type: "x", content: paxRecord("size", "111") }),
    file,
    tarMember({ name: "h", type: "1", link: "a.txt" }),
    tarEnd,
  ]);
  fc.assert(
    fc.property(mutations(base), (bytes) => {
      open(tar, bytes);
    }),
    { numRuns: 500 },
  );
});

test.each(["A", "N", "V"])(
  "data of a header of type %s, which some extract as a file, is an entry",
  (type) => {
    const bytes = Buffer.concat([
      tarMember({ name: "b", content: attack, type }),
      tarEnd,
    ]);
    expect(open(tar, bytes).texts).toEqual(["b: attack"]);
  },
);

test("what is appended behind the end is an entry", () => {
  const bytes = Buffer.concat([file, tarEnd, attack]);
  expect(open(tar, bytes).texts).toContain("trailing data: attack");
});
