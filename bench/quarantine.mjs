// The quarantine with 100,000 held messages (or as many as the first argument
// says): list with filters, show, expire, each as a process of its own from
// start to end. CPU time, wall clock, and the peak of resident memory.

import { spawn } from "node:child_process";
import {
  mkdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, makeFolder, moduleText } from "./bundle.mjs";

const total = Number(process.argv[2] ?? 100_000);
const runs = 5;

const folder = makeFolder("bench-quarantine");
const minifySyntax = true;
// As the build makes it, and one level below a folder with rules.
await bundle({
  minifySyntax,
  entryPoints: { qsift: "src/cli/main.ts" },
  outdir: join(folder, "dist"),
  splitting: true,
});
mkdirSync(join(folder, "rules"));
await bundle({
  minifySyntax,
  stdin:
    moduleText(`export { formatHead } from "./src/quarantine/format-head.ts";
export { sampleEntry } from "./test/quarantine/sample-entry.ts";`),
  outfile: join(folder, "make.mjs"),
});
const { formatHead, sampleEntry } = await import(
  pathToFileURL(join(folder, "make.mjs")).href
);

const path = join(folder, "quarantine");
const config = join(folder, "qsift.toml");
writeFileSync(
  config,
  `[quarantine]\npath = ${JSON.stringify(path)}\nretention_days = { spam = 30 }\n`,
);
const ids = fill();

console.log(
  `| ${total.toLocaleString("en")} held messages | CPU ms | wall ms | peak MiB |`,
);
console.log("| --- | ---: | ---: | ---: |");
await report("`qsift --version`", ["--version"], runs);
await report("`reindex`: an index from the files alone", ["reindex"], 1);
for (const [what, argv] of [
  [
    "`list --folder virus --until 60d --limit 20`",
    "list --folder virus --until 60d --limit 20",
  ],
  ["`list --sender user777@`, 10 found", "list --sender user777@"],
  ["`list --sender example77.org`, 1,000 found", "list --sender example77.org"],
  ["`list --finding macro`, none found", "list --finding macro"],
  [
    "`list --subject invoice-77777`, 1 found, a third encoded",
    "list --subject invoice-77777",
  ],
  [
    "`list --sort size --reverse --limit 20`",
    "list --sort size --reverse --limit 20",
  ],
  ["`stats`", "stats"],
])
  await report(what, ["quarantine", ...argv.split(" ")], runs);
const middle = ids[Math.floor(total / 2)];
await report("`show` by the whole ID", ["quarantine", "show", middle], runs);
await report(
  "`show` by a part of it",
  ["quarantine", "show", middle.slice(-8)],
  runs,
);
renameSync(`${path}/spam/new/${ids[1]}`, `${path}/spam/cur/${ids[1]}:2,S`);
await report(
  "`show` of one that IMAP flagged",
  ["quarantine", "show", ids[1]],
  runs,
);
await report("`list`, all of it", ["quarantine", "list"], 1);
await report("`expire`, half of it due", ["quarantine", "expire"], 1);
unlinkSync(join(path, ".index"));
await report(
  "`list --sender user777@` without an index",
  ["quarantine", "list", "--sender", "user777@"],
  1,
);

/** Half in spam, half in virus, a minute apart, the last now; no fsync. */
function fill() {
  for (const name of ["spam", "virus"])
    for (const part of ["new", "cur", "tmp"])
      mkdirSync(join(path, name, part), { recursive: true });
  const body = "a line of text as people write it\n".repeat(30);
  const now = Date.now();
  return Array.from({ length: total }, (_, n) => {
    const receivedAt = now - (total - n) * 60_000;
    const time = new Date(receivedAt).toISOString().replace(/[-:T]/g, "");
    const id = `${time.slice(0, 8)}-${time.slice(8, 14)}-k${(n * 7919).toString(32).padStart(7, "0").slice(-7)}`;
    const name = n % 2 ? "spam" : "virus";
    const subject =
      n % 3 ? ` invoice-${n}` : ` =?utf-8?q?invoice-${n}_f=C3=BCr_Sie?=`;
    const entry = sampleEntry({
      id,
      folder: name,
      // All of spam is due but what is from today.
      receivedAt: n % 2 ? receivedAt - 31 * 86_400_000 : receivedAt,
      subject,
      envelope: {
        sender: Buffer.from(`user${n % 10_000}@example${n % 100}.org`),
        recipients: [Buffer.from(`someone${n % 500}@example.test`)],
      },
    });
    const message = Buffer.from(`Subject:${subject}\n\n${body}`);
    const head = formatHead({
      ...entry,
      size: message.length,
      sha256: "0".repeat(64),
    });
    writeFileSync(join(path, name, "new", id), Buffer.concat([head, message]));
    return id;
  });
}

/** One row: the median of the runs. */
async function report(what, argv, times) {
  const args = argv[0] === "reindex" ? ["quarantine", ...argv] : argv;
  const all = [];
  for (let n = 0; n < times; n++) all.push(await measure(args));
  const median = (name) =>
    all.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(times / 2)];
  console.log(
    `| ${what} | ${median("cpu").toFixed(0)} | ${median("wall").toFixed(0)} | ${median("peak").toFixed(0)} |`,
  );
}

async function measure(args) {
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [join(folder, "dist/qsift.js"), ...args],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { QSIFT_CONFIG: config },
    },
  );
  let peak = 0;
  let cpu = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      // proc(5): utime and stime, in hundredths of a second.
      cpu = (Number(fields[11]) + Number(fields[12])) * 10;
    } catch {
      // Ended.
    }
  }, 5);
  child.stdout.resume();
  const code = await new Promise((resolve) => child.once("close", resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`${args.join(" ")}: exit ${code}`);
  return { wall: performance.now() - start, cpu, peak: peak / 1024 };
}
