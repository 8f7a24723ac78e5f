// What compare-libraries.mjs gives to the libraries: messages with what each
// must show, and archives with the sha256 of each member that must be found.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "./compare-cause.mjs";

const fixtures = join(
  dirname(fileURLToPath(import.meta.url)),
  "../test/extractors/mime",
);
const clamavFolder = "/usr/share/clamav-testfiles";
/** clam.exe, harmless, in every one of them. */
const clamExe =
  "71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495";

/** Fixture messages, and the texts and files that their expectations name. */
export function ordinaryMessages() {
  return readdirSync(fixtures)
    .filter((name) => name.endsWith(".eml"))
    .map((name) => ({
      name,
      bytes: readFileSync(join(fixtures, name)),
      contents: JSON.parse(
        readFileSync(join(fixtures, name.replace(/eml$/, "json")), "utf8"),
      )
        .parts.filter(
          ({ declaredType, content }) =>
            content !== "" && !declaredType?.startsWith("message/"),
        )
        .map(({ content }) => Buffer.from(content, "latin1")),
    }));
}

/** Zip files by what is unusual about them. */
export function zipSamples({ samples }) {
  const { hello, zipFile, zipRecords, endRecord, samples: made } = samples;
  const one = zipFile([{ name: "hello.txt", content: hello }]);
  const other = Buffer.from("the second file\n");
  const two = zipFile([{ name: "two.txt", content: other }]);
  const wanted = [sha256(hello)];
  const listed = zipRecords({ name: "hello.txt", content: hello }, 0);
  const unlisted = zipRecords(
    { name: "two.txt", content: other },
    listed.local.length,
  );
  const lying = zipFile([
    { name: "hello.txt", content: hello, central: { size: 1 } },
  ]);
  const cases = {
    deflated: [one, wanted],
    stored: [
      zipFile([{ name: "hello.txt", content: hello, method: 0 }]),
      wanted,
    ],
    "bytes before it": [
      Buffer.concat([Buffer.from("#!/bin/sh\nexit 0\n"), one]),
      wanted,
    ],
    "bytes after it": [Buffer.concat([one, Buffer.alloc(70_000, 10)]), wanted],
    "two archives one after the other": [
      Buffer.concat([one, two]),
      [...wanted, sha256(other)],
    ],
    "a member that the directory leaves out": [
      Buffer.concat([
        listed.local,
        unlisted.local,
        listed.central,
        endRecord(
          1,
          listed.central.length,
          listed.local.length + unlisted.local.length,
        ),
      ]),
      [...wanted, sha256(other)],
    ],
    "no directory": [listed.local, wanted],
    "cut in the directory": [one.subarray(0, one.length - 30), wanted],
    "a lying size in the directory": [lying, wanted],
    "a lying checksum": [
      zipFile([
        {
          name: "hello.txt",
          content: hello,
          local: { crc: 1 },
          central: { crc: 1 },
        },
      ]),
      wanted,
    ],
    "a method hidden in the local header": [
      zipFile([{ name: "hello.txt", content: hello, central: { method: 0 } }]),
      wanted,
    ],
  };
  for (const name of ["bzip2", "lzma", "deflate64", "ppmd", "xz"])
    cases[`packed with ${name}`] = [made[`zip-${name}`], wanted];
  return [
    ...Object.entries(cases).map(([name, [bytes, digests]]) => ({
      name,
      bytes,
      digests,
    })),
    ...clamavTestfiles(/\.zip$/),
  ];
}

export function rarSamples({ samples, writers }) {
  const { hello } = samples;
  const files = [{ name: "docs/a.txt", content: hello }];
  const digests = [sha256(hello)];
  return [
    { name: "rar 4, stored", bytes: writers.rar4File(files), digests },
    { name: "rar 5, stored", bytes: writers.rar5File(files), digests },
    {
      name: "rar 5 after a program",
      bytes: Buffer.concat([Buffer.alloc(2000, "MZ"), writers.rar5File(files)]),
      digests,
    },
    ...clamavTestfiles(/\.rar$/),
  ];
}

/** Debian's package, where it is installed. */
export function clamavTestfiles(pattern) {
  if (!existsSync(clamavFolder)) return [];
  return readdirSync(clamavFolder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => ({
      name: `clamav-testfiles/${name}`,
      bytes: readFileSync(join(clamavFolder, name)),
      digests: [clamExe],
    }));
}

/** Archives of a corpus with the members that other unpackers gave (REFERENCE-EXTRACTION.jsonl); those without any left out. */
export function corpusArchives(corpus, end) {
  const path = join(corpus, "archives/REFERENCE-EXTRACTION.jsonl");
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(
      ({ file, tool }) =>
        tool !== null &&
        file.endsWith(end) &&
        existsSync(join(corpus, "archives", file)),
    )
    .map(({ file, members }) => ({
      name: file,
      bytes: readFileSync(join(corpus, "archives", file)),
      digests: members
        .filter(([, size, digest]) => size > 0 && digest !== null)
        .map(([, , digest]) => digest),
    }))
    .filter(({ digests }) => digests.length > 0);
}
