// `npm run demo`: sample mail through the real door, with nothing installed.
//
// Each message goes in on fd 0 and its envelope on fd 1, as from qmail-smtpd;
// maildir-queue stands where qmail-queue would. One message is held for review
// and then released. Exits 1 if a message did not end as it should.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { demoMessages } from "./demo-messages.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, ".demo");
const maildir = join(folder, "Maildir");
const config = join(folder, "qsift.toml");
const bin = (name) => join(root, "bin", name);

const env = {
  QSIFT_CONFIG: config,
  QSIFT_QUEUE: bin("maildir-queue"),
  QSIFT_MAILDIR: maildir,
  TCPREMOTEIP: "192.0.2.25",
  TCPREMOTEHOST: "mail.example.org",
  PROTO: "TCP",
};

rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, "messages"), { recursive: true });
writeFileSync(
  config,
  `# What the demo runs with: the defaults, but for where held mail goes, and one
# address whose spam is held for review.
[daemon]
trusted_users = ["qmaild", "vpopmail", "root", "#${process.getuid?.() ?? 0}"]

[quarantine]
path = ${JSON.stringify(join(folder, "quarantine"))}

[[policy]]
name = "review"
match = { recipient = ["review@example.test"] }
spam = { tag = 5.0, quarantine = 8.0 }

[[policy]]
name = "default"
`,
);

let failures = 0;
const rows = [];
for (const [n, sample] of demoMessages.entries()) {
  const file = join("messages", `${String(n + 1).padStart(2, "0")}.eml`);
  writeFileSync(join(folder, file), sample.bytes);
  const before = delivered();
  const { code, line, ms } = await pass(sample);
  const arrived = delivered().filter((name) => !before.includes(name));
  if (line.outcome !== sample.expect) failures += 1;
  rows.push([
    sample.name,
    line.outcome === sample.expect
      ? outcome(line)
      : `${outcome(line)} (expected ${sample.expect})`,
    why(line),
    String(code),
    where(line, arrived),
    String(Math.round(ms)),
  ]);
}
table(["message", "outcome", "why", "exit", "where it went", "ms"], rows);

const held = readLines(["quarantine", "list", "--json"]);
console.log(`\nheld for review: ${held.length}`);
for (const { id } of held) {
  const before = delivered().length;
  console.log(`$ qsift quarantine release ${id}`);
  process.stdout.write(qsift(["quarantine", "release", id]));
  if (delivered().length !== before + 1) failures += 1;
}
if (held.length !== 1) failures += 1;

console.log(`
The messages are in .demo/messages, what was delivered in .demo/Maildir/new.
Try:  bin/qsift scan .demo/messages/*.eml        (judge, deliver nothing)
      bin/qsift quarantine --help
      less .demo/qsift.toml                      (the configuration used)`);
if (failures > 0) {
  console.error(`\n${failures} of these did not end as they should`);
  process.exitCode = 1;
}

/** Feeds the door as qmail does: message, close, envelope. */
async function pass(sample) {
  const start = performance.now();
  const door = spawn(bin("qmail-scanner-queue"), [], {
    cwd: "/",
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let log = "";
  door.stderr.setEncoding("utf8").on("data", (text) => (log += text));
  const ended = new Promise((resolve) => door.once("close", resolve));
  door.stdin.on("error", () => {});
  door.stdio[1].on("error", () => {});
  door.stdio[1].resume();
  door.stdin.end(sample.bytes);
  const recipients = sample.recipients ?? ["bob@example.test"];
  const envelope = `F${sample.sender ?? "ann@example.org"}\0${recipients.map((to) => `T${to}\0`).join("")}\0`;
  door.stdin.once("finish", () => {
    door.stdio[1].end(sample.hangUp ? envelope.slice(0, -2) : envelope);
  });
  const code = await ended;
  const line =
    log
      .split("\n")
      .filter((text) => text.startsWith("{"))
      .map((text) => JSON.parse(text))
      .find(({ event }) => event === "outcome") ?? {};
  if (line.outcome === undefined) console.error(log);
  return { code, line, ms: performance.now() - start };
}

/** Tagged is not an outcome of the message: it says how copies were delivered. */
function outcome(line) {
  const isTagged = (line.decisions ?? []).some(
    ({ action, tagged }) => action === "queue" && tagged,
  );
  return isTagged ? `${line.outcome}, tagged` : String(line.outcome);
}

function why(line) {
  const rules = (line.decisions ?? []).map(({ rule }) => rule).join(", ");
  const findings = [...new Set(line.findings ?? [])].join(", ");
  return [line.cause, rules, findings].filter(Boolean).join(": ").slice(0, 70);
}

function where(line, arrived) {
  if (arrived.length > 0)
    return arrived.map((name) => `Maildir/new/${name}`.slice(0, 32)).join(" ");
  if (line.held) return `quarantine ${line.held.join(" ")}`;
  if (line.outcome === "rejected") return "refused: 554 to the client";
  return "nowhere: 451, the client tries again";
}

function delivered() {
  try {
    return readdirSync(join(maildir, "new"));
  } catch {
    return [];
  }
}

function qsift(args) {
  return execFileSync(bin("qsift"), args, {
    env: { ...env, PATH: process.env.PATH },
    encoding: "utf8",
  });
}

function readLines(args) {
  return qsift(args)
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function table(head, rows) {
  const widths = head.map((title, n) =>
    Math.max(title.length, ...rows.map((row) => row[n].length)),
  );
  const line = (cells) =>
    cells
      .map((cell, n) => cell.padEnd(widths[n]))
      .join("  ")
      .trimEnd();
  console.log(line(head));
  console.log(widths.map((width) => "-".repeat(width)).join("  "));
  for (const row of rows) console.log(line(row));
}
