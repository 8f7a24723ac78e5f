// What bombs cost the whole process: each in a process of its own, whose peak
// of resident memory is counted from before the message was read. bench/bombs.mjs
// has many more of them, and their times.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultLimits } from "../../../src/limits.ts";
import { samples, zipFile } from "../archive-samples.ts";
import { buildWorker, type WorkerFile } from "./worker-file.ts";

const mostBytes = 256 * 1024 * 1024;
let sandbox: WorkerFile;
let worker: WorkerFile;

beforeAll(async () => {
  sandbox = await buildWorker("src/extractors/sandbox/sandbox.ts");
  worker = await buildWorker("src/extractors/sandbox/worker.ts");
});

afterAll(() => {
  sandbox.remove();
  worker.remove();
});

interface Cost {
  readonly peakBytes: number;
  readonly findings: readonly string[];
  readonly nextFindings: readonly string[];
  readonly nextSizes: readonly number[];
}

function mailOf(filename: string, content: Buffer): string {
  return (
    `Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name="${filename}"\r\n` +
    `Content-Transfer-Encoding: base64\r\n\r\n${content.toString("base64").replace(/.{76}/g, "$&\r\n")}\r\n`
  );
}

function costOf(filename: string, content: Buffer): Cost {
  const program = `
    import { readFileSync } from "node:fs";
    import { openSandbox } from ${JSON.stringify(sandbox.path)};
    const kib = (field) =>
      Number(new RegExp(field + ":\\\\s+(\\\\d+)").exec(readFileSync("/proc/self/status", "latin1"))[1]);
    const sandbox = openSandbox({
      workers: 1,
      limits: ${JSON.stringify(defaultLimits)},
      workerFile: ${JSON.stringify(worker.path)},
    });
    const { signal } = new AbortController();
    const namesOf = ({ message, finding }) =>
      (message?.findings ?? [finding]).map(({ kind, source, name }) => kind + " " + source + " " + name);
    const start = kib("VmRSS");
    const bomb = await sandbox.expand(readFileSync(process.argv[1]), signal);
    const peakBytes = (kib("VmHWM") - start) * 1024;
    const next = await sandbox.expand(readFileSync(process.argv[2]), signal);
    console.log(JSON.stringify({
      peakBytes,
      findings: namesOf(bomb),
      nextFindings: namesOf(next),
      nextSizes: next.message.parts.slice(1).map(({ size }) => size),
    }));`;
  const bombFile = fileOf("bomb", mailOf(filename, content));
  const nextFile = fileOf("next", mailOf("a.gz", gzipSync("hello")));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", program, bombFile, nextFile],
    { encoding: "utf8", timeout: 60_000, env: {} },
  );
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Cost;
}

/** Beside the worker, and removed with it. */
function fileOf(name: string, text: string): string {
  const path = `${worker.path}.${name}`;
  writeFileSync(path, text);
  return path;
}

/** A raw deflate stream of zeros: one piece again and again, so that it is soon made. */
function deflated(millions: number): Buffer {
  const piece = deflateRawSync(Buffer.alloc(10_000_000), {
    finishFlush: constants.Z_FULL_FLUSH,
  });
  return Buffer.concat([
    ...Array<Buffer>(millions / 10).fill(piece),
    Buffer.from("0300", "hex"),
  ]);
}

function gzipOf(millions: number): Buffer {
  return Buffer.concat([
    Buffer.from("1f8b0800000000000003", "hex"),
    deflated(millions),
    Buffer.alloc(8),
  ]);
}

test.each([
  [
    "gzip of 1 GB, three times over,",
    "a.gz",
    () => gzipSync(gzipSync(gzipOf(1000))),
    "limit gzip expansion-ratio",
  ],
  [
    "a zip of many entries of 20 MB",
    "a.zip",
    () => {
      const data = deflated(20);
      return zipFile(
        Array.from({ length: 40 }, (_, i) => ({ name: `${i}`, data })),
      );
    },
    "limit zip expansion-ratio",
  ],
  [
    "bzip2, which 7-Zip opens,",
    "a.bz2",
    () => Buffer.concat(Array<Buffer>(20).fill(samples["bzip2-bomb"])),
    "limit bzip2 expansion-ratio",
  ],
  [
    "a PDF stream of 1 GB",
    "a.pdf",
    () => {
      const header = Buffer.from("789c", "hex");
      const data = deflateSync(Buffer.concat([header, deflated(1000)]));
      return Buffer.concat([
        Buffer.from(
          `%PDF-1.4\n1 0 obj\n<< /Length ${data.length} /Filter [/FlateDecode /FlateDecode] >>\nstream\n`,
        ),
        data,
        Buffer.from("\nendstream\nendobj\ntrailer << >>\n"),
      ]);
    },
    "limit pdf expansion-ratio",
  ],
])(
  "%s stays under 256 MB, is found, and the next message is opened",
  (_, filename, make, finding) => {
    const cost = costOf(filename, make());
    expect(cost.findings).toContain(finding);
    expect(cost.peakBytes).toBeLessThan(mostBytes);
    expect(cost.nextFindings).toEqual([]);
    expect(cost.nextSizes.at(-1)).toBe(5);
  },
  60_000,
);
