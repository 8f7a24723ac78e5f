// Builds dist/ (bundles) and bin/ (what people and qmail run).
//
// The files in bin/ record absolute paths of Node and of dist/: qmail starts
// them without PATH and with /var/qmail as working directory.

import { build } from "esbuild";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const bin = join(root, "bin");

/** Program in dist/ by entry point. */
const programs = {
  "qmail-scanner-queue": "src/queue-wrapper/main.ts",
  "maildir-queue": "src/maildir-queue/main.ts",
  qsift: "src/cli/main.ts",
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(bin, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: Object.entries(programs).map(([out, source]) => ({
    in: source,
    out,
  })),
  outdir: dist,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minifySyntax: true,
  // Bundled CommonJS packages ask for node: modules by require().
  banner: {
    js: 'import { createRequire as createRequireForBundle } from "node:module"; const require = createRequireForBundle(import.meta.url);',
  },
  logLevel: "warning",
});

/** Absolute paths go into scripts; a quote in one would be a hole. */
function checked(path) {
  if (!/^[\w./+@:,=~ -]+$/.test(path))
    throw new Error(
      `cannot build: ${path} has a character that a shell script cannot hold`,
    );
  return path;
}

function install(name, text) {
  const path = join(bin, name);
  // Replaced by a new file: qmail may be starting the old one right now.
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o755 });
  chmodSync(path, 0o755);
}

const node = checked(process.execPath);
const launcher = readFileSync(
  join(root, "src/queue-wrapper/launcher.sh"),
  "utf8",
);
const door = launcher
  .replaceAll("@NODE@", node)
  .replaceAll("@PROGRAM@", checked(join(dist, "qmail-scanner-queue.js")));
install("qmail-scanner-queue-ts", door);
install("qmail-scanner-queue", door);
install(
  "maildir-queue",
  `#!/bin/sh\nunset NODE_OPTIONS NODE_PATH NODE_V8_COVERAGE NODE_REDIRECT_WARNINGS\nexec "${node}" "${checked(join(dist, "maildir-queue.js"))}" "$@"\n`,
);
install(
  "qsift",
  `#!/bin/sh\nexec "${node}" "${checked(join(dist, "qsift.js"))}" "$@"\n`,
);

console.log("built dist/ and bin/");
