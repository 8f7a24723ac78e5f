import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import type { QueueRun } from "../../src/qmail/qmail-queue.ts";
import { hold } from "../../src/quarantine/hold.ts";
import { beginRelease } from "../../src/quarantine/release.ts";
import type { Services } from "../../src/cli/services.ts";
import { sampleEntry } from "../quarantine/sample-entry.ts";
import {
  fakeConfig,
  fakeNow,
  fakeQuarantine,
  qsift,
  type FakeProcess,
} from "./fake-process.ts";

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "qsift-cli-"));
});
afterEach(() => {
  rmSync(path, { recursive: true, force: true });
});

const id = sampleEntry().id;

/** What was queued: the message's bytes and the envelope as text. */
interface Queued {
  readonly queue: string;
  readonly bytes: Buffer;
  readonly sender: string;
  readonly recipients: readonly string[];
}

function quarantine(
  argv: readonly string[],
  process: FakeProcess = {},
  queued: Queued[] = [],
) {
  const services: Partial<Services> = {
    readConfig: () =>
      Promise.resolve(fakeConfig({ quarantine: fakeQuarantine(path) })),
    runQmailQueue: (run: QueueRun) => {
      queued.push({
        queue: run.queue,
        bytes: Buffer.concat([...run.message]),
        sender: Buffer.from(run.sender).toString("latin1"),
        recipients: run.recipients.map((one) =>
          Buffer.from(one).toString("latin1"),
        ),
      });
      return Promise.resolve({ kind: "queued" });
    },
    ...process.services,
  };
  return qsift(["quarantine", ...argv], { ...process, services });
}

const failing: Partial<Services> = {
  runQmailQueue: () =>
    Promise.resolve({
      kind: "failed",
      exitCode: 53,
      cause: "/var/qmail/bin/qmail-queue exited 53",
      isUncertain: false,
    }),
};

test("list --json has every documented key and nothing else", async () => {
  await hold(path, sampleEntry({ subject: " caf\xe9" }));
  const ran = await quarantine(["list", "--json"]);
  expect(ran.exitCode).toBe(0);
  expect(JSON.parse(ran.out)).toEqual({
    id,
    folder: "virus",
    time: "2026-11-22T00:45:12.345Z",
    sender: "alice@example.org",
    recipients: ["bob@example.test", "carol"],
    subject: "café",
    size: 17,
    findings: sampleEntry().findings,
    rule: "default/on.virus",
    released: null,
  });
});

test("the null sender is an empty string, no subject null", async () => {
  await hold(
    path,
    sampleEntry({
      subject: null,
      envelope: { sender: new Uint8Array(), recipients: [] },
    }),
  );
  const { out } = await quarantine(["list", "--json"]);
  expect(JSON.parse(out)).toMatchObject({
    sender: "",
    recipients: [],
    subject: null,
  });
});

test("list filters by folder, sender, recipient and time", async () => {
  const at = (hours: number) => fakeNow - hours * 3_600_000;
  const envelope = (sender: string, recipient: string) => ({
    sender: Buffer.from(sender),
    recipients: [Buffer.from("x@x"), Buffer.from(recipient)],
  });
  await hold(
    path,
    sampleEntry({
      id: "1",
      folder: "spam",
      receivedAt: at(50),
      envelope: envelope("A@one.test", "b@x"),
    }),
  );
  await hold(
    path,
    sampleEntry({
      id: "2",
      folder: "virus",
      receivedAt: at(10),
      envelope: envelope("a@two.test", "B@y"),
    }),
  );
  await hold(
    path,
    sampleEntry({
      id: "3",
      folder: "policy",
      receivedAt: at(1),
      envelope: envelope("c@two.test", "c@y"),
    }),
  );
  const ids = async (...filter: string[]) =>
    (await quarantine(["list", "--json", ...filter])).out
      .split("\n")
      .flatMap((line) => /"id":"(\d)"/.exec(line)?.[1] ?? []);
  expect(await ids()).toEqual(["1", "2", "3"]);
  expect(await ids("--folder", "spam", "--folder", "policy")).toEqual([
    "1",
    "3",
  ]);
  expect(await ids("--sender", "a@")).toEqual(["1", "2"]);
  expect(await ids("--recipient", "b@Y")).toEqual(["2"]);
  expect(await ids("--since", "12h")).toEqual(["2", "3"]);
  expect(await ids("--since", "2026-11-22T10:30:00Z")).toEqual(["3"]);
  expect(
    await ids("--since", "1w", "--sender", "two", "--folder", "virus"),
  ).toEqual(["2"]);
});

test("an empty quarantine lists nothing and is no error", async () => {
  expect(await quarantine(["list"])).toMatchObject({
    exitCode: 0,
    out: "",
    err: "",
  });
});

test("a quarantine that is not there is told from an empty one", async () => {
  rmSync(path, { recursive: true });
  for (const argv of [["list"], ["list", "--json"]]) {
    const ran = await quarantine(argv);
    expect(ran).toMatchObject({ exitCode: 0, out: "" });
    expect(ran.err).toContain(`there is no quarantine at ${path}`);
  }
  for (const argv of [
    ["show", id],
    ["show", "--raw", id],
    ["release", id],
  ]) {
    const ran = await quarantine(argv);
    expect(ran).toMatchObject({ exitCode: 1, out: "" });
    expect(ran.err).toContain(`there is no quarantine at ${path}`);
  }
});

test("list says that its times are UTC", async () => {
  await hold(path, sampleEntry());
  expect((await quarantine(["list"])).out).toContain("2026-11-22 00:45 UTC");
});

test("a damaged entry is named on standard error, is exit code 1, and stays out of JSON", async () => {
  await hold(path, sampleEntry());
  await hold(path, sampleEntry({ id: "other" }));
  appendFileSync(join(path, "virus/new/other"), "x");
  const ran = await quarantine(["list", "--json"]);
  expect(ran.exitCode).toBe(1);
  expect(ran.out.trim().split("\n")).toHaveLength(1);
  expect(ran.err).toContain(
    "other is damaged: 17 bytes of message expected, 18 found",
  );
});

test("hostile mail is printable in list, show and release", async () => {
  const evil = "\x1b]0;x\x07\r\nFAKE line\x9b1m\u202E";
  const bytes = Buffer.from(evil);
  await hold(
    path,
    sampleEntry({
      subject: bytes.toString("latin1"),
      envelope: { sender: bytes, recipients: [bytes] },
      rule: evil,
      policy: evil,
      text: evil,
      findings: [
        { source: evil, kind: "virus", name: evil, part: null, score: null },
      ],
      scanners: [
        {
          scanner: evil,
          status: "failed",
          reason: evil,
          version: evil,
          score: null,
          ms: 1,
        },
      ],
      peer: {
        ...sampleEntry().peer,
        ip: evil,
        host: evil,
        helo: evil,
        user: evil,
      },
    }),
  );
  for (const command of [
    ["list"],
    ["list", "--json"],
    ["show", id],
    ["show", "--json", id],
    ["release", id],
  ]) {
    const ran = await quarantine(command);
    const all = ran.out + ran.err;
    expect(all).toContain(id);
    expect(all).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202E]/);
    expect(all).not.toMatch(/^FAKE/m);
  }
});

test("show tells the envelope, the peer, why, and the state", async () => {
  await hold(path, sampleEntry());
  const { out, exitCode } = await quarantine(["show", id]);
  expect(exitCode).toBe(0);
  for (const expected of [
    "sender     alice@example.org",
    "recipient  bob@example.test",
    "recipient  carol",
    "192.0.2.1, host mail.example.org, helo client.example",
    "decision   default/on.virus, policy default",
    "score      7.25",
    "finding    virus Eicar-Test-Signature (clamd)",
    "scanner    spamd failed time-out",
    "state      held",
  ])
    expect(out).toContain(expected);
});

test("show --raw writes the received bytes and nothing else", async () => {
  const bytes = Buffer.concat([
    Buffer.from("\x1b[2J\0\r\xff", "latin1"),
    Buffer.alloc(200_000, "line\n"),
  ]);
  await hold(path, sampleEntry({ bytes }));
  const ran = await quarantine(["show", "--raw", id]);
  expect(ran.outBytes.equals(bytes)).toBe(true);
});

test("show --raw on a terminal escapes what a terminal would obey", async () => {
  const long = "é".repeat(100_000);
  const bytes = Buffer.from(`a\x1b[2J\tb\n\nc\n${long}\nend`);
  await hold(path, sampleEntry({ bytes }));
  const { out } = await quarantine(["show", "--raw", id], { isTerminal: true });
  expect(out.startsWith("a\\x1B[2J\\x09b\n\nc\né")).toBe(true);
  expect(out.endsWith("é\nend\n")).toBe(true);
});

test("show of an unknown, path-like or damaged ID is exit code 1 and says what to do", async () => {
  for (const wrong of ["nothing", "../../etc/passwd", "a b"]) {
    const ran = await quarantine(["show", wrong]);
    expect(ran.exitCode).toBe(1);
    expect(ran.err).toContain("quarantine list");
    expect(ran.out).toBe("");
  }
});

test("release hands over the original envelope and exactly the received bytes", async () => {
  const bytes = Buffer.from("Subject: x\n\n\0\r\xff no last newline", "latin1");
  await hold(
    path,
    sampleEntry({
      bytes,
      envelope: {
        sender: new Uint8Array(),
        recipients: [Buffer.from("b+c=\xff@x", "latin1"), Buffer.from("d")],
      },
    }),
  );
  const queued: Queued[] = [];
  const ran = await quarantine(["release", id], {}, queued);
  expect(ran).toMatchObject({
    exitCode: 0,
    out: `${id} released to 2 recipients\n`,
    err: "",
  });
  expect(queued).toEqual([
    {
      queue: "/var/qmail/bin/qmail-queue",
      bytes,
      sender: "",
      recipients: ["b+c=\xff@x", "d"],
    },
  ]);
  const listed = await quarantine(["list", "--json"]);
  expect(JSON.parse(listed.out)).toMatchObject({
    released: new Date(fakeNow).toISOString(),
  });
});

test("a message released twice arrives once, unless asked for again", async () => {
  await hold(path, sampleEntry());
  const queued: Queued[] = [];
  await quarantine(["release", id], {}, queued);
  const second = await quarantine(["release", id], {}, queued);
  expect(second).toMatchObject({ exitCode: 0 });
  expect(second.out).toContain("was released 2026-11-22T12:00:00.000Z already");
  expect(queued).toHaveLength(1);
  await quarantine(["release", "--again", id], {}, queued);
  expect(queued).toHaveLength(2);
});

test("of five releases at once one delivers", async () => {
  await hold(path, sampleEntry());
  const queued: Queued[] = [];
  await Promise.all(
    Array.from({ length: 5 }, () => quarantine(["release", id], {}, queued)),
  );
  expect(queued).toHaveLength(1);
});

test("a release that was killed in between is not repeated silently", async () => {
  await hold(path, sampleEntry());
  await beginRelease(path, id, false, fakeNow);
  const queued: Queued[] = [];
  const ran = await quarantine(["release", id], {}, queued);
  expect(ran.exitCode).toBe(1);
  expect(ran.err).toContain("--again");
  expect(queued).toEqual([]);
  expect((await quarantine(["list"])).out).toContain("releasing?");
});

test("a failed release is exit code 1 with the cause, and can be tried again", async () => {
  await hold(path, sampleEntry());
  const ran = await quarantine(["release", id], { services: failing });
  expect(ran.exitCode).toBe(1);
  expect(ran.out).toBe("");
  expect(ran.err).toContain("/var/qmail/bin/qmail-queue exited 53");
  const queued: Queued[] = [];
  expect((await quarantine(["release", id], {}, queued)).exitCode).toBe(0);
  expect(queued).toHaveLength(1);
});

test("a release of which nobody knows is not repeated silently", async () => {
  await hold(path, sampleEntry());
  const ran = await quarantine(["release", id], {
    services: {
      runQmailQueue: () =>
        Promise.resolve({
          kind: "failed",
          exitCode: 81,
          cause: "/q was killed by SIGKILL",
          isUncertain: true,
        }),
    },
  });
  expect(ran.exitCode).toBe(1);
  expect(ran.err).toContain("perhaps not released: /q was killed by SIGKILL");
  const queued: Queued[] = [];
  expect((await quarantine(["release", id], {}, queued)).exitCode).toBe(1);
  expect(queued).toEqual([]);
});

test("one that can't be released does not stop the others", async () => {
  await hold(path, sampleEntry());
  const queued: Queued[] = [];
  const ran = await quarantine(["release", "nothing", id], {}, queued);
  expect(ran.exitCode).toBe(1);
  expect(ran.err).toContain("no entry nothing");
  expect(queued).toHaveLength(1);
});

test("QSIFT_QUEUE wins over the configuration, --to over the recipients", async () => {
  await hold(path, sampleEntry());
  const queued: Queued[] = [];
  await quarantine(
    ["release", "--to", "p@x", "--to", "q@x", id],
    { env: { QSIFT_QUEUE: "/other" } },
    queued,
  );
  expect(queued).toMatchObject([
    {
      queue: "/other",
      sender: "alice@example.org",
      recipients: ["p@x", "q@x"],
    },
  ]);
});

test("an empty QSIFT_QUEUE is none, and a relative one is refused before anything is done", async () => {
  await hold(path, sampleEntry());
  const queued: Queued[] = [];
  const wrong = await quarantine(
    ["release", id],
    { env: { QSIFT_QUEUE: "bin/qmail-queue" } },
    queued,
  );
  expect(wrong).toMatchObject({ exitCode: 55, out: "" });
  expect(wrong.err).toContain(
    'QSIFT_QUEUE: expected an absolute path, found "bin/qmail-queue"',
  );
  expect(queued).toEqual([]);
  await quarantine(["release", id], { env: { QSIFT_QUEUE: "" } }, queued);
  expect(queued).toMatchObject([{ queue: "/var/qmail/bin/qmail-queue" }]);
});

test("an entry without recipients is only released to somebody", async () => {
  const envelope = { sender: new Uint8Array(), recipients: [] };
  await hold(path, sampleEntry({ envelope }));
  const ran = await quarantine(["release", id]);
  expect(ran.exitCode).toBe(1);
  expect(ran.err).toContain("--to");
  expect((await quarantine(["release", "--to", "a", id])).exitCode).toBe(0);
});

test.each([
  [
    "a byte too long",
    (file: string) => {
      appendFileSync(file, "x");
    },
  ],
  [
    "of another content",
    (file: string) => {
      const { bytes } = sampleEntry();
      const text = Buffer.from(bytes).toString();
      writeFileSync(
        file,
        readFileSync(file, "latin1").replace(
          text,
          text.replace("body", "b0dy"),
        ),
      );
    },
  ],
])("an entry %s is never released", async (_, damage) => {
  await hold(path, sampleEntry());
  damage(join(path, "virus/new", id));
  const queued: Queued[] = [];
  const ran = await quarantine(["release", id], {}, queued);
  expect(ran.exitCode).toBe(1);
  expect(ran.err).toContain("damaged");
  expect(queued).toEqual([]);
  // No release was begun.
  expect(readdirSync(path)).toEqual([".index", "virus"]);
});

test("root becomes the owner of the quarantine", async () => {
  expect((await quarantine(["list"])).became).toEqual([
    { kind: "owner", path },
  ]);
});

test("listing ends when the reader has gone", async () => {
  for (const name of ["1", "2", "3"])
    await hold(path, sampleEntry({ id: name }));
  const ran = await quarantine(["list"], { readsUntil: 1 });
  expect(ran.out.split("\n")).toHaveLength(2);
  expect(ran.exitCode).toBe(0);
});
