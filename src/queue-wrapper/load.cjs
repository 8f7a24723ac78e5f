// What Node is started with for the door: loads door.cjs, the bundle beside it,
// with the machine code that the build has kept in door.cache. A process for
// every message would else spend more time on compiling than on the message.
//
// V8 takes the cache only if it was made by the same V8 with the same flags for
// a source of the same length; if not, or if there is none, it compiles.

"use strict";

// As exit-temporary.ts: a door that can't even be loaded is a temporary failure.
process.exitCode = 81;

const { readFileSync, writeSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const file = join(__dirname, "door.cjs");
let script;
try {
  script = load();
} catch (error) {
  // Node would exit 1 now, and say nothing that a log reader finds.
  const line = {
    level: "error",
    time: new Date().toISOString(),
    program: "qsift",
    pid: process.pid,
    event: "outcome",
    outcome: "deferred",
    exit: 81,
    cause: `${file} cannot be loaded, run npm run build again: ${error}`,
  };
  try {
    writeSync(2, `${JSON.stringify(line)}\n`);
  } catch {
    // Nobody listens; the exit code still speaks.
  }
  process.exit(81);
}
// The build loads this file to make the cache, after the door has run once.
if (require.main !== module) module.exports = script;

function load() {
  const source = readFileSync(file, "latin1");
  let cachedData;
  try {
    cachedData = readFileSync(join(__dirname, "door.cache"));
  } catch {
    // Slower, no worse.
  }
  const compiled = new Script(
    `(function (exports, require, module, __filename, __dirname) {${source}\n})`,
    { filename: file, cachedData },
  );
  const door = { exports: {} };
  compiled.runInThisContext()(door.exports, require, door, file, __dirname);
  return compiled;
}
