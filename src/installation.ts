// Where the files are that come with the program. This module sits one level
// below the package's root in the sources and in the build alike.

import { join } from "node:path";

/** Program of the sandbox's threads; there once the project is built. */
export const sandboxWorker = join(
  import.meta.dirname,
  "..",
  "dist",
  "sandbox-worker.js",
);

/** Folder of the built-in rules. */
export const builtinRules = join(import.meta.dirname, "..", "rules");
