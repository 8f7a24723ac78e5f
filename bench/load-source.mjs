// The sources for a bench, bundled as the build bundles them but into a folder
// of their own: dist/ may be rebuilt meanwhile, and a bench wants single
// functions. The folder lies in node_modules, where packages are found from.

import { build } from "esbuild";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const exported = `
export { expandMessage } from "./src/expansion.ts";
export { defaultLimits } from "./src/limits.ts";
export { parseAddress } from "./src/scanners/address.ts";
export { clamd } from "./src/scanners/clamd.ts";
export { spamd } from "./src/scanners/spamd.ts";
export { rspamd } from "./src/scanners/rspamd.ts";
export { pyzor } from "./src/scanners/pyzor.ts";
export { dcc } from "./src/scanners/dcc.ts";
export { razor } from "./src/scanners/razor.ts";
export { commandScanner } from "./src/scanners/command.ts";
export { commandProfiles } from "./src/scanners/command-profiles.ts";
export { defaultProcessLimits } from "./src/scanners/process-limits.ts";
export { loadRegexEngine } from "./src/regex.ts";
export { ReadyScanner } from "./src/scanners/ready-scanner.ts";
export { runScanners } from "./src/scanners/run.ts";
export * as rspamdBackend from "./test/backends/rspamd.ts";
export * as pyzordBackend from "./test/backends/pyzord.ts";
export { dccReply, serveDccifd } from "./test/fakes/scanner-dccifd.ts";
export { startRazor } from "./test/fakes/scanner-razor-server.ts";
export { listen } from "./test/fakes/scanner-server.ts";
export * as clamdBackend from "./test/backends/clamd.ts";
export * as spamdBackend from "./test/backends/spamd.ts";
export { partOf, subjectOf } from "./test/scanners/subject.ts";
export { pyzorDigest } from "./src/scanners/pyzor-digest/digest.ts";
export { isReferenceInstalled, referenceDigests } from "./test/backends/pyzor-reference.ts";
export * as samples from "./test/extractors/archive-samples.ts";
export * as writers from "./test/extractors/archive-writers.ts";
export * as ambiguous from "./test/extractors/mime/ambiguous-messages.ts";
`;

/** Those modules' exports. */
export async function loadSource() {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "qsift-bench-"));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
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
  // src/installation.ts looks for the worker beside the program's folder.
  const program = join(folder, "src/source.mjs");
  await build({
    ...common,
    stdin: { contents: exported, resolveDir: root, loader: "ts" },
    outfile: program,
  });
  await build({
    ...common,
    entryPoints: ["src/extractors/sandbox/worker.ts"],
    outfile: join(folder, "dist/sandbox-worker.js"),
  });
  return import(pathToFileURL(program).href);
}

/** Opens messages as the filter does, with every extractor, in the sandbox where they need it. */
export async function messageOpener(source) {
  const { expandMessage, defaultLimits } = source ?? (await loadSource());
  const { signal } = new AbortController();
  return (bytes) =>
    expandMessage(bytes, defaultLimits, signal, (error) => {
      console.log(`the sandbox failed: ${error.message}`);
    });
}
