// What asking clamd and spamd costs the one who asks: our adapters in a warm
// process, beside clamdscan and spamc, which a mail filter starts for each
// message. Only the client's CPU counts, of user and system; the daemons are
// real and private. Exits with 1 where ours is more.
//
// clamdscan is measured with --stream, which sends the message as ours does,
// and with --fdpass, its usual way on the same machine, which sends none; ours
// must be below both. Each message is unique, so that nothing is remembered.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSource } from "./load-source.mjs";

const source = await loadSource();
const { clamdBackend, spamdBackend, clamd, spamd, defaultLimits } = source;
const { parseAddress, partOf, subjectOf } = source;
const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "qsift-bench-"));
chmodSync(folder, 0o755);
const concurrencies = [1, 8];
let isMore = false;

try {
  if (clamdBackend.isInstalled() && existsSync("/usr/bin/clamdscan"))
    await withDaemon("clamd", clamdBackend.startClamd, async (daemon, at) => {
      const configuration = `--config-file=${join(at, "clamd.conf")}`;
      const client = (way) =>
        `clamdscan ${configuration} --${way} --no-summary "$1"`;
      for (const [size, count] of [
        [5_000, 200],
        [1_000_000, 30],
      ])
        await compare(clamd, daemon, size, count, {
          "clamdscan --stream": client("stream"),
          "clamdscan --fdpass": client("fdpass"),
        });
    });
  else console.log("clamd or clamdscan is not installed");
  if (spamdBackend.isInstalled() && existsSync("/usr/bin/spamc"))
    await withDaemon("spamd", spamdBackend.startSpamd, async (daemon) => {
      const path = daemon.address.replace("unix:", "");
      await compare(spamd, daemon, 2_000, 30, {
        "spamc -y": `spamc -U ${path} -y <"$1"`,
      });
    });
  else console.log("spamd or spamc is not installed");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(isMore ? 1 : 0);

async function withDaemon(name, start, use) {
  const at = join(folder, name);
  mkdirSync(at);
  const daemon = await start(at);
  try {
    await use(daemon, at);
  } finally {
    await daemon.stop();
  }
}

/** Clients are shell commands for one message, the file "$1". */
async function compare(scanner, daemon, size, count, clients) {
  const opened = scanner.open(
    { ...scanner.defaults, addresses: [parseAddress(daemon.address)] },
    defaultLimits,
  );
  console.log(
    `${scanner.name}: client's CPU in ms for a message of ${size / 1000} KB, mean of ${count}`,
  );
  // Warm, as a process is that lives for many messages.
  await ours(opened, messages(500, 100), 4);
  await ours(opened, messages(size, 5), 4);
  for (const concurrency of concurrencies) {
    const own = await ours(opened, messages(size, count), concurrency);
    const lines = [["ours", own]];
    for (const [name, command] of Object.entries(clients))
      lines.push([name, theirs(command, messages(size, count), concurrency)]);
    for (const [name, ms] of lines) {
      const ratio = own / ms;
      if (ratio > 1) isMore = true;
      const said =
        name === "ours" ? "" : `   ours is ${ratio.toFixed(2)} of it`;
      console.log(
        `  ${String(concurrency)} at a time  ${name.padEnd(20)} ${ms.toFixed(3).padStart(8)}${said}`,
      );
    }
  }
}

async function ours(opened, bytes, concurrency) {
  const subjects = bytes.map((each) => subjectOf(each, [partOf(0, each)]));
  const before = process.cpuUsage();
  const waiting = subjects.values();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const subject of waiting) {
        const { findings } = await opened.scan(subject, signal);
        if (findings.some(({ kind }) => kind === "virus"))
          throw new Error("expected nothing, found a virus");
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / bytes.length;
}

/**
 * A process for each message, at most so many at once: the shell becomes the
 * client. What xargs and an empty shell cost is taken off, so that the client's
 * own start is all that is left of it.
 */
function theirs(command, bytes, concurrency) {
  const files = bytes.map((each, index) => {
    const file = join(folder, `${index}.eml`);
    writeFileSync(file, each);
    return file;
  });
  const client = shellCpu(`exec ${command}`, files, concurrency);
  const shell = shellCpu(":", files, concurrency);
  return Math.max(0, client - shell) / bytes.length;
}

function shellCpu(command, files, concurrency) {
  const before = childCpu();
  const { status, stderr } = spawnSync(
    "xargs",
    ["-P", String(concurrency), "-n", "1", "/bin/sh", "-c", command, "sh"],
    {
      input: files.join("\n"),
      env: { PATH: "/usr/bin:/bin" },
      stdio: ["pipe", "ignore", "pipe"],
    },
  );
  if (status !== 0) throw new Error(`${command}: ${stderr.toString()}`);
  return childCpu() - before;
}

function messages(size, count) {
  return Array.from({ length: count }, () => {
    const unique = `${Math.random()} ${process.hrtime.bigint()}`;
    const line = `${unique} All work and no play makes mail a dull thing.\n`;
    const text = `From: a@example.org\nTo: b@example.test\nSubject: bench ${unique}\n\n`;
    return Buffer.from(
      (text + line.repeat(Math.ceil(size / line.length))).slice(0, size),
    );
  });
}

/** CPU of all ended children so far, in ms: fields 16 and 17 of proc(5) stat, in ticks of 10 ms. */
function childCpu() {
  const fields = readFileSync("/proc/self/stat", "latin1")
    .split(") ")[1]
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}
