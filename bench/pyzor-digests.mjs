// Pyzor's digest against the reference client's, over all messages below
// QSIFT_CORPUS: how many are equal, which are not, and the time of each. Needs
// Debian's package pyzor.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadSource } from "./load-source.mjs";

// SHA-1 of nothing.
const emptyDigest = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
const corpus = process.env.QSIFT_CORPUS;
const { pyzorDigest, referenceDigests, isReferenceInstalled } =
  await loadSource();
if (corpus === undefined) console.log("skipped: QSIFT_CORPUS is not set");
else if (!isReferenceInstalled()) console.log("skipped: no pyzor here");
else await compare(corpus);

async function compare(folder) {
  const files = readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => /\.(eml|mbox|raw)$/.test(path) && statSync(path).isFile())
    .sort();
  const count = { equal: 0, different: 0, empty: 0, failed: 0, bytes: 0 };
  let ms = 0;
  let referenceMs = 0;
  for (let at = 0; at < files.length; at += 500) {
    const paths = files.slice(at, at + 500);
    const messages = paths.map((path) => readFileSync(path));
    let start = performance.now();
    const theirs = await referenceDigests(messages);
    referenceMs += performance.now() - start;
    start = performance.now();
    const ours = messages.map((message) => pyzorDigest(message));
    ms += performance.now() - start;
    for (const [index, path] of paths.entries()) {
      count.bytes += messages[index].length;
      if (theirs[index] === null) count.failed++;
      else if (theirs[index] === (ours[index] ?? emptyDigest))
        count[ours[index] === null ? "empty" : "equal"]++;
      else {
        count.different++;
        console.log(`  different: ${path}`);
      }
    }
  }
  const { equal, different, empty, failed, bytes } = count;
  console.log(
    `${files.length} messages, ${Math.round(bytes / 1024 / 1024)} MiB: ${equal} digests equal, ${different} different; ` +
      `${empty} have none in both; the reference client fails at ${failed}`,
  );
  console.log(
    `${Math.round(ms)} ms against ${Math.round(referenceMs)} ms by Python, its start left in`,
  );
}
