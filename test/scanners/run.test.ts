import { describe, expect, test } from "vitest";
import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { runScanners } from "../../src/scanners/run.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import {
  commonDefaults,
  ScannerFailure,
  ScannerTimeout,
  type OpenScanner,
  type Report,
  type ScannerSettings,
} from "../../src/scanners/scanner.ts";
import type { Finding, Verdict } from "../../src/verdict.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

const clean: Report = { findings: [], score: null, version: null };

type Scan = OpenScanner["scan"];

function selected(
  scan: Scan,
  settings: Partial<ScannerSettings> = {},
  name = "fake",
  rest: Partial<OpenScanner> = {},
): ReadyScanner {
  return new ReadyScanner(
    {
      name,
      scan,
      ping: () => Promise.resolve({ version: "alive", databaseAt: null }),
      ...rest,
    },
    {
      ...commonDefaults,
      enabled: true,
      timeoutMs: 10_000,
      maxBytes: 1000,
      ...settings,
    },
  );
}

async function verdictOf(
  scan: Scan,
  settings: Partial<ScannerSettings> = {},
  signal = noDeadline(),
): Promise<Verdict | undefined> {
  const subject = subjectOf("Subject: x\n\n", [partOf(0, Buffer.from("x"))]);
  return (await runScanners(subject, [selected(scan, settings)], signal))[0];
}

const never = (): Promise<Report> => new Promise(() => undefined);

test("verdicts keep the order of the scanners, which all run at once", async () => {
  const after = (ms: number) => () => sleep(ms, clean);
  const started = performance.now();
  const verdicts = await runScanners(
    subjectOf("x"),
    [
      selected(after(150), {}, "slow"),
      selected(after(10), {}, "quick"),
      selected(after(150), {}, "slow too"),
    ],
    noDeadline(),
  );
  expect(verdicts.map(({ scanner }) => scanner)).toEqual([
    "slow",
    "quick",
    "slow too",
  ]);
  expect(performance.now() - started).toBeLessThan(290);
  expect(verdicts[0]?.ms).toBeGreaterThan(140);
  expect(verdicts[1]?.ms).toBeLessThan(140);
});

test("no scanners make no verdicts", async () => {
  expect(await runScanners(subjectOf("x"), [], noDeadline())).toEqual([]);
});

test("one that fails leaves the others alone", async () => {
  const verdicts = await runScanners(
    subjectOf("x"),
    [
      selected(() => Promise.reject(new Error("mine")), {}, "a"),
      selected(() => Promise.resolve(clean), {}, "b"),
    ],
    noDeadline(),
  );
  expect(verdicts.map(({ status }) => status)).toEqual(["failed", "done"]);
});

test("a message over max_bytes is skipped without asking", async () => {
  let asked = false;
  const verdict = await verdictOf(
    () => {
      asked = true;
      return Promise.resolve(clean);
    },
    { maxBytes: 11 },
  );
  expect(verdict).toMatchObject({
    status: "skipped",
    reason: "message of 12 bytes, over max_bytes 11",
  });
  expect(asked).toBe(false);
  expect(
    await verdictOf(() => Promise.resolve(clean), { maxBytes: 12 }),
  ).toMatchObject({ status: "done" });
});

describe("a throw", () => {
  test.each<[string, () => Promise<Report>, string]>([
    [
      "of a ScannerFailure is failed with its text",
      () => Promise.reject(new ScannerFailure("failed", "broken (unix:/x)")),
      "broken (unix:/x)",
    ],
    [
      "of another error is failed and shown safely",
      () => Promise.reject(new Error("a\r\nX-Spam: no\u001B")),
      "unexpected error: a\\x0D\\x0AX-Spam: no\\x1B",
    ],
    [
      "of no error at all is failed",
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a careless scanner does
      () => Promise.reject(undefined),
      "unexpected error: undefined",
    ],
    [
      "before there is a promise is failed",
      () => {
        throw new TypeError("oops");
      },
      "unexpected error: oops",
    ],
    [
      "with a long text is cut",
      () => Promise.reject(new ScannerFailure("failed", "x".repeat(1000))),
      `${"x".repeat(197)}...`,
    ],
  ])("%s", async (_title, scan, reason) => {
    expect(await verdictOf(scan)).toMatchObject({ status: "failed", reason });
  });

  test("that says absent is skipped with auto alone", async () => {
    const absent = () =>
      Promise.reject(new ScannerFailure("absent", "no such socket (unix:/x)"));
    const failed = () => Promise.reject(new ScannerFailure("failed", "broken"));
    expect(await verdictOf(absent, { enabled: "auto" })).toMatchObject({
      status: "skipped",
      reason: "not running",
    });
    expect(await verdictOf(absent)).toMatchObject({
      status: "failed",
      reason: "no such socket (unix:/x)",
    });
    expect(await verdictOf(failed, { enabled: "auto" })).toMatchObject({
      status: "failed",
    });
  });
});

describe("time", () => {
  test("that is up ends a scanner which ignores its signal", async () => {
    const verdict = await verdictOf(never, { timeoutMs: 50 });
    expect(verdict).toMatchObject({
      status: "failed",
      reason: "time-out after 0.05 s",
    });
    expect(verdict?.ms).toBeLessThan(1000);
  });

  test("that is up is told to the scanner, and named as the reason", async () => {
    let told = false;
    const verdict = await verdictOf(
      (_subject, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            told = true;
            reject(new Error("aborted"));
          });
        }),
      { timeoutMs: 20 },
    );
    expect(told).toBe(true);
    expect(verdict).toMatchObject({ reason: "time-out after 0.02 s" });
  });

  test("that is up makes a clean report too late", async () => {
    const verdict = await verdictOf(
      (_subject, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            resolve(clean);
          });
        }),
      { timeoutMs: 20 },
    );
    expect(verdict).toMatchObject({ status: "failed" });
  });

  test("of the whole message is called the deadline", async () => {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 20);
    expect(await verdictOf(never, {}, controller.signal)).toMatchObject({
      status: "failed",
      reason: "deadline",
    });
  });

  test("of the whole message counts at breakers, as a time-out does", async () => {
    const controller = new AbortController();
    let reason: unknown = null;
    const verdict = verdictOf(
      (_subject, signal) =>
        new Promise(() => {
          signal.addEventListener("abort", () => {
            reason = signal.reason;
          });
        }),
      {},
      controller.signal,
    );
    await sleep(5);
    controller.abort();
    expect(await verdict).toMatchObject({ reason: "deadline" });
    expect(reason).toBeInstanceOf(ScannerTimeout);
  });

  test("that was up before asks nobody", async () => {
    let asked = false;
    const scan = () => {
      asked = true;
      return Promise.resolve(clean);
    };
    expect(await verdictOf(scan, {}, AbortSignal.abort())).toMatchObject({
      status: "failed",
      reason: "deadline",
    });
    expect(asked).toBe(false);
  });

  test("leaves no listener on the signal, whatever the end", async () => {
    const { signal } = new AbortController();
    await verdictOf(() => Promise.resolve(clean), {}, signal);
    await verdictOf(() => Promise.reject(new Error("x")), {}, signal);
    await verdictOf(never, { timeoutMs: 10 }, signal);
    expect(getEventListeners(signal, "abort").length).toBe(0);
  });
});

describe("a report", () => {
  const finding: Finding = {
    source: "fake",
    kind: "virus",
    name: "A",
    part: 0,
    score: null,
  };

  async function reported(report: unknown): Promise<Verdict | undefined> {
    return verdictOf(() => Promise.resolve(report as Report));
  }

  test("that makes sense is done", async () => {
    expect(
      await reported({ findings: [finding], score: -1.5, version: "1" }),
    ).toEqual({
      status: "done",
      scanner: "fake",
      findings: [finding],
      score: -1.5,
      version: "1",
      ms: expect.any(Number) as number,
    });
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["no findings", { score: null, version: null }],
    ["a score that is no number", { ...clean, score: NaN }],
    ["an infinite score", { ...clean, score: Infinity }],
    [
      "a kind that there is not",
      { ...clean, findings: [{ ...finding, kind: "x" }] },
    ],
    [
      "a finding's score of NaN",
      { ...clean, findings: [{ ...finding, score: NaN }] },
    ],
    ["null as a finding", { ...clean, findings: [null] }],
  ])("of %s is failed", async (_title, report) => {
    expect(await reported(report)).toMatchObject({ status: "failed" });
  });

  test("has its names made printable, its source set, and parts that are not there dropped", async () => {
    const odd = { ...finding, source: "x", name: "a b\r\nc", part: 77 };
    expect(await reported({ ...clean, findings: [odd] })).toMatchObject({
      findings: [{ source: "fake", name: "a_b\\x0D\\x0Ac", part: null }],
    });
  });

  test("with too many findings keeps the virus and says that it was cut", async () => {
    const rules = Array.from({ length: 5000 }, (_each, index) => ({
      ...finding,
      kind: "spam",
      name: `R${index}`,
    }));
    const verdict = await reported({ ...clean, findings: [...rules, finding] });
    if (verdict?.status !== "done") throw new Error("expected done");
    expect(verdict.findings.length).toBe(1001);
    expect(verdict.findings[0]).toMatchObject({ kind: "virus" });
    expect(verdict.findings.at(-1)).toMatchObject({
      kind: "limit",
      name: "findings",
    });
  });
});

describe("copies that come at once", () => {
  const subject = subjectOf("x");
  const key = (): string => "same";

  test("are asked about once, and each has its verdict", async () => {
    let asked = 0;
    const scan = async (): Promise<Report> => {
      asked += 1;
      await sleep(20);
      return clean;
    };
    const ready = selected(scan, {}, "fake", { key });
    const verdicts = await Promise.all(
      Array.from({ length: 200 }, () =>
        runScanners(subject, [ready], noDeadline()),
      ),
    );
    expect(asked).toBe(1);
    expect(verdicts.flat().every(({ status }) => status === "done")).toBe(true);
    expect(ready.counters).toMatchObject({ done: 200, joined: 199 });
  });

  test("fail together, and the next one is asked about anew", async () => {
    let asked = 0;
    const scan = async (): Promise<Report> => {
      asked += 1;
      await sleep(5);
      if (asked === 1) throw new ScannerFailure("failed", "broken");
      return clean;
    };
    const ready = selected(scan, {}, "fake", { key });
    const run = () => runScanners(subject, [ready], noDeadline());
    const first = await Promise.all([run(), run()]);
    expect(first.flat().map(({ status }) => status)).toEqual([
      "failed",
      "failed",
    ]);
    expect((await run())[0]).toMatchObject({ status: "done" });
    expect(asked).toBe(2);
  });

  test("one that leaves does not end the others' scan; the last one does", async () => {
    const ended: unknown[] = [];
    const scan = (_subject: unknown, signal: AbortSignal): Promise<Report> =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          resolve(clean);
        }, 60);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          ended.push(signal.reason);
        });
      });
    const ready = selected(scan, {}, "fake", { key });
    const leaver = new AbortController();
    const stays = runScanners(subject, [ready], noDeadline());
    const leaves = runScanners(subject, [ready], leaver.signal);
    leaver.abort();
    expect((await leaves)[0]).toMatchObject({ reason: "deadline" });
    expect((await stays)[0]).toMatchObject({ status: "done" });
    expect(ended).toEqual([]);
    const alone = runScanners(subject, [ready], leaver.signal);
    expect((await alone)[0]).toMatchObject({ reason: "deadline" });
    const last = new AbortController();
    const ends = runScanners(subject, [ready], last.signal);
    await sleep(5);
    last.abort();
    await ends;
    expect(ended.length).toBe(1);
  });

  test("can't keep a scan alive for longer than its time-out", async () => {
    const ready = selected(never, { timeoutMs: 60 }, "fake", { key });
    const first = runScanners(subject, [ready], noDeadline());
    await sleep(40);
    const second = runScanners(subject, [ready], noDeadline());
    expect((await first)[0]).toMatchObject({ status: "failed" });
    expect((await second)[0]?.ms).toBeLessThan(50);
  });
});

describe("concurrency", () => {
  test("bounds the scans at a time", async () => {
    let running = 0;
    let most = 0;
    const scan = async (): Promise<Report> => {
      most = Math.max(most, (running += 1));
      await sleep(5);
      running -= 1;
      return clean;
    };
    const ready = selected(scan, { concurrency: 2 });
    const verdicts = await Promise.all(
      Array.from({ length: 8 }, () =>
        runScanners(subjectOf("x"), [ready], noDeadline()),
      ),
    );
    expect(most).toBe(2);
    expect(verdicts.flat().every(({ status }) => status === "done")).toBe(true);
  });

  test("makes others wait, which counts against their time-out", async () => {
    const scan = (): Promise<Report> => sleep(60, clean);
    const ready = selected(scan, { concurrency: 1, timeoutMs: 90 });
    const run = () => runScanners(subjectOf("x"), [ready], noDeadline());
    const verdicts = (await Promise.all([run(), run()])).flat();
    expect(verdicts.map(({ status }) => status)).toEqual(["done", "failed"]);
  });
});

describe("a decision that is made", () => {
  test("ends the scanners that are still at work, as skipped", async () => {
    let ended = false;
    const slow = selected(
      (_subject, signal) =>
        new Promise(() => {
          signal.addEventListener("abort", () => {
            ended = true;
          });
        }),
      {},
      "slow",
    );
    const started = performance.now();
    const verdicts = await runScanners(
      subjectOf("x"),
      [slow, selected(() => Promise.resolve(clean), {}, "quick")],
      noDeadline(),
      (there) => there.some(({ scanner }) => scanner === "quick"),
    );
    expect(performance.now() - started).toBeLessThan(100);
    expect(ended).toBe(true);
    expect(verdicts).toMatchObject([
      { scanner: "slow", status: "skipped", reason: "the decision was made" },
      { scanner: "quick", status: "done" },
    ]);
  });
});
