// `npm run bench`: what docs/performance.md reports. `npm run bench -- NAME...`
// runs only those of this list. Each is a program of its own, so that none is
// warm from another or holds its memory, without this shell's environment:
// NODE_EXTRA_CA_CERTS alone would treble Node's start.

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Name and program, in this folder, in the order in which they run. */
const benches = {
  door: "door.mjs",
  linear: "linear-cost.mjs",
  malformed: "malformed.mjs",
  bombs: "bombs.mjs",
  quarantine: "quarantine.mjs",
  libraries: "compare-libraries.mjs",
  corpus: "compare-corpus.mjs",
  expected: "compare-expected.mjs",
  "pyzor-digests": "pyzor-digests.mjs",
  clients: "scanner-clients.mjs",
  "scanners-wall": "scanners-wall.mjs",
};

const folder = dirname(fileURLToPath(import.meta.url));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(
    `expected some of ${Object.keys(benches).join(" ")}, found ${unknown.join(" ")}`,
  );
  process.exit(2);
}

const { PATH, TMPDIR, QSIFT_CORPUS } = process.env;
const env = Object.fromEntries(
  Object.entries({ PATH, TMPDIR, QSIFT_CORPUS }).filter(
    ([, value]) => value !== undefined,
  ),
);
for (const [name, file] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`== ${name}`);
  const { status, signal } = spawnSync(process.execPath, [join(folder, file)], {
    env,
    stdio: "inherit",
  });
  if (status !== 0) {
    console.error(`bench ${name}: ${signal ?? `exit ${status}`}`);
    process.exitCode = 1;
  }
}
