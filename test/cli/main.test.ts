// The real program in processes of its own: exit codes, pipes that close, and
// a release through the embedded next hop.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

import { hold } from "../../src/quarantine/hold.ts";
import { sampleEntry } from "../quarantine/sample-entry.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "qsift-main-"));
const quarantine = join(folder, "quarantine");
const config = join(folder, "qsift.toml");

beforeAll(async () => {
  await build({
    absWorkingDir: root,
    entryPoints: [
      { in: "src/cli/main.ts", out: "qsift" },
      { in: "src/maildir-queue/main.ts", out: "maildir-queue" },
    ],
    outdir: join(folder, "dist"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    banner: {
      js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
    },
  });
  writeFileSync(
    config,
    `[quarantine]\npath = ${JSON.stringify(quarantine)}\n[rules]\npaths = []\n`,
  );
  const queue = join(folder, "queue");
  writeFileSync(
    queue,
    `#!/bin/sh\nexec '${process.execPath}' '${join(folder, "dist/maildir-queue.mjs")}'\n`,
  );
  chmodSync(queue, 0o755);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function qsift(...args: string[]) {
  return spawnSync(
    process.execPath,
    [join(folder, "dist/qsift.mjs"), ...args],
    {
      env: {
        QSIFT_CONFIG: config,
        QSIFT_QUEUE: join(folder, "queue"),
        QSIFT_MAILDIR: join(folder, "Maildir"),
      },
      encoding: "latin1",
    },
  );
}

test("wrong usage ends with 2, a missing configuration file with 55", () => {
  expect(qsift("nonsense").status).toBe(2);
  expect(qsift("config", "check", join(folder, "none.toml")).status).toBe(55);
});

test("a held message is released through the next hop as it was received, once", async () => {
  const bytes = Buffer.concat([
    Buffer.from("Subject: x\n\n\0\r\xff\n", "latin1"),
    Buffer.alloc(300_000, "no last newline "),
  ]);
  const entry = sampleEntry({ bytes });
  await hold(quarantine, entry);
  const first = qsift("quarantine", "release", entry.id);
  expect(first.stderr).toBe("");
  expect(first.status).toBe(0);
  expect(qsift("quarantine", "release", entry.id).stdout).toContain("already");
  const arrived = readdirSync(join(folder, "Maildir/new"));
  expect(arrived).toHaveLength(1);
  expect(
    readFileSync(join(folder, "Maildir/new", arrived[0] ?? ""), "latin1"),
  ).toBe(
    "Return-Path: <alice@example.org>\n" +
      "X-Envelope-To: <bob@example.test>\nX-Envelope-To: <carol>\n" +
      bytes.toString("latin1"),
  );
});

test("a reader that goes away early is no error", async () => {
  for (let n = 0; n < 50; n++)
    await hold(
      quarantine,
      sampleEntry({
        id: `many-${n}`,
        // More than a pipe holds, all together.
        findings: Array.from({ length: 100 }, () => ({
          source: "test",
          kind: "policy" as const,
          name: "x".repeat(50),
          part: null,
          score: null,
        })),
      }),
    );
  const ended = spawnSync(
    "bash",
    [
      "--norc",
      "-c",
      `set -o pipefail; '${process.execPath}' '${join(folder, "dist/qsift.mjs")}' quarantine list --json | head -c 10`,
    ],
    { env: { QSIFT_CONFIG: config, PATH: process.env["PATH"] ?? "" } },
  );
  expect(ended.stderr.toString()).toBe("");
  expect(ended.status).toBe(0);
  expect(ended.stdout).toHaveLength(10);
});

test.skipIf(process.platform !== "linux")(
  "output that can't be written is exit code 1, and said",
  () => {
    const eml = join(folder, "full.eml");
    writeFileSync(eml, "Subject: x\n\nhello\n");
    for (const command of ["--version", `scan '${eml}'`]) {
      const ended = spawnSync(
        "bash",
        [
          "--norc",
          "-c",
          `'${process.execPath}' '${join(folder, "dist/qsift.mjs")}' ${command} > /dev/full`,
        ],
        { env: { QSIFT_CONFIG: config }, encoding: "utf8" },
      );
      expect(ended.status).toBe(1);
      expect(ended.stderr).toBe("qsift: cannot write: ENOSPC\n");
    }
  },
);

test("a pipe gets no colours, whatever FORCE_COLOR says", async () => {
  await hold(quarantine, sampleEntry({ id: "colours" }));
  const ended = spawnSync(
    process.execPath,
    [join(folder, "dist/qsift.mjs"), "quarantine", "list"],
    { env: { QSIFT_CONFIG: config, FORCE_COLOR: "3" }, encoding: "utf8" },
  );
  expect(ended.stdout).toContain("colours");
  expect(ended.stdout).not.toContain("\x1b[");
});

test("help is exit code 0 though the program begins with 1", () => {
  expect(qsift("help").status).toBe(0);
  expect(qsift("help", "quarantine", "list").status).toBe(0);
});

test("scan judges a file in a process of its own, built-in checks only", () => {
  const file = join(folder, "plain.eml");
  writeFileSync(file, "Subject: x\n\nhello\n");
  const toml = join(folder, "builtin.toml");
  writeFileSync(
    toml,
    "[rules]\npaths = []\n[scanners.clamd]\nenabled = false\n[scanners.spamd]\nenabled = false\n",
  );
  const ended = spawnSync(
    process.execPath,
    [join(folder, "dist/qsift.mjs"), "scan", "--json", file],
    { env: { QSIFT_CONFIG: toml }, encoding: "utf8" },
  );
  expect(ended.stderr).toBe("");
  expect(ended.status).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ file, action: "queue" });
});
