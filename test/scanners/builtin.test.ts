import { defaultLimits } from "../../src/limits.ts";
import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { builtin } from "../../src/scanners/builtin.ts";
import type { Subject } from "../../src/scanners/scanner.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

// In two halves, so that this file is not itself detected.
const eicar =
  "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*";
const gtube =
  "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-" + "STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

const scanner = builtin.open(builtin.defaults, defaultLimits);

function scan(subject: Subject) {
  return scanner.scan(subject, noDeadline());
}

test("ordinary mail has no finding and no score", async () => {
  const half = eicar.slice(0, -1);
  expect(await scan(subjectOf(`Subject: x\n\n${half}\n`))).toEqual({
    findings: [],
    score: null,
    version: null,
  });
});

test("EICAR's string in a message that was not expanded is found", async () => {
  const { findings, score } = await scan(subjectOf(`x\n\n${eicar}`));
  expect(findings).toEqual([
    {
      source: "builtin",
      kind: "virus",
      name: "Eicar-Test-Signature",
      part: null,
      score: null,
    },
  ]);
  expect(score).toBeNull();
});

test("EICAR's string in a decoded part is found there", async () => {
  const message = Buffer.from("Subject: x\n\nbase64\n");
  const parts = [partOf(0, message), partOf(1, Buffer.from(`..${eicar}..`))];
  const { findings } = await scan(subjectOf(message, parts));
  expect(findings).toMatchObject([{ kind: "virus", part: 1 }]);
});

test("what stands in a part and in all around it is said of the innermost", async () => {
  const message = Buffer.from(`Subject: x\n\n--b\n\n${eicar}\n--b\n\nother\n`);
  const parts = [
    partOf(0, message),
    partOf(1, message.subarray(17)),
    partOf(2, message.subarray(17, 17 + 68), { parent: 1 }),
    partOf(3, message.subarray(-6), { parent: 1 }),
  ];
  const { findings } = await scan(subjectOf(message, parts));
  expect(findings.map(({ part }) => part)).toEqual([2]);
});

test("what stands in the header only is said of the message", async () => {
  const message = Buffer.from(`Subject: ${gtube}\n\nbody`);
  const parts = [partOf(0, message), partOf(1, message.subarray(-4))];
  const { findings } = await scan(subjectOf(message, parts));
  expect(findings).toMatchObject([{ kind: "spam", part: 0 }]);
});

test("a small part that shares memory with the message is searched all the same", async () => {
  // As Node's pool for small buffers does.
  const pool = Buffer.alloc(1000);
  const message = pool.subarray(0, 100);
  const after = pool.subarray(100, 300);
  after.write(eicar, 20);
  const parts = [partOf(0, message), partOf(1, after)];
  const { findings } = await scan(subjectOf(message, parts));
  expect(findings).toMatchObject([{ part: 1 }]);
});

test("GTUBE gives SpamAssassin's score", async () => {
  const { findings, score } = await scan(subjectOf(`x\n\n${gtube}\n`));
  expect(findings).toMatchObject([
    { kind: "spam", name: "GTUBE", score: 1000 },
  ]);
  expect(score).toBe(1000);
});

test("50 MB are searched in under a second", async () => {
  // The first character of each string, so that a naive search has to look twice.
  const message = Buffer.alloc(50_000_000, "X");
  const started = performance.now();
  await scan(subjectOf(message, [partOf(0, message, { sha256: "" })]));
  expect(performance.now() - started).toBeLessThan(1000);
});

test("neither the source nor the minified bundle holds one of the strings", async () => {
  const file = new URL("../../src/scanners/builtin.ts", import.meta.url);
  const result = await build({
    entryPoints: [file.pathname],
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    format: "esm",
  });
  const bundle = result.outputFiles[0]?.text ?? "";
  expect(bundle).toContain("Eicar-Test-Signature");
  const tests = await readFile(import.meta.filename, "utf8");
  for (const text of [bundle, await readFile(file, "utf8"), tests])
    for (const needle of [eicar, gtube, JSON.stringify(eicar).slice(1, -1)])
      expect(text).not.toContain(needle);
});
