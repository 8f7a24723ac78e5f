// `npm run fuzz`: mutated inputs through the sandbox as it runs in production,
// until the time or the number of inputs is over. Bundled by scripts/fuzz.mjs.
//
//   npm run fuzz -- --seconds 600 --seed 1 --runs 100000
//   npm run fuzz -- fuzz-123.eml        one input again

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openSandbox } from "../../src/extractors/sandbox/sandbox.ts";
import { fuzzLimits } from "./check.ts";
import { expandIn, faultsIn, runFuzz } from "./run.ts";

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Its exit code: 1 where anything failed. `workerFile`: the sandbox worker, built. */
export async function main(
  root: string,
  workerFile: string,
  args: string[],
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "60" },
      seed: { type: "string" },
      runs: { type: "string", default: "Infinity" },
      workers: { type: "string", default: "2" },
    },
  });
  const sandbox = openSandbox({
    workers: Number(values.workers),
    limits: fuzzLimits,
    workerFile,
    onFailure: (cause) => {
      say(`the sandbox: ${cause.stack ?? cause.message}`);
    },
  });
  const expand = expandIn(sandbox);
  let failures = 0;
  try {
    if (positionals.length > 0) {
      for (const file of positionals)
        for (const fault of await faultsIn(readFileSync(file), expand)) {
          failures += 1;
          say(`${file}: ${fault}`);
        }
      say(failures === 0 ? "nothing wrong" : `${failures} faults`);
      return failures === 0 ? 0 : 1;
    }
    const seed = Number(values.seed ?? Date.now() % 2 ** 32);
    say(`seed ${seed}`);
    const start = performance.now();
    const end = start + Number(values.seconds) * 1000;
    const runs = Number(values.runs);
    let shown = 0;
    const done = await runFuzz({
      root,
      seed,
      expand,
      workers: Number(values.workers),
      goesOn: (count) => {
        const now = performance.now();
        if (process.stderr.isTTY && now - shown > 500) {
          shown = now;
          process.stderr.write(`\r${count} inputs, ${failures} failures `);
        }
        return count < runs && now < end;
      },
      onFailure: ({ seed: own, what, message, faults }) => {
        failures += 1;
        const file = `fuzz-${own}.eml`;
        writeFileSync(file, message);
        say(`\nseed ${own}, ${what}: ${faults.join("; ")}`);
        say(`  again: npm run fuzz -- ${file}`);
      },
    });
    const seconds = Math.round((performance.now() - start) / 1000);
    say(`\n${done} inputs in ${seconds} s, ${failures} failures`);
    return failures === 0 ? 0 : 1;
  } finally {
    await sandbox.close();
  }
}
