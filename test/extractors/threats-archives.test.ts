// Archives made to harm a filter, each through the sandbox as in production,
// and after each a plain message that must be opened as ever. What is tested
// elsewhere:
//
// lying sizes, two end records, prefixed bytes, methods, AES and ZipCrypto,
//   10^5 empty entries, entries on the same data: zip.test.ts
// names encrypted in 7z, key derivation of 2^24 rounds: seven-zip.test.ts
// 200,000 gzip members, the last damaged: gzip.test.ts
// symbolic and hard links: tar.test.ts, seven-zip.test.ts, cpio.test.ts
// what a name becomes: filename.test.ts
// TNEF of nothing but its signature, lengths of 2^32 - 1, counts of 2^31 - 1,
//   TNEF in TNEF: tnef.test.ts; lying LZFu sizes, references before the start:
//   lzfu.test.ts
// the same content twice: expand.test.ts

import { symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openSandbox,
  type Sandbox,
} from "../../src/extractors/sandbox/sandbox.ts";
import { defaultLimits } from "../../src/limits.ts";
import type { Message } from "../../src/mail.ts";
import { printable } from "../../src/printable.ts";
import {
  hello,
  helloText,
  tarEnd,
  tarMember,
  zipFile,
} from "./archive-samples.ts";
import { buildWorker, type WorkerFile } from "./sandbox/worker-file.ts";
import {
  bzip2Bomb,
  gzipOfMembers,
  gzipQuine,
  hostileNames,
  mailWith,
  nestedBomb,
  nestedDocument,
  overlapBomb,
  paxTar,
  rarWithEncryptedNames,
  sparseTar,
  xzWithLargeDictionary,
  zip64,
} from "./threats-samples.ts";
import { attribute, propertyList, tnefStream } from "./tnef-writer.ts";

/** Of the process and its workers, which are threads of it: twice what is wanted, for slow machines. */
const mostCpuMs = 4000;

let worker: WorkerFile;
let sandbox: Sandbox;
const failures: Error[] = [];
const never = new AbortController().signal;

beforeAll(async () => {
  worker = await buildWorker("src/extractors/sandbox/worker.ts");
  // Where the worker finds 7-Zip's module.
  const modules = join(import.meta.dirname, "../../node_modules");
  symlinkSync(modules, join(dirname(worker.path), "node_modules"));
  sandbox = openSandbox({
    workers: 1,
    limits: defaultLimits,
    workerFile: worker.path,
    onFailure: (cause) => failures.push(cause),
  });
});

afterAll(async () => {
  await sandbox.close();
  worker.remove();
});

async function expand(bytes: Buffer): Promise<Message> {
  const result = await sandbox.expand(bytes, never);
  expect(failures).toEqual([]);
  if (result.kind === "expanded") return result.message;
  throw new Error(`the sandbox gave up: ${result.finding.name}`);
}

const findings = ({ findings: all }: Message) =>
  all.map(({ kind, name }) => `${kind} ${name}`);
const text = (content: Uint8Array) => Buffer.from(content).toString("latin1");

/** After whatever came before, an ordinary message is opened as ever. */
async function expectNextUnharmed(): Promise<void> {
  const zip = zipFile([{ name: "a.txt", content: hello }]);
  const next = await expand(mailWith(zip, "a.zip"));
  expect(next.parts.map(({ content }) => text(content))).toContain(helloText);
  expect(next.findings).toEqual([]);
}

describe("a bomb ends within its limits, and the next message is unharmed", () => {
  test.each<[string, () => Buffer, string]>([
    [
      "entries that overlap: 42 kB to 5.5 GB",
      () => overlapBomb(250, 22_000_000),
      "limit expansion-ratio",
    ],
    ["twenty zip files in one another", () => nestedBomb(20, 1), "limit depth"],
    [
      "five levels of sixteen zip files each",
      () => nestedBomb(5, 16),
      "limit expansion-ratio",
    ],
    ["Zip64 of 70,000 entries", () => zip64(70_000), "limit parts"],
    [
      "xz with a dictionary of 1.5 GiB",
      xzWithLargeDictionary,
      "limit xz-memory",
    ],
    ["bzip2, 4.7 kB to 4 GiB", bzip2Bomb, "limit expansion-ratio"],
    ["a hole of 8 EiB in a tar file", sparseTar, "limit tar-sparse"],
  ])("%s", async (_, make, finding) => {
    const message = mailWith(make());
    const before = process.cpuUsage();
    const opened = await expand(message);
    const { user, system } = process.cpuUsage(before);
    expect(findings(opened)).toContain(finding);
    expect((user + system) / 1000).toBeLessThan(mostCpuMs);
    await expectNextUnharmed();
  });

  test("a gzip file that unpacks to itself", async () => {
    const quine = gzipQuine();
    expect(gunzipSync(quine).equals(quine)).toBe(true);
    const { parts } = await expand(mailWith(quine, "q.gz"));
    // The message, the attachment, and what is in it, which is not opened again.
    expect(parts).toHaveLength(3);
    await expectNextUnharmed();
  });
});

describe("what is deep or disguised is found", () => {
  test("a macro in a document in a zip in a message in a zip in TNEF", async () => {
    const opened = await expand(
      mailWith(nestedDocument(), "winmail.dat", "application/ms-tnef"),
    );
    expect(findings(opened)).toContain("macro vba-autoexec");
    const places = opened.parts.map(({ place }) => place).join("\n");
    expect(places).toMatch(
      /mail\.eml\/.*letter\.docm\/word\/vbaProject\.bin$/m,
    );
  });

  test("an archive named .jpg", async () => {
    const zip = zipFile([{ name: "a.txt", content: hello }]);
    const { parts } = await expand(mailWith(zip, "photo.jpg", "image/jpeg"));
    expect(parts.map(({ place }) => place)).toEqual(["", "1", "1/a.txt"]);
  });

  test("the last of 1,000 gzip members", async () => {
    const { parts } = await expand(mailWith(gzipOfMembers(1000), "a.gz"));
    expect(text(parts[2]?.content ?? Buffer.alloc(0))).toMatch(/\n999\n$/);
  });

  test("what follows a pax header of 60 MB, and of 100 MB at least that it was not", async () => {
    const message = mailWith(gzipSync(paxTar(60_000_000), { level: 1 }));
    const before = process.cpuUsage();
    const { parts } = await expand(message);
    const { user, system } = process.cpuUsage(before);
    expect(parts.map(({ filename }) => filename)).toContain("after.txt");
    const larger = mailWith(gzipSync(paxTar(100_000_000), { level: 1 }));
    expect((await expand(larger)).findings).toContainEqual(
      expect.objectContaining({ kind: "limit" }),
    );
    expect((user + system) / 1000).toBeLessThan(mostCpuMs);
    await expectNextUnharmed();
  });

  test("names encrypted in a rar file are said to be", async () => {
    const opened = await expand(mailWith(rarWithEncryptedNames(), "a.rar"));
    expect(findings(opened)).toContain("encrypted rar-encrypted");
  });

  test("a TNEF attachment after a value with negative padding", async () => {
    // A length of 2^32 - 3, whose padding to four bytes would lead backwards.
    const list = propertyList([{ type: 0x1f, id: 0x3707, values: ["a"] }]);
    list.writeUInt32LE(0xffff_fffd, 12);
    const stream = tnefStream(
      attribute(0x0006_9002, Buffer.alloc(14), { level: 2 }),
      attribute(0x0006_9005, list, { level: 2 }),
      attribute(0x0006_800f, hello, { level: 2 }),
    );
    const { parts } = await expand(mailWith(stream, "winmail.dat"));
    expect(parts.map(({ content }) => text(content))).toContain(helloText);
  });
});

describe("a name is data for a person, never a path", () => {
  test.each<[string, Buffer]>([
    [
      "zip",
      zipFile(
        hostileNames.map((name, i) => ({ name, content: Buffer.from(`${i}`) })),
      ),
    ],
    [
      "tar",
      Buffer.concat([
        ...hostileNames
          .filter((name) => name.length <= 100 && !name.includes("\0"))
          .map((name) =>
            tarMember({ name, content: Buffer.from(`tar ${name}`) }),
          ),
        tarEnd,
      ]),
    ],
  ])("in a %s file", async (format, bytes) => {
    const { parts } = await expand(mailWith(bytes, `a.${format}`));
    const entries = parts.slice(2);
    // Twins stay two, and nothing is lost to a name that cannot be.
    if (format === "zip") expect(entries).toHaveLength(hostileNames.length);
    else expect(entries).toHaveLength(hostileNames.length - 2);
    for (const { place, filename, otherFilenames } of parts) {
      const shown = place.replaceAll("\\", "");
      expect(printable(shown)).toBe(shown);
      for (const name of [filename ?? "", ...otherFilenames])
        expect(name).not.toMatch(/[/\\\0-\x1F\x7F-\x9F\u202E]/);
    }
  });
});
