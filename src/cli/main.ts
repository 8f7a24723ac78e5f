// bin/qsift. Ends with the exit code of the command; until there is one, with
// 1, so that nothing that stops half-way looks done.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { processIo } from "./process-io.ts";
import { run } from "./run.ts";
import { openServices } from "./services.ts";

process.exitCode = 1;
const io = processIo();
const argv = process.argv.slice(2);
void run(argv, io, openServices(readVersion())).then(async (exitCode) => {
  const lost = io.lostOutput();
  if (lost !== null) await io.err.write(`qsift: cannot write: ${lost}\n`);
  // Scanners and sandboxes may have sockets and threads open. Output was awaited.
  process.exit(lost === null ? exitCode : 1);
});

/** Of package.json, which is in the package's root, one level above the bundle and two above this source. */
function readVersion(): string {
  for (const up of ["..", "../.."])
    try {
      const text = readFileSync(
        join(import.meta.dirname, up, "package.json"),
        "utf8",
      );
      return /"version": "([^"]+)"/.exec(text)?.[1] ?? "unknown";
    } catch {
      // Not this far up.
    }
  return "unknown";
}
