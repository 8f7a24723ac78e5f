// Worker programs for tests: a worker thread does not pass through vitest's
// loader, so the TypeScript is bundled into a folder of its own first. The
// folder lies in node_modules, where packages are found from.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../../..");

export interface WorkerFile {
  readonly path: string;
  remove(): void;
}

/** Bundles `entry`, a path from the repository's root. */
export async function buildWorker(entry: string): Promise<WorkerFile> {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "qsift-worker-"));
  const path = join(folder, "worker.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: path,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
    banner: {
      js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
    },
  });
  return {
    path,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
