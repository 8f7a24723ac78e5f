// `npm run fuzz`: bundles test/fuzz/main.ts, which says what it takes, and
// runs it.

import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = mkdtempSync(join(tmpdir(), "qsift-fuzz-"));
// Where the worker finds 7-Zip's module.
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
try {
  await build({
    absWorkingDir: root,
    entryPoints: {
      fuzz: "test/fuzz/main.ts",
      worker: "src/extractors/sandbox/worker.ts",
    },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
    banner: {
      js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
    },
  });
  const { main } = await import(join(folder, "fuzz.mjs"));
  const args = process.argv.slice(2);
  process.exitCode = await main(root, join(folder, "worker.mjs"), args);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
