import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AdmZip from "adm-zip";
import { afterEach, beforeEach, expect, test } from "vitest";

import type { Config } from "../../src/config.ts";
import type { QueueRun } from "../../src/qmail/qmail-queue.ts";
import type { Entry } from "../../src/quarantine/entry.ts";
import { hold } from "../../src/quarantine/hold.ts";
import { beginRelease } from "../../src/quarantine/release.ts";
import { sampleEntry } from "../quarantine/sample-entry.ts";
import {
  fakeConfig,
  fakeNow,
  fakeQuarantine,
  qsift,
  type FakeProcess,
} from "./fake-process.ts";

let path: string;
let queued: string[];
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "qsift-acts-"));
  queued = [];
});
afterEach(() => {
  rmSync(path, { recursive: true, force: true });
});

function quarantine(
  argv: readonly string[],
  process: FakeProcess = {},
  settings: Partial<Config["quarantine"]> = {},
) {
  return qsift(["quarantine", ...argv], {
    ...process,
    services: {
      readConfig: () =>
        Promise.resolve(
          fakeConfig({ quarantine: fakeQuarantine(path, settings) }),
        ),
      runQmailQueue: (run: QueueRun) => {
        queued.push(Buffer.concat([...run.message]).toString("latin1"));
        return Promise.resolve({ kind: "queued" });
      },
      ...process.services,
    },
  });
}

const idOf = (n: number): string => `20261122-00000${n}-k3j9c2m${n}`;

function holdOne(n: number, changes: Partial<Entry> = {}): Promise<string> {
  return hold(path, sampleEntry({ id: idOf(n), ...changes }));
}

function acts(): Record<string, unknown>[] {
  const file = join(path, "audit.jsonl");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function listed(...argv: string[]): Promise<string[]> {
  const { out } = await quarantine(["list", "--json", ...argv]);
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { id: string }).id);
}

test("list filters by subject, finding, score, size, age and state", async () => {
  const spam = (score: number) => ({
    score,
    required: 5,
    isSpam: score >= 5,
    tests: [],
  });
  await holdOne(1, { subject: " Invoice 7", spam: spam(3) });
  await holdOne(2, {
    spam: spam(9),
    bytes: Buffer.alloc(5000),
    findings: [
      { source: "x", kind: "macro", name: "AutoOpen", part: 1, score: null },
    ],
  });
  await holdOne(3, { spam: null, receivedAt: fakeNow - 40 * 86_400_000 });
  await quarantine(["release", idOf(1)]);
  expect(await listed("--subject", "invoice")).toEqual([idOf(1)]);
  expect(await listed("--finding", "macro:auto")).toEqual([idOf(2)]);
  expect(await listed("--min-score", "5")).toEqual([idOf(2)]);
  expect(await listed("--max-score", "5")).toEqual([idOf(1)]);
  expect(await listed("--min-size", "5k")).toEqual([idOf(2)]);
  expect(await listed("--max-size", "100")).toEqual([idOf(3), idOf(1)]);
  expect(await listed("--until", "30d")).toEqual([idOf(3)]);
  expect(await listed("--state", "released")).toEqual([idOf(1)]);
  expect(await listed("--state", "held", "--since", "2d")).toEqual([idOf(2)]);
  expect(await listed("--sort", "score", "--reverse", "--limit", "2")).toEqual([
    idOf(2),
    idOf(1),
  ]);
  expect(await listed("--offset", "1", "--limit", "1")).toEqual([idOf(1)]);
});

test.each([
  ["--min-score", "much"],
  ["--max-size", "5 MB"],
  ["--limit", "-1"],
  ["--sort", "luck"],
  ["--state", "gone"],
])("list %s %s is wrong usage", async (option, value) => {
  expect(await quarantine(["list", option, value])).toMatchObject({
    exitCode: 2,
    out: "",
  });
});

test("an ID is found by any part at its beginning or end that only one has", async () => {
  await holdOne(1);
  await holdOne(2);
  for (const part of ["k3j9c2m1", "20261122-000001", "K3J9C2M1", "c2m1"])
    expect((await quarantine(["show", part])).out).toContain(idOf(1));
  const many = await quarantine(["show", "20261122"]);
  expect(many).toMatchObject({ exitCode: 1, out: "" });
  expect(many.err).toContain(
    `20261122 is part of 2 IDs: ${idOf(1)}, ${idOf(2)}; give more of it`,
  );
  // Too short, though only one has it.
  expect((await quarantine(["show", "2m1"])).exitCode).toBe(1);
});

test("an entry in cur with flags is found, released and deleted by its ID", async () => {
  await holdOne(1);
  mkdirSync(join(path, "virus/cur"), { recursive: true });
  renameSync(
    join(path, "virus/new", idOf(1)),
    join(path, "virus/cur", `${idOf(1)}:2,FS`),
  );
  expect((await quarantine(["release", "k3j9c2m1"])).exitCode).toBe(0);
  expect(queued).toHaveLength(1);
  expect((await quarantine(["delete", "k3j9c2m1"])).exitCode).toBe(0);
  expect(readdirSync(join(path, "virus/cur"))).toEqual([]);
});

test("IDs come from standard input as list prints them, in text and in JSON", async () => {
  for (const n of [1, 2, 3]) await holdOne(n);
  const text = (await quarantine(["list"])).out;
  const json = (await quarantine(["list", "--json"])).out;
  const dry = await quarantine(["delete", "--dry-run", "-"], { stdin: text });
  expect(dry.out.match(/would be deleted/g)).toHaveLength(3);
  expect(await listed()).toHaveLength(3);
  expect(
    await quarantine(["delete", "-"], { stdin: `\n${json}\nnothing\n{"a":1}` }),
  ).toMatchObject({ exitCode: 1 });
  expect(await listed()).toEqual([]);
});

test("neither IDs nor a filter, or both, is wrong usage and does nothing", async () => {
  await holdOne(1);
  for (const command of ["release", "delete", "export"])
    for (const argv of [[], [idOf(1), "--all"], [idOf(1), "--folder", "virus"]])
      expect((await quarantine([command, ...argv])).exitCode).toBe(2);
  expect(await listed()).toEqual([idOf(1)]);
  expect(queued).toEqual([]);
});

test("release takes a filter, says first what it would do, and records it", async () => {
  await holdOne(1, { folder: "spam" });
  await holdOne(2, { folder: "spam" });
  await holdOne(3);
  await quarantine(["release", idOf(2)]);
  const dry = await quarantine(["release", "--folder", "spam", "--dry-run"]);
  expect(dry.out).toBe(
    `${idOf(1)} would be released to 2 recipients\n` +
      `${idOf(2)} would not be released: released 2026-11-22T12:00:00.000Z\n`,
  );
  expect(queued).toHaveLength(1);
  expect(acts()).toHaveLength(1);
  await quarantine(["release", "--folder", "spam", "--to", "p@x"]);
  expect(queued).toHaveLength(2);
  expect(acts()[1]).toEqual({
    time: "2026-11-22T12:00:00.000Z",
    act: "release",
    id: idOf(1),
    result: "released to 1 recipient",
    uid: 1000,
    user: expect.toSatisfy(
      (user: unknown) => user === null || typeof user === "string",
    ) as unknown,
    to: ["p@x"],
    folder: "spam",
    sender: "alice@example.org",
    recipients: ["bob@example.test", "carol"],
    recipientCount: 2,
    size: 17,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    rule: "default/on.virus",
  });
});

test("delete leaves what is being released, unless forced, and clears its records", async () => {
  await holdOne(1);
  await holdOne(2);
  await quarantine(["release", idOf(2)]);
  await beginRelease(path, idOf(1), false, fakeNow);
  const ran = await quarantine(["delete", "--all"]);
  expect(ran).toMatchObject({ exitCode: 1, out: `${idOf(2)} deleted\n` });
  expect(ran.err).toContain("a release has begun and not ended; --force");
  expect(await listed()).toEqual([idOf(1)]);
  expect((await quarantine(["delete", "--force", idOf(1)])).exitCode).toBe(0);
  expect(readdirSync(join(path, ".releases"))).toEqual([]);
  expect(acts().map(({ act, id }) => [act, id])).toEqual([
    ["release", idOf(2)],
    ["delete", idOf(2)],
    ["delete", idOf(1)],
  ]);
});

test("a damaged message can be deleted by its ID, and with all", async () => {
  await holdOne(1);
  truncateSync(join(path, "virus/new", idOf(1)), 50);
  expect((await quarantine(["delete", "k3j9c2m1"])).exitCode).toBe(0);
  expect(acts()).toMatchObject([{ act: "delete", id: idOf(1) }]);
  await holdOne(2);
  truncateSync(join(path, "virus/new", idOf(2)), 50);
  expect((await quarantine(["delete", "--all"])).exitCode).toBe(0);
  expect(readdirSync(join(path, "virus/new"))).toEqual([]);
});

test("an act that can't be recorded is done, said, and exit code 1", async () => {
  await holdOne(1);
  await holdOne(2);
  mkdirSync(join(path, "audit.jsonl"));
  const ran = await quarantine(["delete", "--all"]);
  expect(ran.exitCode).toBe(1);
  expect(ran.err.match(/the audit log can't be written/g)).toHaveLength(1);
  expect(await listed()).toEqual([]);
});

test("expire deletes by age and by size, oldest first, and nothing by default", async () => {
  const daysAgo = (days: number) => fakeNow - days * 86_400_000;
  const bytes = Buffer.alloc(10_000);
  await holdOne(1, { receivedAt: daysAgo(31), bytes });
  await holdOne(2, { receivedAt: daysAgo(29), bytes });
  await holdOne(3, { receivedAt: daysAgo(90), folder: "spam", bytes });
  await holdOne(4, { receivedAt: daysAgo(1), folder: "spam", bytes });
  expect(await quarantine(["expire"])).toMatchObject({ exitCode: 0, out: "" });
  const settings = { retentionDays: { virus: 30 } };
  const dry = await quarantine(["expire", "--dry-run"], {}, settings);
  expect(dry.out).toContain("would delete 1 message for their age");
  expect(await listed()).toHaveLength(4);
  await quarantine(["expire"], {}, settings);
  expect(await listed()).toEqual([idOf(3), idOf(2), idOf(4)]);
  await quarantine(["expire"], {}, { maxBytes: 15_000 });
  expect(await listed()).toEqual([idOf(4)]);
  expect(acts().map(({ act, id, result }) => [act, id, result])).toEqual([
    ["expire", idOf(1), "age"],
    ["expire", idOf(3), "cap"],
    ["expire", idOf(2), "cap"],
  ]);
});

test("expire never deletes what is being released, nor what is damaged", async () => {
  await holdOne(1, { receivedAt: 0 });
  await holdOne(2, { receivedAt: 0 });
  rmSync(join(path, ".index"));
  truncateSync(join(path, "virus/new", idOf(2)), 50);
  await beginRelease(path, idOf(1), false, fakeNow);
  const ran = await quarantine(
    ["expire"],
    {},
    { retentionDays: { virus: 1 }, maxBytes: 1 },
  );
  expect(ran.exitCode).toBe(1);
  expect(ran.out).toContain("left 1 message that is being released");
  expect(ran.err).toContain("is damaged and never expires");
  expect(readdirSync(join(path, "virus/new")).sort()).toEqual([
    idOf(1),
    idOf(2),
  ]);
});

test("expire removes what killed processes left, once it is old", async () => {
  await holdOne(1);
  const stale = join(path, "virus/tmp/1-stale");
  const record = join(path, ".releases/gone,1");
  mkdirSync(join(path, ".releases"));
  for (const file of [stale, record, join(path, "virus/tmp/2-young")])
    writeFileSync(file, "x");
  const young = fakeNow / 1000 - 35 * 3600;
  const old = fakeNow / 1000 - 37 * 3600;
  utimesSync(join(path, "virus/tmp/2-young"), young, young);
  for (const file of [stale, record]) utimesSync(file, old, old);
  expect((await quarantine(["expire"])).out).toBe(
    "deleted 2 files that killed processes left\n",
  );
  expect(existsSync(join(path, "virus/tmp/2-young"))).toBe(true);
});

test("verify reads every message whole, and names what is nobody's", async () => {
  await holdOne(1);
  await holdOne(2);
  const file = join(path, "virus/new", idOf(2));
  writeFileSync(
    file,
    readFileSync(file, "latin1").replace("body", "b0dy"),
    "latin1",
  );
  writeFileSync(join(path, "virus/new/M1P2.host"), "");
  const ran = await quarantine(["verify"]);
  expect(ran.exitCode).toBe(1);
  expect(ran.out).toContain(
    `${idOf(2)} is damaged: the received bytes have another sha256`,
  );
  expect(ran.out).toContain("1 message whole, 1 damaged");
  expect(ran.err).toContain("M1P2.host is no entry");
  expect((await quarantine(["verify", idOf(1)])).exitCode).toBe(0);
});

test("stats count by folder, and reindex makes an index", async () => {
  await holdOne(1);
  await holdOne(2, { folder: "spam" });
  await holdOne(3, { folder: "spam" });
  await quarantine(["release", idOf(3)]);
  expect((await quarantine(["stats"])).out).toMatch(
    /^virus +1 .*\nspam +2 .*2026-11-22 to 2026-11-22, 1 released\n$/,
  );
  const { folders } = JSON.parse(
    (await quarantine(["stats", "--json"])).out,
  ) as { folders: unknown[] };
  expect(folders).toMatchObject([
    { folder: "virus", count: 1, released: 0 },
    { folder: "spam", count: 2, released: 1, releasing: 0 },
  ]);
  rmSync(join(path, ".index"));
  expect((await quarantine(["reindex"])).out).toBe("3 messages in the index\n");
  expect(existsSync(join(path, ".index"))).toBe(true);
});

const tricky = Buffer.from(
  "From x\n>From y\nFro\nF\n\0\r\xff\nFrom \n>>From z no last newline",
  "latin1",
);

test("export writes eml, mbox and zip, and overwrites nothing", async () => {
  await holdOne(1, { bytes: tricky });
  await holdOne(2, { envelope: { sender: new Uint8Array(), recipients: [] } });
  const one = await quarantine(["export", idOf(1)]);
  expect(one.outBytes.equals(tricky)).toBe(true);
  expect(one.err).toBe("");
  const folder = join(path, "out");
  mkdirSync(folder);
  await quarantine(["export", "--all", "--output", folder]);
  const name = `${idOf(1)}.eml`;
  expect(readFileSync(join(folder, name)).equals(tricky)).toBe(true);
  const again = await quarantine(["export", idOf(1), "--output", folder]);
  expect(again.exitCode).toBe(1);
  expect(again.err).toContain("EEXIST");

  const mbox = await quarantine(["export", "--all", "--format", "mbox"]);
  expect(mbox.out).toMatch(
    /^From alice@example\.org Sun Nov 22 00:45:12 2026\n/,
  );
  expect(mbox.out).toContain("\n\nFrom MAILER-DAEMON Sun Nov 22");
  const [, first = ""] = mbox.outBytes
    .toString("latin1")
    .split(/^From \S+ Sun Nov .*\n/m);
  expect(first.replace(/^>(>*From )/gm, "$1").slice(0, -2)).toBe(
    tricky.toString("latin1"),
  );

  const file = join(path, "out.zip");
  await quarantine(["export", "--all", "--format", "zip", "--output", file]);
  const zip = new AdmZip(file);
  expect(zip.getEntries().map(({ entryName }) => entryName)).toEqual([
    name,
    `${idOf(2)}.eml`,
  ]);
  expect(zip.readFile(name)?.equals(tricky)).toBe(true);

  const held = await quarantine(["export", "--held", idOf(1)]);
  expect(
    held.outBytes.equals(readFileSync(join(path, "virus/new", idOf(1)))),
  ).toBe(true);
  expect(acts().filter(({ act }) => act === "export").length).toBe(8);
});

test("export puts no mail on a terminal, and one message only on a pipe as eml", async () => {
  await holdOne(1);
  await holdOne(2);
  expect(
    await quarantine(["export", idOf(1)], { isTerminal: true }),
  ).toMatchObject({ exitCode: 2, out: "" });
  expect(await quarantine(["export", "--all"])).toMatchObject({
    exitCode: 2,
    out: "",
  });
});

test("show prints header, text and one part, all of it safe for a terminal", async () => {
  const { expandMessage } = await import("../../src/expansion.ts");
  const services = {
    expand: (bytes: Uint8Array, { limits }: Config, signal: AbortSignal) =>
      expandMessage(bytes, limits, signal, () => undefined),
  };
  const bytes = Buffer.from(
    "Subject: a\x1b]0;x\x07\n folded\nMIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ncaf=E9 =1B[2J end\n",
    "latin1",
  );
  await holdOne(1, { bytes });
  const { out } = await quarantine(["show", "--headers", "--text", idOf(1)], {
    services,
  });
  expect(out).toContain("headers\n  Subject: a\\x1B]0;x\\x07\n   folded\n");
  expect(out).toMatch(/^text of 1 text\/plain\n {2}café \\x1B\[2J end$/m);
  expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  const part = await quarantine(["show", "--part", "1", idOf(1)], { services });
  expect(part.outBytes.toString("latin1")).toBe("caf\xe9 \x1b[2J end\n");
  const json = await quarantine(["show", "--json", "--parts", idOf(1)], {
    services,
  });
  expect(JSON.parse(json.out)).toMatchObject({
    parts: [{ id: 0 }, { place: "1", declaredType: "text/plain" }],
  });
  expect((await quarantine(["show", "--part", "9", idOf(1)])).err).toContain(
    "no part 9",
  );
});

const evils = {
  escape: "\x1b]0;x\x07\x1b[2J",
  lines: "a\r\nFAKE line\nFrom evil Sun Nov 22 00:00:00 2026\n",
  overrides: "\u202Egpj.exe\u200B\uFEFF",
  controls: "\x00\x08\x7f\x9b1m\u2028",
  prototype: "__proto__",
};

test.each(Object.entries(evils))(
  "hostile mail (%s) is printable in every act, its record, and its errors",
  async (_, evil) => {
    const bytes = Buffer.from(evil);
    const address = Buffer.from(evil.replaceAll("\0", ""));
    const changes: Partial<Entry> = {
      subject: bytes.toString("latin1"),
      envelope: { sender: address, recipients: [address] },
      rule: evil,
      policy: evil,
      text: evil,
      findings: [
        { source: evil, kind: "virus", name: evil, part: null, score: null },
      ],
      peer: { ...sampleEntry().peer, host: evil, helo: evil, user: evil },
    };
    for (const n of [1, 2, 3]) await holdOne(n, { ...changes, bytes });
    truncateSync(join(path, "virus/new", idOf(3)), 700);
    // What an IMAP server or somebody else may put there.
    const name = evil.replaceAll(/[\0/]/g, "");
    writeFileSync(join(path, "virus/new", `x${name}`), "");
    writeFileSync(join(path, "virus/new", `20261122-k:2,${name}`), "");
    const services = {
      expand: () => Promise.reject(new Error(`cannot be opened: ${evil}`)),
    };
    const said: string[] = [];
    for (const argv of [
      ["list"],
      ["list", "--json", "--sender", evil.replaceAll("\0", "")],
      ["show", idOf(1)],
      ["show", "--headers", idOf(1)],
      ["show", "--part", "1", idOf(1)],
      ["show", evil],
      ["verify"],
      ["stats"],
      ["stats", "--json"],
      ["reindex"],
      ["release", "--dry-run", "--all"],
      ["release", idOf(1), evil],
      ["release", idOf(1), "--again", "--to", evil.replaceAll("\0", "")],
      ["export", idOf(2), "--output", `/nowhere/${evil}`],
      ["expire"],
      ["delete", "--all"],
    ]) {
      const ran = await quarantine(argv, {
        services,
        env: { SUDO_USER: evil },
      });
      said.push(ran.out, ran.err);
    }
    said.push(readFileSync(join(path, "audit.jsonl"), "utf8"));
    const all = said.join("");
    expect(all).toContain(idOf(1));
    expect(all).not.toMatch(
      /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200B-\u200F\u2028-\u202E\uFEFF]/,
    );
    expect(all).not.toMatch(/^(?:FAKE|From evil)/m);
    // Lines of the log are acts, and nothing else.
    for (const act of acts()) expect(act).toHaveProperty("act");
  },
);

test("an mbox's From line is one line, whoever the sender says to be", async () => {
  for (const [n, evil] of Object.values(evils).entries())
    await holdOne(n + 1, {
      envelope: {
        sender: Buffer.from(evil.replaceAll("\0", "")),
        recipients: [],
      },
    });
  const { out } = await quarantine(["export", "--all", "--format", "mbox"]);
  expect(out.match(/^From /gm)).toHaveLength(Object.keys(evils).length);
  for (const line of out.match(/^From .*$/gm) ?? [])
    expect(line).toMatch(/^From [!-~]+ Sun Nov 22 00:45:12 2026$/);
});

test("a progress bar stands on a terminal only, and is taken away", async () => {
  for (let n = 0; n < 120; n++)
    await hold(
      path,
      sampleEntry({ id: `p-${String(n).padStart(4, "0")}`, receivedAt: 0 }),
    );
  const settings = { retentionDays: { virus: 1 } };
  const ran = await quarantine(["expire"], { isTerminal: true }, settings);
  expect(ran.err).toMatch(/^\r\x1b\[Kexpiring \[\.+\] {3}0 % {2}0\/120/);
  expect(ran.err.endsWith("\r\x1b[K")).toBe(true);
  expect(ran.out).toContain("deleted 120 messages for their age");
});
