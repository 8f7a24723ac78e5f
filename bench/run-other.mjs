// Runs another program on one hostile file: in a fresh folder that only we can
// read, without our environment, with limits on time, memory and file size, and
// gives back what it wrote. Used by compare-corpus.mjs.

import { execFile } from "node:child_process";
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const timeoutMs = 15_000;
const maxFiles = 5000;
const maxBytes = 512 * 1024 * 1024;

/** True if `program` can be started. */
export async function isInstalled(program) {
  return new Promise((resolve) => {
    execFile("/bin/sh", ["-c", `command -v ${program}`], (error) =>
      resolve(error === null),
    );
  });
}

/**
 * `args` is given the path of a file with `bytes` and that of an empty folder.
 * `outcome` is "exit N", or the signal that ended it.
 */
export async function runOther(program, bytes, args) {
  // mkdtemp makes it 0700.
  const folder = mkdtempSync(join(tmpdir(), "qsift-other-"));
  const input = join(folder, "input");
  const output = join(folder, "output");
  try {
    writeFileSync(input, bytes);
    mkdirSync(output, { mode: 0o700 });
    const outcome = await start(program, args(input, output), folder);
    return { outcome, files: filesOf(output) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function start(program, args, cwd) {
  // ulimit: seconds of CPU, blocks of 512 bytes a file, KiB of memory.
  const limits = "ulimit -t 10 -f 200000 -v 1000000 -c 0";
  return new Promise((resolve) => {
    execFile(
      "/bin/sh",
      ["-c", `${limits}; exec "$@"`, "sh", program, ...args],
      {
        cwd,
        env: { PATH: process.env.PATH, TMPDIR: cwd },
        timeout: timeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: 16 * 1024 * 1024,
      },
      (error) => {
        resolve(
          error === null ? "exit 0" : (error.signal ?? `exit ${error.code}`),
        );
      },
    );
  });
}

/** Regular files in `folder`; links are not followed. Names are bytes, perhaps not UTF-8. */
function filesOf(folder) {
  const files = [];
  let bytes = 0;
  for (const entry of readdirSync(folder, {
    encoding: "buffer",
    withFileTypes: true,
  })) {
    if (!entry.isFile() || files.length >= maxFiles || bytes >= maxBytes)
      continue;
    const fd = openSync(
      Buffer.concat([Buffer.from(`${folder}/`), entry.name]),
      constants.O_RDONLY | constants.O_NOFOLLOW,
    );
    try {
      bytes += fstatSync(fd).size;
      files.push({
        name: entry.name.toString("latin1"),
        content: readFileSync(fd),
      });
    } finally {
      closeSync(fd);
    }
  }
  return files;
}
