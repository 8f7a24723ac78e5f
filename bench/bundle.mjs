// Bundles sources for a bench as the build does, into a folder of their own:
// dist/ may be rebuilt meanwhile. The folder lies in node_modules, where
// packages are found from, and goes when the process ends.

import { build } from "esbuild";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  logLevel: "warning",
  banner: {
    js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
  },
};

/** An empty folder for a bench's programs and samples. */
export function makeFolder(name) {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, `qsift-${name}-`));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** `options`: esbuild's, beyond what all have. */
export async function bundle(options) {
  await build({ ...common, ...options });
}

/** For `stdin`: a module's text whose imports begin at the repository's root. */
export function moduleText(contents) {
  return { contents, resolveDir: root, loader: "ts" };
}

/** A module of that text, and the sandbox's worker beside it. Returns the module's path. */
export async function bundleSource(folder, contents) {
  // src/installation.ts looks for the worker beside the program's folder.
  const program = join(folder, "src/source.mjs");
  await bundle({
    stdin: moduleText(contents),
    outfile: program,
  });
  await bundle({
    entryPoints: ["src/extractors/sandbox/worker.ts"],
    outfile: join(folder, "dist/sandbox-worker.js"),
  });
  return program;
}
