// Every message of a folder in our hands and in those of Debian's ripmime, every
// TNEF part and sample in ours and in those of tnef, where they are installed:
// which of their files are none of our parts, which of our parts they don't
// have, and why. `npm run bench -- corpus`, with the folder in QSIFT_CORPUS or
// as the argument of this program; a second argument takes every nth file only,
// a third names a file for all differences, one JSON object a line.

import { appendFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { causeOf, prepareParts, sha256 } from "./compare-cause.mjs";
import { messageOpener } from "./load-source.mjs";
import { isInstalled, runOther } from "./run-other.mjs";

const folder = process.argv[2] ?? process.env.QSIFT_CORPUS;
const step = Number(process.argv[3] ?? 1);
const listFile = process.argv[4];
const messageFolders = ["ham", "spam", "mime"];
/** Beside the samples lie licences, descriptions and results. */
const noMessage =
  /(^|\/)(SOURCE\.txt|LICEN[CS]E[^/]*|COPYING[^/]*|README[^/]*|NOTICE[^/]*|AUTHORS[^/]*)$|\.(golden|expected|md|zip|png|gif|jpg|pdf)$/i;
const maxListed = 400;
/** As their names in Debian; each writes files into a folder. */
const ripmime = (input, output) => [
  "-i",
  input,
  "-d",
  output,
  "--timeout",
  "10",
  "--recursion-max",
  "20",
];
const tnef = (input, output) => [
  `--file=${input}`,
  `--directory=${output}`,
  "--ignore-checksum",
  "--ignore-cruft",
  "--ignore-encode",
  "--number-backups",
  "--save-body=qsift-body",
  "--body-pref=ALL",
];

if (folder === undefined) {
  console.log("skipped: QSIFT_CORPUS names no folder");
  process.exit(0);
}
const open = await messageOpener();
const installed = {
  ripmime: await isInstalled("ripmime"),
  tnef: await isInstalled("tnef"),
};

/** By program: how many files of theirs by cause, those to be looked at, and the reverse. */
const report = {};
for (const name of ["ripmime", "tnef"])
  report[name] = {
    inputs: 0,
    theirs: 0,
    ours: 0,
    theirCauses: new Map(),
    ourCauses: new Map(),
    outcomes: new Map(),
    listed: [],
  };

const queue = [...inputs()];
const samples = queue.length;
await Promise.all([work(), work()]);
print();

async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { name, bytes, isTnef } = next();
    const message = isTnef
      ? wrapped(bytes, "winmail.dat", "application/ms-tnef")
      : bytes;
    const { parts } = await open(message);
    if (!isTnef && installed.ripmime)
      await compare("ripmime", name, parts, message, ripmime, parts[0].id);
    if (!installed.tnef) continue;
    for (const part of parts)
      if (
        part.detectedType === "application/ms-tnef" ||
        (isTnef && part.id === 1)
      )
        await compare(
          "tnef",
          `${name} ${part.place}`,
          parts,
          part.content,
          tnef,
          part.id,
        );
  }
}

/** Files to be opened, one function each, so that only those under way are in memory. */
function* inputs() {
  let n = 0;
  for (const path of filesIn(messageFolders)) {
    const name = relative(folder, path);
    if (noMessage.test(name) || n++ % step !== 0) continue;
    if (!name.endsWith(".mbox")) {
      yield () => ({ name, bytes: readFileSync(path), isTnef: false });
      continue;
    }
    let index = 0;
    for (const bytes of splitMbox(readFileSync(path))) {
      const label = `${name}:${++index}`;
      yield () => ({ name: label, bytes, isTnef: false });
    }
  }
  for (const path of filesIn(["tnef"]))
    if (readFileSync(path).subarray(0, 4).toString("hex") === "789f3e22")
      yield () => ({
        name: relative(folder, path),
        bytes: readFileSync(path),
        isTnef: true,
      });
}

function filesIn(names) {
  return names
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory())
    .flatMap((path) =>
      readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
    )
    .sort();
}

function splitMbox(bytes) {
  return bytes
    .toString("latin1")
    .split(/^(?=From )/m)
    .map((message) => Buffer.from(message, "latin1"));
}

function wrapped(bytes, name, type) {
  return Buffer.concat([
    Buffer.from(
      `Subject: x\nMIME-Version: 1.0\nContent-Type: ${type}; name="${name}"\nContent-Transfer-Encoding: base64\n\n`,
    ),
    Buffer.from(bytes.toString("base64").replace(/.{76}/g, "$&\n")),
  ]);
}

/** What `program` makes of `bytes`, against the parts below part `top`. */
async function compare(program, name, parts, bytes, args, top) {
  const into = report[program];
  const { outcome, files } = await runOther(program, bytes, args);
  into.inputs++;
  count(into.outcomes, outcome);
  const below = parts.filter((part) => isBelow(parts, part, top));
  const ours = prepareParts(parts);
  for (const { name: file, content } of files) {
    into.theirs++;
    const cause = causeOf(content, ours);
    count(into.theirCauses, cause ?? "to be looked at");
    if (cause !== "same")
      into.listed.push({
        side: "theirs",
        name,
        file,
        size: content.length,
        cause: cause ?? "to be looked at",
      });
  }
  const theirs = prepareParts([
    { content: Buffer.alloc(0), sha256: "" },
    ...files.map(({ content }) => ({ content, sha256: sha256(content) })),
  ]);
  for (const part of below) {
    into.ours++;
    const cause = causeOf(part.content, theirs);
    const kind =
      cause
        ?.replace(/an attachment of ours/, "a file of theirs")
        .replace("ours", "theirs") ?? `not there: ${kindOf(part, top)}`;
    count(into.ourCauses, kind);
    if (cause !== "same")
      into.listed.push({
        side: "ours",
        name,
        file: `${part.place} ${part.filename ?? ""}`,
        size: part.size,
        cause: kind,
      });
  }
}

function isBelow(parts, part, top) {
  for (let at = part; at.parent !== null; at = parts[at.parent])
    if (at.parent === top) return true;
  return false;
}

function kindOf(part, top) {
  if (part.place.includes("~")) return "another reading of what is ambiguous";
  if (part.declaredType?.startsWith("message/"))
    return `an embedded ${part.declaredType}`;
  if (top === 0 && part.place.includes("/"))
    return "inside an attachment or a text";
  return `${part.declaredType ?? part.detectedType}`;
}

function count(map, key) {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function print() {
  console.log(`${samples} messages and TNEF samples`);
  for (const [program, found] of Object.entries(report)) {
    if (!installed[program]) {
      console.log(`\n${program}: skipped, not installed`);
      continue;
    }
    console.log(
      `\n${program}: ${found.inputs} inputs, ${found.theirs} files of theirs, ${found.ours} parts of ours; ended with ${list(found.outcomes)}`,
    );
    console.log("  their files against our parts:");
    table(found.theirCauses);
    console.log("  our parts against their files:");
    table(found.ourCauses);
    if (listFile !== undefined)
      appendFileSync(
        listFile,
        found.listed
          .map((item) => `${JSON.stringify({ program, ...item })}\n`)
          .join(""),
      );
    const look = found.listed.filter(
      ({ cause }) => cause === "to be looked at",
    );
    for (const { name, file, size } of look.slice(0, maxListed))
      console.log(
        `    ${JSON.stringify(name)} ${JSON.stringify(file)} ${size} bytes`,
      );
  }
}

function table(map) {
  for (const [cause, n] of [...map].sort((a, b) => b[1] - a[1]))
    console.log(`    ${String(n).padStart(7)}  ${cause}`);
}

function list(map) {
  return [...map].map(([key, n]) => `${key} (${n})`).join(", ");
}
