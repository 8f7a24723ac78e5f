import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

import type { Services } from "../../src/cli/services.ts";
import { defaultLimits } from "../../src/limits.ts";
import { ScannerFailure } from "../../src/scanners/scanner.ts";
import {
  configWith,
  remember,
  type FakeScanner,
  type Lesson,
} from "./fake-scanner.ts";
import { qsift } from "./fake-process.ts";

const folder = mkdtempSync(join(tmpdir(), "qsift-learn-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const message = "Subject: x\n\nbody\n";

function file(name: string, bytes = message): string {
  const path = join(folder, name);
  writeFileSync(path, bytes, "latin1");
  return path;
}

function having(...fakes: FakeScanner[]): { services: Partial<Services> } {
  return {
    services: { readConfig: () => Promise.resolve(configWith(fakes)) },
  };
}

test("every scanner that is switched on and can learn is taught", async () => {
  const lessons: Lesson[] = [];
  const path = file("a.eml");
  const ran = await qsift(
    ["learn", "spam", path],
    having(
      { name: "spamd", learn: remember(lessons, "spamd") },
      { name: "clamd" },
      {
        name: "off",
        learn: remember(lessons, "off"),
        settings: { enabled: false },
      },
      {
        name: "rspamd",
        learn: remember(lessons, "rspamd"),
        settings: { enabled: "auto" },
      },
    ),
  );
  expect(lessons).toEqual([
    { by: "spamd", as: "spam", text: message },
    { by: "rspamd", as: "spam", text: message },
  ]);
  expect(ran).toMatchObject({
    exitCode: 0,
    out: `${path}: spamd: learned as spam\n${path}: rspamd: learned as spam\n`,
    err: "",
    became: [{ kind: "qsift" }],
  });
});

test("standard input, as ham, by one scanner alone", async () => {
  const lessons: Lesson[] = [];
  const ran = await qsift(["learn", "ham", "--scanner", "b", "-"], {
    stdin: message,
    ...having(
      { name: "a", learn: remember(lessons, "a") },
      { name: "b", learn: remember(lessons, "b") },
    ),
  });
  expect(ran).toMatchObject({
    exitCode: 0,
    out: "-: b: learned as ham\n",
    err: "",
  });
  expect(lessons).toEqual([{ by: "b", as: "ham", text: message }]);
});

test("what qsift and the delivery have put on top is taken off", async () => {
  const lessons: Lesson[] = [];
  const delivered =
    "Return-Path: <a@example.org>\nDelivered-To: b@example.test\nX-Spam-Flag: YES\nX-Qsift-Verdict: x\nX-Received-X-Spam-Flag: NO\nSubject: x\n\nbody\n";
  await qsift(
    ["learn", "spam", file("delivered.eml", delivered)],
    having({ name: "a", learn: remember(lessons, "a") }),
  );
  expect(lessons.map(({ text }) => text)).toEqual([
    "X-Spam-Flag: NO\nSubject: x\n\nbody\n",
  ]);
});

test("networks are told with --report only, and only where the configuration says so", async () => {
  const lessons: Lesson[] = [];
  const fakes: FakeScanner[] = [
    { name: "spamd", learn: remember(lessons, "spamd") },
    {
      name: "pyzor",
      hasNetwork: true,
      report: remember(lessons, "pyzor"),
      settings: { options: { report: true } },
    },
    {
      name: "razor",
      hasNetwork: true,
      report: remember(lessons, "razor"),
      settings: { options: { report: false } },
    },
    {
      name: "dcc",
      hasNetwork: true,
      settings: { enabled: false, options: { report: true } },
    },
  ];
  const path = file("a.eml");
  await qsift(["learn", "spam", path], having(...fakes));
  expect(lessons.map(({ by }) => by)).toEqual(["spamd"]);
  const ran = await qsift(
    ["learn", "spam", "--report", path],
    having(...fakes),
  );
  expect(lessons.map(({ by }) => by)).toEqual(["spamd", "spamd", "pyzor"]);
  expect(ran).toMatchObject({
    exitCode: 0,
    out: `${path}: spamd: learned as spam\n${path}: pyzor: reported as spam\n`,
    err: "qsift: razor: its network is not told: report = true is not in [scanners.razor]\nqsift: dcc: switched off\n",
  });
});

test("one that learns and reports does both", async () => {
  const lessons: Lesson[] = [];
  const ran = await qsift(
    ["learn", "ham", "--report", "--json", file("a.eml")],
    having({
      name: "both",
      hasNetwork: true,
      learn: remember(lessons, "learn"),
      report: remember(lessons, "report"),
      settings: { options: { report: true } },
    }),
  );
  expect(lessons.map(({ by }) => by)).toEqual(["learn", "report"]);
  const records = ran.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records).toEqual(
    ["learn", "report"].map((lesson) => ({
      file: join(folder, "a.eml"),
      scanner: "both",
      lesson,
      as: "ham",
      status: "done",
      reason: null,
      ms: expect.any(Number) as number,
    })),
  );
});

test("a failure is told, the others and the next file go on, and the exit code is 1", async () => {
  const lessons: Lesson[] = [];
  const [one, two] = [file("one.eml"), file("two.eml")];
  let times = 0;
  const ran = await qsift(
    ["learn", "spam", one, join(folder, "none.eml"), two],
    having(
      {
        name: "bad",
        learn: () => {
          times += 1;
          return times > 1
            ? Promise.resolve()
            : Promise.reject(new ScannerFailure("failed", "no\x1b[2J"));
        },
      },
      { name: "good", learn: remember(lessons, "good") },
    ),
  );
  expect(ran.out).toBe(
    `${one}: bad: not learned as spam: no\\x1B[2J\n${one}: good: learned as spam\n${two}: bad: learned as spam\n${two}: good: learned as spam\n`,
  );
  expect(ran.err).toBe(`qsift: ${join(folder, "none.eml")}: no such file\n`);
  expect(ran.exitCode).toBe(1);
});

test.each<[string, FakeScanner["settings"], number, string]>([
  ["auto", { enabled: "auto" }, 0, "not learned as spam: not running"],
  ["true", { enabled: true }, 1, "not learned as spam: nothing there"],
])(
  "enabled = %s: one that is not there",
  async (_, settings, exitCode, text) => {
    const fakes: FakeScanner[] = [
      {
        name: "away",
        ...(settings ? { settings } : {}),
        learn: () =>
          Promise.reject(new ScannerFailure("absent", "nothing there")),
      },
    ];
    const path = file("a.eml");
    const both = await qsift(
      ["learn", "spam", path],
      having(...fakes, { name: "b", learn: () => Promise.resolve() }),
    );
    expect(both.exitCode).toBe(exitCode);
    expect(both.out).toContain(`away: ${text}\n`);
    // Nobody has learned it.
    const alone = await qsift(["learn", "spam", path], having(...fakes));
    expect(alone.exitCode).toBe(1);
  },
);

test("a scanner that does not answer is given up after its time-out", async () => {
  const ran = await qsift(
    ["learn", "spam", file("a.eml")],
    having({
      name: "stuck",
      settings: { timeoutMs: 50 },
      learn: () => new Promise(() => undefined),
    }),
  );
  expect(ran.exitCode).toBe(1);
  expect(ran.out).toContain("not learned as spam: time-out after 0.05 s");
});

test("a message over a scanner's max_bytes, an empty one and one over message_bytes are not learned", async () => {
  const lessons: Lesson[] = [];
  const fakes = [
    {
      name: "small",
      settings: { maxBytes: 10 },
      learn: remember(lessons, "small"),
    },
  ];
  const path = file("a.eml");
  const large = await qsift(["learn", "spam", path], having(...fakes));
  expect(large.out).toContain("over max_bytes 10");
  expect(large.exitCode).toBe(1);
  const none = file("empty.eml", "");
  const empty = await qsift(["learn", "spam", none], having(...fakes));
  expect(empty).toMatchObject({
    exitCode: 1,
    err: `qsift: ${none}: is empty\n`,
  });
  const limits = { ...defaultLimits, messageBytes: 5 };
  const refused = await qsift(["learn", "spam", "--json", path], {
    services: {
      readConfig: () => Promise.resolve(configWith(fakes, { limits })),
    },
  });
  expect(JSON.parse(refused.out)).toEqual({
    file: path,
    error: "larger than 5 bytes (message_bytes in [limits])",
  });
  expect(lessons).toEqual([]);
});

test.each<[string, readonly string[], FakeScanner, string]>([
  ["can't learn", [], { name: "a" }, "has no database of its own to teach"],
  [
    "could only report",
    [],
    { name: "a", hasNetwork: true, report: () => Promise.resolve() },
    "has no database of its own to teach; its network is told with --report",
  ],
  [
    "has no network",
    ["--report"],
    { name: "a" },
    "asks no network that could be told",
  ],
  [
    "is switched off",
    [],
    {
      name: "a",
      settings: { enabled: false },
      learn: () => Promise.resolve(),
    },
    "switched off",
  ],
])(
  "a scanner that is named and %s: is told, exit code 1",
  async (_, options, fake, text) => {
    const argv = ["learn", "spam", "--scanner", "a", ...options];
    const path = file("a.eml");
    const alone = await qsift([...argv, path], having(fake));
    expect(alone.exitCode).toBe(1);
    expect(alone.err).toContain(`qsift: a: ${text}`);
    expect(alone.err).toContain("nothing was done");
    const lessons: Lesson[] = [];
    const withAnother = await qsift(
      [...argv, "--scanner", "b", path],
      having(fake, { name: "b", learn: remember(lessons, "b") }),
    );
    expect(withAnother.err).toContain(`a: ${text}`);
    expect(lessons).toHaveLength(1);
  },
);

test("with nobody to teach, nothing is read and that is said", async () => {
  const ran = await qsift(["learn", "ham", "/nowhere"], having({ name: "a" }));
  expect(ran).toMatchObject({ exitCode: 1, out: "" });
  expect(ran.err).toContain("can be taught; nothing was done");
});

test("an unknown scanner is wrong usage", async () => {
  const ran = await qsift(
    ["learn", "ham", "--scanner", "__proto__", "x"],
    having({ name: "a" }),
  );
  expect(ran.exitCode).toBe(2);
  expect(ran.err).toBe('qsift: no scanner "__proto__"; there are a\n');
});

test("every scanner is closed, also one that is not taught", async () => {
  const closed: string[] = [];
  await qsift(
    ["learn", "spam", file("a.eml")],
    having(
      {
        name: "a",
        learn: () => Promise.resolve(),
        onClose: () => closed.push("a"),
      },
      { name: "b", onClose: () => closed.push("b") },
    ),
  );
  expect(closed.sort()).toEqual(["a", "b"]);
});

test("many files show how far it is, on a terminal alone", async () => {
  const files = [file("one.eml"), file("two.eml")];
  const fake: FakeScanner = { name: "a", learn: () => Promise.resolve() };
  const shown = await qsift(["learn", "spam", ...files], {
    isTerminal: true,
    ...having(fake),
  });
  expect(shown.err).toContain("learning 2/2 ");
  expect(shown.err.endsWith("\r\x1b[K")).toBe(true);
  const quiet = await qsift(["learn", "spam", ...files], having(fake));
  expect(quiet.err).toBe("");
});
