// `npm run bench -- bombs`: what bombs cost. Each is expanded in a process of
// its own, which then expands a small clean message; the peak of its resident
// memory is counted from before the message was read. Time is judged by CPU,
// which a busy machine does not lengthen. Exits 1 where a bomb
// takes longer or holds more than is promised, gives no finding, or spoils the
// next message; and where a large honest message is not opened wholly.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bombs, honest } from "./bomb-samples.mjs";
import { bundleSource, makeFolder } from "./bundle.mjs";

const mostMs = 2000;
const mostBytes = 256 * 1024 * 1024;

/** Run in the child: prints what it saw as JSON. */
const child = `
import { openSync, readFileSync, readSync, statSync } from "node:fs";
import { defaultLimits, expandMessage } from "./source.mjs";
const kib = (field) =>
  Number(new RegExp(field + ":\\\\s+(\\\\d+)").exec(readFileSync("/proc/self/status", "latin1"))[1]);
const { signal } = new AbortController();
const failures = [];
/** As the door has it: in memory that the sandbox sees too. */
function read(file) {
  const bytes = Buffer.from(new SharedArrayBuffer(statSync(file).size));
  readSync(openSync(file), bytes);
  return bytes;
}
const open = (file) =>
  expandMessage(read(file), defaultLimits, signal, (cause) => failures.push(cause.message));
const namesOf = ({ findings }) =>
  [...new Set(findings.map(({ kind, source, name }) => kind + " " + source + ":" + name))];
const base = kib("VmRSS");
const cpu = process.cpuUsage();
const start = performance.now();
let message = await open(process.argv[2]);
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
const peak = kib("VmHWM") - base;
const bytes = message.parts.slice(1).reduce((sum, { size }) => sum + size, 0);
const result = { ms, cpuMs: (user + system) / 1000, peak: peak * 1024, bytes, findings: namesOf(message), parts: message.parts.length };
message = null;
const next = await open(process.argv[3]);
console.log(JSON.stringify({ ...result, failures, next: namesOf(next), nextParts: next.parts.length }));
process.exit(0);
`;

const wanted = process.argv[2];
const folder = makeFolder("bombs");
let failed = false;
await buildChild();
const clean = join(folder, "clean.eml");
writeFileSync(clean, mailOf("a.txt", Buffer.from("Hello.\n".repeat(50))));
const columns = ["ms", "cpu ms", "peak MB", "had MB"];
console.log(
  `${"".padEnd(38)}${"mail kB".padStart(8)}${columns.map((one) => one.padStart(9)).join("")}  findings`,
);
for (const [kind, list] of [
  ["bomb", bombs],
  ["honest", honest],
])
  for (const [name, filename, make, wholly = kind === "honest"] of list) {
    if (wanted !== undefined && !name.includes(wanted)) continue;
    const file = join(folder, "bomb.eml");
    const mail = mailOf(filename, await make());
    writeFileSync(file, mail);
    const result = run(file, clean);
    const wrong = [
      ...(wholly ? result.findings : unfound(result)),
      ...(kind === "bomb" ? overspent(result) : []),
      ...spoiled(result),
    ];
    if (wrong.length > 0) failed = true;
    const { ms, cpuMs, peak, bytes } = result;
    const figures = [ms, cpuMs, peak / 2 ** 20, bytes / 1e6];
    console.log(
      `${name.padEnd(38)}${String(Math.ceil(mail.length / 1000)).padStart(8)}${figures
        .map((one) => String(Math.round(one)).padStart(9))
        .join(
          "",
        )}  ${shortened(result.findings)}${wrong.length > 0 ? `  NOT HELD: ${shortened(wrong)}` : ""}`,
    );
  }
process.exitCode = failed ? 1 : 0;

function unfound({ findings }) {
  const told = /^(?:limit|unsupported|malformed) /;
  return findings.some((name) => told.test(name)) ? [] : ["no finding"];
}

function overspent({ cpuMs, peak }) {
  return [
    ...(cpuMs > mostMs ? [`more than ${mostMs} ms`] : []),
    ...(peak > mostBytes ? ["more than 256 MB"] : []),
  ];
}

function spoiled({ failures, next, nextParts }) {
  return next.length > 0 || nextParts !== 2
    ? ["the next message", ...failures]
    : failures;
}

function shortened(names) {
  const all = names.slice(0, 4).join(", ");
  return names.length > 4 ? `${all}, and ${names.length - 4} more` : all;
}

function mailOf(filename, content) {
  const body = content.toString("base64").replace(/.{76}/g, "$&\r\n");
  return Buffer.from(
    `From: a@example.org\r\nSubject: bench\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name="${filename}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${body}\r\n`,
  );
}

function run(file, clean) {
  const output = execFileSync(
    process.execPath,
    [join(folder, "src/child.mjs"), file, clean],
    { env: {}, encoding: "utf8", timeout: 120_000 },
  );
  return JSON.parse(output);
}

async function buildChild() {
  await bundleSource(
    folder,
    'export { expandMessage } from "./src/expansion.ts"; export { defaultLimits } from "./src/limits.ts";',
  );
  writeFileSync(join(folder, "src/child.mjs"), child);
}
