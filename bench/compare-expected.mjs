// The samples of a folder that come with what must be found in them (TNEF files
// with their attachments, archives with the digests of their members, zip files
// that must fail, messages that hide clam.exe) against our parts: every
// difference, with what our findings say of it. `npm run bench -- expected`,
// with the folder in QSIFT_CORPUS or as the argument of this program.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { causeOf, prepareParts, sha256 } from "./compare-cause.mjs";
import { messageOpener } from "./load-source.mjs";

const folder = process.argv[2] ?? process.env.QSIFT_CORPUS;
const clamExe =
  "71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495";
const emptyDigest = sha256(Buffer.alloc(0));

if (folder === undefined) {
  console.log("skipped: QSIFT_CORPUS names no folder");
  process.exit(0);
}
const open = await messageOpener();

await hiddenInMessages();
await imapSections();
await uuencodedTexts();
await tnefSamples();
await zipFailures();
await archiveMembers();

/** As an attachment under the name of its file. */
function openAttached(path) {
  const name = JSON.stringify(basename(path).replace(/[^\x20-\x7e]/g, "_"));
  const encoded = readFileSync(path).toString("base64");
  return open(
    Buffer.from(
      `Subject: x\nMIME-Version: 1.0\nContent-Type: application/octet-stream; name=${name}\nContent-Transfer-Encoding: base64\n\n${encoded.replace(/.{76}/g, "$&\n")}\n`,
    ),
  );
}

function filesIn(...names) {
  const path = join(folder, ...names);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Names of findings that say that something was not read, or is odd. */
function said(message) {
  const names = message.findings
    .filter(({ kind }) => kind !== "policy" && kind !== "macro")
    .map(({ kind, name }) => `${kind} ${name}`);
  return [...new Set(names)].sort().join(", ");
}

async function hiddenInMessages() {
  const files = filesIn("mime/clamav-mime-evasion").filter((path) =>
    basename(path).startsWith("clam."),
  );
  let found = 0;
  for (const path of files) {
    const { parts } = await open(readFileSync(path));
    if (parts.some((part) => part.sha256 === clamExe)) found++;
    else console.log(`  not found in ${relative(folder, path)}`);
  }
  console.log(`clam.exe in ${found} of ${files.length} messages that hide it`);
}

/** imaptest's scripts: what an IMAP server must answer for a section of the mailbox beside them. */
async function imapSections() {
  const causes = new Map();
  for (const path of filesIn("mime/dovecot-imaptest")) {
    if (!existsSync(`${path}.mbox`)) continue;
    const messages = readFileSync(`${path}.mbox`, "latin1")
      .split(/^(?=From )/m)
      .map((message) => Buffer.from(message, "latin1"));
    for (const [, number, answer] of readFileSync(path, "latin1").matchAll(
      /^\* (\d+) fetch ([^]*?)(?=^ok |^\* |(?![^]))/gim,
    ))
      for (const [, section, content] of answer.matchAll(
        /(?:binary|body)\[([\d.]+)\] ~?\{\{\{\n([^]*?)\n\}\}\}/gi,
      )) {
        const { parts } = await open(
          messages[Number(number) - 1] ?? Buffer.alloc(0),
        );
        const cause =
          causeOf(Buffer.from(content, "latin1"), prepareParts(parts)) ??
          "not found";
        count(causes, cause);
        if (cause === "not found" || cause.includes(" of "))
          console.log(
            `  ${relative(folder, path)} section ${section}: ${cause}`,
          );
      }
  }
  console.log(`\nimaptest, sections of messages: ${show(causes)}`);
}

/** Angus Mail's cases for its uudecoder: sound and damaged texts and what they hold, or an exception. */
async function uuencodedTexts() {
  const causes = new Map();
  const path = filesIn("mime/angus-mail").find((name) =>
    name.endsWith("/uudata"),
  );
  if (path === undefined) return;
  for (const [, title, data, expected] of readFileSync(path, "latin1").matchAll(
    /^TEST (.*)\nDATA.*\n([^]*?)^EXPECT\n([^]*?)^END$/gm,
  )) {
    const message = await open(Buffer.from(`Subject: x\n\n${data}`, "latin1"));
    const cause = expected.startsWith("EXCEPTION")
      ? "must be refused"
      : (causeOf(
          Buffer.from(expected, "latin1"),
          prepareParts(message.parts),
        ) ?? "not found");
    count(causes, cause);
    if (cause !== "same" || said(message) !== "")
      console.log(
        `  ${title}: ${cause}; we have ${message.parts.length - 2}, and say: ${said(message)}`,
      );
  }
  console.log(`Angus Mail, uuencoded texts: ${show(causes)}`);
}

async function tnefSamples() {
  const all = filesIn("tnef");
  const samples = all.filter(
    (path) => readFileSync(path).toString("hex", 0, 4) === "789f3e22",
  );
  const byBase = new Map(all.map((path) => [basename(path), path]));
  const causes = new Map();
  let expected = 0;
  console.log("\nTNEF files, differences:");
  for (const path of samples) {
    const name = basename(path).replace(/\.tnef$/, "");
    const message = await openAttached(path);
    const ours = prepareParts(message.parts);
    const wanted = new Set(
      all.filter((other) => other.includes(`/tnef/${name}/`)),
    );
    const list = byBase.get(`${name}.list`);
    if (list !== undefined)
      for (const file of readFileSync(list, "latin1").split(/\r?\n/)) {
        const baseline = byBase.get(`${file}.baseline`);
        if (file !== "" && baseline !== undefined) wanted.add(baseline);
      }
    for (const file of wanted) {
      expected++;
      const cause = causeOf(readFileSync(file), ours) ?? "not found";
      count(causes, cause);
      if (cause !== "same")
        console.log(
          `  ${relative(folder, path)}: ${relative(folder, file)}: ${cause}; we say: ${said(message)}`,
        );
    }
  }
  console.log(
    `${samples.length} TNEF files, ${expected} results: ${show(causes)}`,
  );
}

async function zipFailures() {
  const failures = filesIn("archives/yauzl/test/failure");
  const silent = [];
  for (const path of failures) {
    const message = await openAttached(path);
    if (said(message) === "") silent.push(path);
  }
  console.log(
    `\nyauzl, ${failures.length} zip files that must fail: a finding in ${failures.length - silent.length}; none in`,
  );
  for (const path of silent) console.log(`  ${basename(path)}`);
  const wanted = filesIn("archives/yauzl/test/success").filter((path) =>
    path.endsWith(".zip"),
  );
  let files = 0;
  let found = 0;
  for (const path of wanted) {
    const ours = prepareParts((await openAttached(path)).parts);
    for (const file of filesIn(relative(folder, path.slice(0, -4)))) {
      if (basename(file) === ".git_please_make_this_directory") continue;
      files++;
      const cause = causeOf(readFileSync(file), ours);
      if (cause === "same" || cause === "empty") found++;
      else console.log(`  ${relative(folder, file)}: ${cause ?? "not found"}`);
    }
  }
  console.log(
    `yauzl, ${wanted.length} that must open: ${found} of ${files} files`,
  );
}

/** REFERENCE-EXTRACTION.jsonl: what one of four unpackers made of each archive, a hint and not the truth. */
async function archiveMembers() {
  const path = join(folder, "archives/REFERENCE-EXTRACTION.jsonl");
  if (!existsSync(path)) return;
  const totals = { archives: 0, members: 0, found: 0, oursOnly: 0, nobody: 0 };
  const causes = new Map();
  console.log("\narchives, members of theirs that are none of our parts:");
  for (const line of readFileSync(path, "utf8").trim().split("\n")) {
    const { file, tool, rc, members = [] } = JSON.parse(line);
    const sample = join(folder, "archives", file);
    if (!existsSync(sample)) continue;
    const message = await openAttached(sample);
    const digests = new Set(message.parts.map((part) => part.sha256));
    totals.archives++;
    if (tool === null) {
      if (message.parts.length > 2) totals.oursOnly++;
      else totals.nobody++;
      continue;
    }
    const wanted = members.filter(
      ([, size, digest]) =>
        // Of the largest ones there is no digest.
        size > 0 && digest !== null && digest !== emptyDigest,
    );
    const missing = wanted.filter(([, , digest]) => !digests.has(digest));
    totals.members += wanted.length;
    totals.found += wanted.length - missing.length;
    if (missing.length === 0) continue;
    const findings = said(message);
    count(causes, findings === "" ? "nothing said" : findings);
    console.log(
      `  ${file} (${tool}, exit ${rc}): ${missing.length} of ${wanted.length}, ${missing
        .slice(0, 3)
        .map(([name, size]) => `${JSON.stringify(name)} ${size}`)
        .join(
          ", ",
        )}; we have ${message.parts.length - 2}, and say: ${findings === "" ? "nothing" : findings}`,
    );
  }
  console.log(
    `${totals.archives} archives: ${totals.found} of ${totals.members} members that the unpackers gave; of those they could not open we have members of ${totals.oursOnly}, not of ${totals.nobody}`,
  );
}

function count(map, key) {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function show(map) {
  return [...map].map(([key, n]) => `${key} ${n}`).join(", ");
}
