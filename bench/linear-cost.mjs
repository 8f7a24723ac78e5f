// How the time of messages made to cost grows with their size: CPU time of
// twice the size over that of the size, each the least of seven runs taken in
// turn, for every case of test/extractors/threats-cost-messages.ts. Below 2.5
// it is linear; exits 1 where one is not.

import { build } from "esbuild";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { costCases, expand, extractors, defaultLimits } = await bundled(`
export { costCases } from "./test/extractors/threats-cost-messages.ts";
export { expand } from "./src/extractors/expand.ts";
export { extractors } from "./src/extractors/index.ts";
export { defaultLimits } from "./src/limits.ts";
`);

/** No limit of number or size ends the work early: what is measured is the work. */
const limits = {
  ...defaultLimits,
  parts: 2 ** 31,
  headerFields: 2 ** 31,
  headerBytes: 2 ** 28,
  findings: 1000,
};
const runs = 7;
const mostRatio = 2.5;
const leastMs = 25;
/** Larger blocks glibc takes from the system each time, and page faults then cost more than the work. */
const mostCount = 30_000_000;
const tries = 3;

console.log(`| case | n | ms for n | ms for 2n | ratio |`);
console.log(`| --- | ---: | ---: | ---: | ---: |`);
for (const { title, count, make } of costCases) {
  // What takes a few milliseconds is as much a matter of caches as of work.
  let n = count / 20;
  while (
    4 * n <= Math.min(count, mostCount) &&
    (await cpuMs(make(n))) < leastMs
  )
    n *= 2;
  const messages = [make(n), make(2 * n)];
  let best = await measure(messages);
  // A busy machine can spoil one measurement; what is not linear fails in all.
  for (let again = 0; best.ratio >= mostRatio && again < tries; again++) {
    const next = await measure(messages);
    if (next.ratio < best.ratio) best = next;
  }
  const isLinear = best.ratio < mostRatio;
  if (!isLinear) process.exitCode = 1;
  const figures = best.least.map((ms) => ms.toFixed(1)).join(" | ");
  console.log(
    `| ${title} | ${n.toLocaleString("en")} | ${figures} | ${best.ratio.toFixed(2)}${isLinear ? "" : " too much"} |`,
  );
}

/** The least time of each message, taken in turn. */
async function measure(messages) {
  const least = messages.map(() => Infinity);
  for (let run = 0; run < runs; run++)
    for (const [i, message] of messages.entries())
      least[i] = Math.min(least[i], await cpuMs(message));
  return { least, ratio: least[1] / least[0] };
}

async function cpuMs(message) {
  // What the run before left is not this one's.
  collectGarbage();
  const before = process.cpuUsage();
  await expand(message, limits, extractors);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** In node_modules, where packages are found from. */
async function bundled(contents) {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "qsift-linear-"));
  try {
    const outfile = join(folder, "linear.mjs");
    await build({
      stdin: { contents, resolveDir: root, loader: "ts" },
      outfile,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "esm",
      logLevel: "warning",
      banner: {
        js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
      },
    });
    return await import(outfile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
