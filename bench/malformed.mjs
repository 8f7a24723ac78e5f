// `npm run bench -- malformed`: how much ordinary mail has a `malformed`
// finding. Reads the ham of 2019 and later that the corpus's MANIFEST.tsv
// names (QSIFT_CORPUS: a folder with path, label and year in columns 1, 2 and
// 6), prints each message that has one, and exits 1 above 0.5 %.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadSource } from "./load-source.mjs";

const corpus = process.env.QSIFT_CORPUS;
if (corpus === undefined) {
  console.log("skipped: QSIFT_CORPUS names no folder");
  process.exit(0);
}
const mostPercent = 0.5;
const { expandMessage, defaultLimits } = await loadSource();
const { signal } = new AbortController();
const paths = readFileSync(join(corpus, "MANIFEST.tsv"), "utf8")
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t"))
  .filter(([, label, , , , year]) => label === "ham" && Number(year) >= 2019)
  .map(([path]) => path);
let hits = 0;
for (const path of paths) {
  const message = await expandMessage(
    readFileSync(join(corpus, path)),
    defaultLimits,
    signal,
    () => undefined,
  );
  const names = message.findings
    .filter(({ kind }) => kind === "malformed")
    .map(({ name }) => name);
  if (names.length === 0) continue;
  hits += 1;
  console.log(`${path}: ${[...new Set(names)].join(" ")}`);
}
const percent = (100 * hits) / Math.max(1, paths.length);
console.log(
  `${hits} of ${paths.length} ham messages have a malformed finding: ${percent.toFixed(2)} %, at most ${mostPercent} % wanted`,
);
process.exit(percent > mostPercent || paths.length === 0 ? 1 : 0);
