// Inputs made of every format's samples, in the process, and some through the
// sandbox as in production. `npm run fuzz` runs as many as there is time for.
//
// The seed is fixed: what fails here fails again. QSIFT_FUZZ_SEED sets another.

import { symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openSandbox,
  type Sandbox,
} from "../../src/extractors/sandbox/sandbox.ts";
import { expand } from "../extractors/expand-all.ts";
import {
  buildWorker,
  type WorkerFile,
} from "../extractors/sandbox/worker-file.ts";
import { faultsOf, fuzzLimits } from "./check.ts";
import { expandIn, runFuzz } from "./run.ts";

const root = join(import.meta.dirname, "../..");
const seed = Number(process.env.QSIFT_FUZZ_SEED ?? 20_261_122);
const inProcess = 20_000;
const inSandbox = 500;

let worker: WorkerFile;
let sandbox: Sandbox;
const died: Error[] = [];

beforeAll(async () => {
  worker = await buildWorker("src/extractors/sandbox/worker.ts");
  // Where the worker finds 7-Zip's module.
  symlinkSync(
    join(root, "node_modules"),
    join(dirname(worker.path), "node_modules"),
  );
  sandbox = openSandbox({
    workers: 2,
    limits: fuzzLimits,
    workerFile: worker.path,
    onFailure: (cause) => died.push(cause),
  });
});

afterAll(async () => {
  await sandbox.close();
  worker.remove();
});

/** What is wrong, in words. */
async function failuresOf(
  runs: number,
  first: number,
  expandOne: Parameters<typeof runFuzz>[0]["expand"],
  workers = 1,
): Promise<string[]> {
  const failures: string[] = [];
  const done = await runFuzz({
    root,
    seed: first,
    expand: expandOne,
    workers,
    goesOn: (count) => count < runs,
    onFailure: ({ seed: own, what, faults }) =>
      failures.push(`--seed ${own} --runs 1 (${what}): ${faults.join("; ")}`),
  });
  expect(done).toBe(runs);
  return failures;
}

describe("mutated inputs of every format", () => {
  test(
    `${inProcess} become Messages within their limits`,
    { timeout: 600_000 },
    async () => {
      const failures = await failuresOf(inProcess, seed, (bytes) =>
        expand(bytes, fuzzLimits),
      );
      expect(failures).toEqual([]);
    },
  );

  test(`${inSandbox} leave the sandbox's threads alive`, async () => {
    const failures = await failuresOf(
      inSandbox,
      seed + inProcess,
      expandIn(sandbox),
      2,
    );
    expect(failures).toEqual([]);
    expect(died).toEqual([]);
  });

  test("would be told where one broke a rule", async () => {
    const bytes = Buffer.from("Subject: x\n\ntext");
    const message = await expand(bytes, fuzzLimits);
    expect(faultsOf(message, bytes, fuzzLimits)).toEqual([]);
    const [whole, ...rest] = message.parts;
    const broken = {
      ...message,
      parts: [
        ...(whole === undefined ? [] : [whole]),
        ...rest.map((part) => ({ ...part, place: "\x1b[2J", size: 1 })),
      ],
      findings: [
        {
          source: "zip",
          kind: "limit" as const,
          name: "zip-failed",
          part: 7,
          score: null,
        },
      ],
    };
    expect(faultsOf(broken, bytes, fuzzLimits)).toEqual([
      "part 1 has another size",
      'part 1 has the place "\\u001b[2J"',
      "zip: zip-failed",
      "zip-failed is about part 7",
    ]);
  });
});
