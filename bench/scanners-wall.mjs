// How long a message waits where all scanners are asked at once, beside the
// slowest of them alone: clamd, spamd, rspamd and pyzord as they are, private
// and on loopback, and a stand-in for dccifd, asked through runScanners in a
// warm process. Pairs are taken in turn, each message is unique, so that
// nothing is remembered. Exits with 1 where together takes more than 1.1 times
// as long and more than 15 ms longer, in the median.
//
// Scanners that start a process for each message (razor-check, clamscan) are
// reported apart: on a machine of few cores they take their share of the same
// processors, whoever starts them.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { loadSource, messageOpener } from "./load-source.mjs";

const pairs = 100;
const pairsWithProcesses = 20;
const maxRatio = 1.1;
const maxMoreMs = 15;

const source = await loadSource();
const { clamdBackend, spamdBackend, rspamdBackend, pyzordBackend } = source;
const openMessage = await messageOpener(source);
const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "qsift-bench-"));
chmodSync(folder, 0o755);
const stops = [];
let isSlow = false;
let serial = 0;

try {
  const backends = [clamdBackend, spamdBackend, rspamdBackend, pyzordBackend];
  if (backends.every((backend) => backend.isInstalled())) await measure();
  else console.log("skipped: one of clamd, spamd, rspamd, pyzord is missing");
} finally {
  for (const stop of stops.reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(isSlow ? 1 : 0);

async function measure() {
  const scanners = await startScanners();
  const programs = await programScanners();
  for (const size of [5_000, 100_000]) {
    const before = load();
    const result = await compare(scanners, size, pairs);
    print(
      `${size / 1000} KB of HTML, all of these at once; ${pairs} pairs`,
      result,
    );
    const { ratio, moreMs } = result;
    const holds = ratio <= maxRatio || moreMs <= maxMoreMs;
    if (!holds) isSlow = true;
    console.log(
      `  ${holds ? "holds" : "DOES NOT HOLD"}: wanted ${maxRatio} times, or ${maxMoreMs} ms more; load ${before} before, ${load()} after, on ${cpus().length} cores\n`,
    );
  }
  if (programs.length === 0) return;
  for (const size of [5_000, 100_000])
    print(
      `${size / 1000} KB of HTML, with scanners that start processes; ${pairsWithProcesses} pairs`,
      await compare([...scanners, ...programs], size, pairsWithProcesses),
    );
  console.log(`  load ${load()}`);
}

function load() {
  return loadavg()[0].toFixed(1);
}

async function startScanners() {
  const at = (name) => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  const clamd = await clamdBackend.startClamd(at("clamd"));
  stops.push(() => clamd.stop());
  const spamd = await spamdBackend.startSpamd(at("spamd"));
  stops.push(() => spamd.stop());
  const rspamd = await rspamdBackend.startRspamd(
    at("rspamd"),
    join(folder, "clamd", "clamd.sock"),
  );
  stops.push(() => rspamd.stop());
  const pyzord = await pyzordBackend.startPyzord(at("pyzord"));
  stops.push(() => pyzord.stop());
  const dccifd = await source.listen("unix", (socket) => {
    source.serveDccifd(socket, ({ recipients }) =>
      socket.end(source.dccReply("Body=1 Fuz1=1 Fuz2=1", recipients.length)),
    );
  });
  stops.push(() => dccifd.stop());
  const { parseAddress } = source;
  return [
    ready(source.clamd, { addresses: [parseAddress(clamd.address)] }),
    ready(source.spamd, { addresses: [parseAddress(spamd.address)] }),
    ready(source.rspamd, { addresses: [parseAddress(rspamd.addresses[0])] }),
    ready(source.pyzor, { addresses: [pyzord.address] }),
    ready(source.dcc, { addresses: [dccifd.address] }),
  ];
}

async function programScanners() {
  const found = [];
  await source.loadRegexEngine();
  if (existsSync("/usr/bin/razor-check")) {
    const server = await source.startRazor(mkdtempSync(join(folder, "razor-")));
    stops.push(() => server.stop());
    const options = { ...source.razor.defaults.options, home: server.home };
    found.push(ready(source.razor, { options }));
  }
  if (existsSync("/usr/bin/clamscan")) {
    const profile = source.commandProfiles.clamscan;
    const scanner = source.commandScanner("clamscan", {
      ...profile,
      // The same few signatures as clamd has.
      arguments: [
        `--database=${join(folder, "clamd", "db")}`,
        ...profile.arguments,
      ],
      runtime_folder: folder,
      ...source.defaultProcessLimits,
    });
    found.push(ready(scanner, {}));
  }
  return found;
}

function ready(scanner, changes) {
  const settings = { ...scanner.defaults, enabled: true, ...changes };
  const opened = scanner.open(settings, source.defaultLimits);
  return new source.ReadyScanner(opened, settings);
}

/** Milliseconds of each alone, and of all at once, in the median. */
async function compare(scanners, size, count) {
  const runs = [scanners, ...scanners.map((scanner) => [scanner])];
  const times = runs.map(() => []);
  const subjects = [];
  // Two that don't count, for what is compiled, connected and read first.
  for (let turn = -2; turn < count; turn += 1) {
    subjects.length = 0;
    for (let i = 0; i < runs.length; i += 1) subjects.push(await subject(size));
    // Each is first as often as last.
    for (let i = 0; i < runs.length; i += 1) {
      const which = (i + turn + runs.length) % runs.length;
      const ms = await time(runs[which], subjects[which]);
      if (turn >= 0) times[which].push(ms);
    }
  }
  const [together, ...alone] = times;
  const names = scanners.map(({ scanner }) => scanner.name);
  const slowest = alone.reduce((a, b) => (median(b) > median(a) ? b : a));
  return {
    rows: [
      ...names.map((name, i) => [`${name} alone`, alone[i]]),
      ["all at once", together],
    ],
    slowest: names[alone.indexOf(slowest)],
    ratio: median(together.map((ms, i) => ms / slowest[i])),
    moreMs: median(together.map((ms, i) => ms - slowest[i])),
  };
}

async function time(scanners, message) {
  const start = performance.now();
  const verdicts = await source.runScanners(message, scanners, never);
  const ms = performance.now() - start;
  for (const verdict of verdicts)
    if (verdict.status !== "done")
      throw new Error(
        `${verdict.scanner}: ${verdict.status} (${verdict.reason})`,
      );
  return ms;
}

async function subject(size) {
  const bytes = html(size);
  const message = await openMessage(bytes);
  const { mail } = source.subjectOf(bytes);
  const recipients = [Buffer.from("bob@example.test")];
  const envelope = { sender: Buffer.from("ann@example.org"), recipients };
  const peer = { ...mail.peer, ip: "192.0.2.7", helo: "mx.example.org" };
  return { mail: { ...mail, envelope, peer }, message };
}

/** A newsletter of that size, like no other. */
function html(size) {
  serial += 1;
  const head =
    "Received: from mx.example.org (192.0.2.7) by mail.example.test with SMTP; 6 Jan 2025 10:00:00 -0000\n" +
    "From: Ann <ann@example.org>\nTo: bob@example.test\nSubject: Minutes of the meeting\n" +
    `Date: Mon, 06 Jan 2025 10:00:00 +0000\nMessage-ID: <${serial}.${process.pid}@example.org>\n` +
    "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<html><body>\n";
  const paragraphs = [];
  for (let length = head.length, i = 0; length < size; i += 1) {
    const paragraph =
      `<p class="p${i % 7}">Item ${i} of issue ${serial}: the committee met and agreed on <b>what there was</b> to be agreed on.</p>\n` +
      `<div style="margin:${i % 9}px"><a href="https://www.example.org/issue/${serial}/item/${i}">Read more about it</a></div>\n`;
    paragraphs.push(paragraph);
    length += paragraph.length;
  }
  return Buffer.from(`${head}${paragraphs.join("")}</body></html>\n`);
}

function print(title, { rows, slowest, ratio, moreMs }) {
  console.log(`${title}: wall clock in ms`);
  console.log(`  ${"".padEnd(16)} median    10th    90th`);
  for (const [name, times] of rows) {
    const shown = [0.5, 0.1, 0.9].map((q) =>
      quantile(times, q).toFixed(1).padStart(7),
    );
    console.log(`  ${name.padEnd(16)}${shown.join(" ")}`);
  }
  console.log(
    `  at once beside ${slowest} alone, median of pairs: ${ratio.toFixed(3)} times, ${moreMs.toFixed(1)} ms more`,
  );
}

function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

function median(values) {
  return quantile(values, 0.5);
}
