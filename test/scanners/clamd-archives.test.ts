// What archives hold reaches a real clamd: either it opens them itself, or it
// is sent what is in them.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { parseAddress } from "../../src/scanners/address.ts";
import { clamd } from "../../src/scanners/clamd.ts";
import { clamdSight } from "../../src/scanners/clamd-sight.ts";
import {
  isInstalled,
  startClamd,
  type PrivateClamd,
} from "../backends/clamd.ts";
import {
  hello,
  paxRecord,
  samples,
  tarEnd,
  tarMember,
  zipFile,
} from "../extractors/archive-samples.ts";
import { expand } from "../extractors/expand-all.ts";
import { noDeadline, subjectOf } from "./subject.ts";

const installed = isInstalled();
const title = installed ? "a real clamd" : "a real clamd (not installed)";
const other = Buffer.from("something else before it\n".repeat(20));
const first = { name: "first.txt", content: other };
const second = { name: "hello.txt", content: hello };
const tar = Buffer.concat([tarMember(first), tarMember(second), tarEnd]);
const pax = tarMember({
  name: "pax",
  type: "x",
  content: paxRecord("path", `${"d/".repeat(100)}long.txt`),
});
const gnuName = tarMember({
  name: "././@LongLink",
  type: "L",
  content: Buffer.from(`${"d/".repeat(100)}long.txt\0`),
});

/** What clamd is trusted to open. */
const plain: Readonly<Record<string, Buffer>> = {
  "zip, deflated": zipFile([first, second]),
  "zip, stored": zipFile([
    { ...first, method: 0 },
    { ...second, method: 0 },
  ]),
  "zip, with sizes after the data": zipFile([
    { ...first, flags: 8, local: { packed: 0, size: 0, crc: 0 } },
    { ...second, flags: 8, local: { packed: 0, size: 0, crc: 0 } },
  ]),
  "zip, with UTF-8 names": zipFile([
    { name: "\u00fc.txt", content: hello, flags: 0x800 },
  ]),
  "zip in zip in zip": [1, 2].reduce(
    (content) => zipFile([{ name: "a.zip", content }]),
    zipFile([first, second]),
  ),
  gzip: gzipSync(hello),
  "gzip with a name": gzipWithName(hello),
  tar: tar,
  "tar, GNU": Buffer.concat([gnuName, tarMember(second), tarEnd]),
  "tar, pax": Buffer.concat([pax, tarMember(second), tarEnd]),
  "tar, v7": Buffer.concat([
    tarMember({ ...first, magic: "" }),
    tarMember({ ...second, magic: "" }),
    tarEnd,
  ]),
  "tar.gz": gzipSync(tar),
};

/** What it opens in part, or not at all; some of it is not needed, and then sent for nothing. */
const odd: Readonly<Record<string, Buffer>> = {
  ...Object.fromEntries(
    Object.entries(samples).filter(([name]) => name !== "bzip2-bomb"),
  ),
  "gzip, two members": Buffer.concat([gzipSync(other), gzipSync(hello)]),
  "tar after its end": Buffer.concat([tarMember(first), tarEnd, tar]),
  "zip, not in the directory": Buffer.concat([
    zipFile([second]).subarray(0, -22 - 46 - second.name.length),
    zipFile([first]),
  ]),
};

describe.skipIf(!installed)(title, () => {
  let folder = "";
  let daemon: PrivateClamd;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "qsift-clamd-"));
    daemon = await startClamd(folder, ["AlertEncrypted no"]);
  });
  afterAll(async () => {
    await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function mail(content: Buffer): Buffer {
    const lines = content.toString("base64").replace(/.{76}/g, "$&\n");
    return Buffer.from(
      "Subject: x\nMIME-Version: 1.0\n" +
        "Content-Type: multipart/mixed; boundary=b\n\n" +
        "--b\n\nPassword: secret\n--b\n" +
        "Content-Type: application/octet-stream\n" +
        `Content-Transfer-Encoding: base64\n\n${lines}\n--b--\n`,
    );
  }

  async function finds(content: Buffer, parts: string): Promise<boolean> {
    const bytes = mail(content);
    const message = await expand(bytes, defaultLimits);
    const scanner = clamd.open(
      {
        ...clamd.defaults,
        addresses: [parseAddress(daemon.address)],
        options: { parts },
      },
      defaultLimits,
    );
    const subject = { ...subjectOf(bytes), message };
    const { findings } = await scanner.scan(subject, noDeadline());
    return findings.some(({ name }) => name.startsWith("Test.Fixture"));
  }

  test.each(Object.keys(plain))(
    "opens %s itself, and is not sent what is in it",
    async (name) => {
      const content = plain[name] ?? Buffer.alloc(0);
      expect(await finds(content, "mime")).toBe(true);
      const message = await expand(mail(content), defaultLimits);
      const isSeen = clamdSight(message, Infinity);
      const inside = message.parts.filter(
        ({ parent }) => parent !== null && parent > 1,
      );
      expect(inside.length).toBeGreaterThan(0);
      expect(inside.filter((part) => !isSeen(part))).toEqual([]);
    },
  );

  test.each(Object.keys(odd))("finds what is in %s", async (name) => {
    expect(await finds(odd[name] ?? Buffer.alloc(0), "unseen")).toBe(true);
  });

  test("would not find all of it by itself", async () => {
    const missed = [];
    for (const [name, content] of Object.entries(odd))
      if (!(await finds(content, "mime"))) missed.push(name);
    expect(missed).toEqual(
      expect.arrayContaining([
        "7z-encrypted",
        "lzma",
        "zip-lzma",
        "zip-ppmd",
        "zip-xz",
        "zip-zipcrypto",
        "zip-aes256",
        "zip, not in the directory",
      ]),
    );
  });
});

/** RFC 1952 2.3.1: FNAME. */
function gzipWithName(content: Buffer): Buffer {
  const bytes = gzipSync(content);
  bytes[3] = 8;
  return Buffer.concat([
    bytes.subarray(0, 10),
    Buffer.from("hello.txt\0"),
    bytes.subarray(10),
  ]);
}
