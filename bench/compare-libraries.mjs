// Against libraries that do a part of this in JavaScript, all of them
// development dependencies: mailparser (MIME), adm-zip and unrar-js. First what
// each finds of what our fixtures hold, then the time that mailparser takes and
// ours with the trip through the sandbox, taken in turn in one run. Arguments: a
// corpus folder, or "" for none, and "times" for nothing else.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { simpleParser } from "mailparser";
import {
  ordinaryMessages,
  rarSamples,
  clamavTestfiles,
  corpusArchives,
  zipSamples,
} from "./library-samples.mjs";
import { loadSource, messageOpener } from "./load-source.mjs";

const corpus = process.argv[2] ?? process.env.QSIFT_CORPUS;
const libraryChild = join(
  dirname(fileURLToPath(import.meta.url)),
  "library-child.cjs",
);
const source = await loadSource();
const open = await messageOpener(source);
const { ambiguous } = source;

/** The least that it does: no text made of HTML or the reverse, no links. */
const mailparserOptions = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
};

if (process.argv[3] !== "times") await payloads();
await times();
// The sandbox's thread waits for more.
process.exit(0);

async function payloads() {
  console.log("payloads found");
  const hidden = [];
  for (const { title, message } of ambiguous.ambiguousMessages)
    hidden.push({
      name: title,
      wanted: 1,
      ours: holds(await ourContents(message), ambiguous.payload),
      theirs: holds(await mailparserContents(message), ambiguous.payload),
    });
  score("messages that readers read differently", "mailparser", hidden);

  const ordinary = [];
  for (const { name, bytes, contents } of ordinaryMessages()) {
    const [ours, theirs] = [
      await ourContents(bytes),
      await mailparserContents(bytes),
    ];
    ordinary.push({
      name,
      wanted: contents.length,
      ours: sum(contents.map((content) => holds(ours, content))),
      theirs: sum(contents.map((content) => holds(theirs, content))),
    });
  }
  score("texts and files of ordinary messages", "mailparser", ordinary);

  await archives("zip files", "adm-zip", zipSamples(source));
  await archives("rar files", "unrar-js", rarSamples(source));
  if (corpus !== undefined) {
    const from = (end) => corpusArchives(corpus, end);
    await archives("zip files of the corpus", "adm-zip", from(".zip"));
    await archives("rar files of the corpus", "unrar-js", from(".rar"));
  }
  const containers = [];
  for (const { bytes, digests } of clamavTestfiles(/./))
    containers.push(countIn(await ourDigests(bytes), digests));
  if (containers.length > 0)
    console.log(
      `  clamav-testfiles: clam.exe in ${sum(containers)} of ${containers.length} of ours; none of the three opens other formats`,
    );
}

async function archives(title, library, list) {
  const rows = [];
  for (const { name, bytes, digests } of list)
    rows.push({
      name,
      wanted: digests.length,
      ours: countIn(await ourDigests(bytes), digests),
      theirs: countIn(digestsBy(library, bytes), digests),
    });
  score(title, library, rows);
}

function score(title, program, rows) {
  const total = (side) => sum(rows.map((row) => row[side]));
  console.log(
    `  ${title}: ours ${total("ours")} of ${total("wanted")}, ${program} ${total("theirs")}`,
  );
  for (const side of ["ours", "theirs"]) {
    const missed = rows.filter((row) => row[side] < row.wanted);
    if (missed.length === 0) continue;
    const names = missed.map(({ name }) => name);
    const more = names.length > 70 ? `; and ${names.length - 70} more` : "";
    console.log(
      `    ${side === "ours" ? "we miss" : `${program} misses`}: ${names.slice(0, 70).join("; ")}${more}`,
    );
  }
}

async function ourContents(bytes) {
  const { parts } = await open(bytes);
  return parts.slice(1).map(({ content }) => content);
}

async function ourDigests(bytes) {
  const { parts } = await open(attached(bytes));
  return new Set(parts.map((part) => part.sha256));
}

/** Texts, attachments, and those of attached messages. */
async function mailparserContents(bytes, depth = 0) {
  const contents = [];
  try {
    const { text, html, attachments } = await simpleParser(
      bytes,
      mailparserOptions,
    );
    for (const body of [text, html])
      if (typeof body === "string")
        contents.push(Buffer.from(body, "utf8"), Buffer.from(body, "latin1"));
    for (const { content, contentType } of attachments) {
      contents.push(content);
      if (contentType.startsWith("message/") && depth < 8)
        contents.push(...(await mailparserContents(content, depth + 1)));
    }
  } catch {
    // What it gave before is all there is.
  }
  return contents;
}

/** What the library gives of an archive, in a child process with a time limit. */
function digestsBy(library, bytes) {
  const folder = mkdtempSync(join(tmpdir(), "qsift-library-"));
  let out;
  try {
    const path = join(folder, "sample");
    writeFileSync(path, bytes);
    out = execFileSync(
      process.execPath,
      ["--max-old-space-size=512", libraryChild, library, path],
      {
        env: {},
        cwd: folder,
        timeout: 20_000,
        killSignal: "SIGKILL",
        maxBuffer: 64 * 1024 * 1024,
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
  } catch (error) {
    // What it gave before it failed counts.
    out = error.stdout ?? Buffer.alloc(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return new Set(
    [...out.toString("latin1").matchAll(/^qsift-member ([0-9a-f]{64})$/gm)].map(
      ([, digest]) => digest,
    ),
  );
}

/** Line ends and blanks around it do not count: mailparser changes them in texts. */
function holds(contents, wanted) {
  const plain = (bytes) =>
    Buffer.from(bytes).toString("latin1").replace(/\r/g, "").trim();
  const text = plain(wanted);
  return contents.some((content) => plain(content).includes(text)) ? 1 : 0;
}

function countIn(digests, wanted) {
  return wanted.filter((digest) => digests.has(digest)).length;
}

function sum(numbers) {
  return numbers.reduce((a, b) => a + b, 0);
}

function attached(bytes, name = "sample") {
  return Buffer.concat([
    Buffer.from(
      `From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: application/octet-stream; name="${name}"\nContent-Transfer-Encoding: base64\n\n`,
    ),
    base64Lines(bytes),
  ]);
}

function base64Lines(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 57)
    lines.push(bytes.subarray(at, at + 57).toString("base64"), "\n");
  return Buffer.from(lines.join(""), "latin1");
}

/** Bytes that look like nothing, the same in every run. */
function noise(length) {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

async function times() {
  const head =
    "Received: from mx.example.org (192.0.2.25) by mail.example.test with SMTP; 22 Nov 2026 09:00:00 -0000\nFrom: Ann <ann@example.org>\nTo: Bob <bob@example.test>\nSubject: Minutes\nMessage-ID: <1@example.org>\nMIME-Version: 1.0\n";
  const prose =
    "We met at nine and went through the list of the last meeting.\n";
  const plain = Buffer.from(
    `${head}Content-Type: text/plain; charset=utf-8\n\n${prose.repeat(76)}`,
  );
  const html = `<html><body>${`<p>${prose}</p>`.repeat(20)}</body></html>\n`;
  const mixed = Buffer.from(
    `${head}Content-Type: multipart/mixed; boundary="=_b"\n\n--=_b\nContent-Type: text/plain\n\n${prose.repeat(15)}\n--=_b\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n${html}\n--=_b\nContent-Type: application/octet-stream; name="data.bin"\nContent-Transfer-Encoding: base64\n\n${base64Lines(noise(1500)).toString("latin1")}--=_b--\n`,
  );
  const large = attached(noise(22.2 * 1024 * 1024), "data.bin");
  console.log(
    "\ntime a message in ms, median of runs taken in turn: wall clock, the least of it, CPU of all threads",
  );
  await race(`plain text, ${kb(plain)} (no worker)`, plain, 400, 400);
  await race(
    `text, HTML and attachment, ${kb(mixed)} (worker)`,
    mixed,
    400,
    100,
  );
  await race(`one base64 attachment, ${kb(large)} (worker)`, large, 9, 2);
}

function kb(bytes) {
  return bytes.length < 100_000
    ? `${(bytes.length / 1024).toFixed(1)} KB`
    : `${Math.round(bytes.length / 1024 / 1024)} MB`;
}

async function race(title, bytes, runs, warmUp) {
  const runners = {
    ours: () => open(bytes),
    mailparser: () => simpleParser(bytes, mailparserOptions),
  };
  const walls = { ours: [], mailparser: [] };
  const cpus = { ours: [], mailparser: [] };
  for (let n = 0; n < runs + warmUp; n++)
    for (const [name, run] of Object.entries(runners)) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      await run();
      const wall = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      if (n < warmUp) continue;
      walls[name].push(wall);
      cpus[name].push((user + system) / 1000);
    }
  const show = (name) =>
    `${name} ${median(walls[name]).toFixed(2)}, least ${Math.min(...walls[name]).toFixed(2)}, CPU ${median(cpus[name]).toFixed(2)}`;
  console.log(
    `  ${title}: ${show("ours")}; ${show("mailparser")}; ratio ${(median(walls.ours) / median(walls.mailparser)).toFixed(2)}`,
  );
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
