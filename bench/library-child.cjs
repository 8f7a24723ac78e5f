// `library-child.cjs adm-zip|unrar-js FILE`: prints the hex sha256 of each
// member that the library gives, one a line after a mark of ours. A process of
// its own: unrar-js writes its progress to stdout, and exceptions, endless
// loops and want of memory of theirs must not end the bench.

"use strict";
const { createHash } = require("node:crypto");

const readers = {
  "adm-zip": function* (path) {
    const AdmZip = require("adm-zip");
    for (const entry of new AdmZip(path).getEntries()) {
      try {
        yield entry.getData();
      } catch {
        // This member not, perhaps the next one.
      }
    }
  },
  "unrar-js": function* (path) {
    const { unrarSync } = require("unrar-js");
    for (const { fileData } of unrarSync(path) ?? []) yield fileData ?? [];
  },
};

const [library, path] = process.argv.slice(2);
for (const content of readers[library](path)) {
  const digest = createHash("sha256")
    .update(Buffer.from(content))
    .digest("hex");
  process.stdout.write(`\nqsift-member ${digest}\n`);
}
