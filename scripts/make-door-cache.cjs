// Run by the build with the door's arguments, on a sample message: writes the
// machine code of all that the door used to dist/door.cache.

"use strict";

const { writeFileSync } = require("node:fs");
const { join } = require("node:path");

const dist = join(__dirname, "..", "dist");
process.on("exit", () => {
  const script = require(join(dist, "qmail-scanner-queue.cjs"));
  writeFileSync(join(dist, "door.cache"), script.createCachedData());
});
require(join(dist, "qmail-scanner-queue.cjs"));
