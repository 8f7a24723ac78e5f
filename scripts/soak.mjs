// `npm run soak [-- KILLS]`: kills processes that hold, release and delete at
// random moments, 10,000 unless told otherwise, and checks after each that
// nothing that was answered for is lost. test/quarantine/kill-run.ts does it.

import { build } from "esbuild";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const kills = Number(process.argv[2] ?? 10_000);
// Where esbuild itself is found from.
const cache = join(root, "node_modules/.cache");
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "qsift-soak-"));
try {
  const program = join(folder, "kill-run.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: ["test/quarantine/kill-run.ts"],
    outfile: program,
    bundle: true,
    external: ["esbuild"],
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
  });
  const { killRun } = await import(pathToFileURL(program).href);
  const { said, unanswered } = await killRun(root, kills, (done) => {
    if (done % 100 === 0) console.log(`${done} of ${kills} kills`);
  });
  console.log(
    `nothing lost; said: ${JSON.stringify(said)}; held before it was said: ${unanswered}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
