// The TypeScript door as qmail starts it, a process for every message: its CPU
// against an empty Node, and its peak memory. Needs the build (main.mjs runs
// after it). The machine may be small and noisy, so pairs are taken in turn.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = mkdtempSync(join(tmpdir(), "qsift-bench-"));
const door = join(root, "bin/qmail-scanner-queue-ts");
const config = join(folder, "qsift.toml");
const queue = join(folder, "queue");
writeFileSync(
  config,
  "[scanners.clamd]\nenabled = false\n[scanners.spamd]\nenabled = false\n",
);
writeFileSync(
  queue,
  "#!/bin/sh\n/bin/cat >/dev/null\n/bin/cat <&1 >/dev/null\n",
  {
    mode: 0o755,
  },
);

try {
  cpu();
  await memory();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** CPU of the door for 5 KB with built-in checks only, against an empty Node. */
function cpu() {
  const message = join(folder, "message");
  const envelope = join(folder, "envelope");
  writeFileSync(
    message,
    `Subject: bench\n\n${"All work and no play makes mail a dull thing.\n".repeat(110)}`,
  );
  writeFileSync(envelope, "Fa@example.org\0Tb@example.test\0\0");
  const commands = {
    "node -e 0": [process.execPath, ["-e", "0"]],
    "qmail-queue stand-in": [
      "/bin/sh",
      ["-c", `exec ${queue} <${message} 1<${envelope}`],
    ],
    "TypeScript door, 5 KB": [
      "/bin/sh",
      ["-c", `exec ${door} <${message} 1<${envelope}`],
    ],
  };
  const runs = 40;
  const times = new Map(Object.keys(commands).map((name) => [name, 0]));
  for (let n = 0; n < runs; n++)
    for (const [name, [program, args]] of Object.entries(commands)) {
      const before = childCpu();
      const { status } = spawnSync(program, args, {
        env: { QSIFT_CONFIG: config, QSIFT_QUEUE: queue },
        stdio: ["ignore", "ignore", "inherit"],
      });
      if (status !== 0) throw new Error(`${name} exited ${status}`);
      times.set(name, times.get(name) + childCpu() - before);
    }
  const bare = times.get("node -e 0");
  console.log(
    `CPU a message in ms (user and system, children included), mean of ${runs} runs taken in turn`,
  );
  for (const [name, sum] of times)
    console.log(
      `  ${name.padEnd(24)} ${(sum / runs).toFixed(1).padStart(7)}   ${(sum / bare).toFixed(2)} x node -e 0`,
    );
}

/** CPU of all ended children so far, in ms: fields 16 and 17 of proc(5) stat, in ticks of 10 ms. */
function childCpu() {
  const fields = readFileSync("/proc/self/stat", "latin1")
    .split(") ")[1]
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** Peak resident memory of the door for a message of 50 MB with one attachment. */
async function memory() {
  const line = `${"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU2Nzg5YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4"}\n`;
  const message = Buffer.from(
    `Subject: bench\nMIME-Version: 1.0\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n${line.repeat(Math.floor((50 * 1024 * 1024) / line.length))}`,
  );
  const child = spawn(door, [], {
    env: { QSIFT_CONFIG: config, QSIFT_QUEUE: queue },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdio[1].resume();
  let peak = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "latin1");
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // Ended.
    }
  }, 5);
  const start = performance.now();
  child.stdin.end(message);
  child.stdin.once("finish", () =>
    child.stdio[1].end("Fa@example.org\0Tb@example.test\0\0"),
  );
  const code = await new Promise((resolve) => child.once("exit", resolve));
  clearInterval(watch);
  console.log(
    `memory of the door for 50 MB: ${Math.round(peak / 1024)} MB at its peak (exit ${code}, ${Math.round(performance.now() - start)} ms)`,
  );
}
