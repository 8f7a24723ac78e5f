// What ends a scan that is under way, and what does not, for each scanner: seen
// at a fake that has the message and keeps the scanner waiting.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadRegexEngine } from "../../src/regex.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import { runScanners } from "../../src/scanners/run.ts";
import { auth } from "../../src/scanners/auth.ts";
import { scanners } from "../../src/scanners/index.ts";
import { commonDefaults, type Subject } from "../../src/scanners/scanner.ts";
import type { Verdict } from "../../src/verdict.ts";
import { startDns, type DnsServer } from "../backends/dns.ts";
import { arrivalOf, openAuth } from "./auth-scan.ts";
import {
  hangingScanners,
  subject,
  type Hanging,
  type HangingScanner,
} from "./hanging-scanners.ts";
import { noDeadline } from "./subject.ts";

const withinMs = 100;

beforeAll(loadRegexEngine);

const running: Hanging[] = [];
afterEach(async () => {
  for (const hanging of running.splice(0)) await hanging.stop();
});

async function start(scanner: HangingScanner, drips = false): Promise<Hanging> {
  const hanging = await scanner.open(drips);
  running.push(hanging);
  return hanging;
}

async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 5000;
  while (!isSo()) {
    if (Date.now() > giveUpAt) throw new Error(`not so: ${isSo.toString()}`);
    await sleep(2);
  }
}

/** Ends as soon as the fake has begun; `endedAt` is when the others may hear of it. */
function quick(isBegun: () => boolean): {
  readonly ready: ReadyScanner;
  endedAt: number;
} {
  const settings = { ...commonDefaults, enabled: true } as const;
  const result = {
    ready: new ReadyScanner(
      {
        name: "quick",
        scan: async () => {
          await until(isBegun);
          result.endedAt = performance.now();
          return { findings: [], score: null, version: null };
        },
        ping: () => Promise.resolve({ version: "alive", databaseAt: null }),
      },
      settings,
    ),
    endedAt: 0,
  };
  return result;
}

const isQuickThere = (there: readonly Verdict[]): boolean =>
  there.some(({ scanner }) => scanner === "quick");

test("no scanner is left out", () => {
  const names = new Set(hangingScanners.map(({ name }) => name));
  // auth follows below; builtin asks nobody.
  for (const { name } of scanners)
    if (!["auth", "builtin"].includes(name))
      expect(names.has(name), name).toBe(true);
});

// The machine may be busy for longer than what is measured.
describe.each(hangingScanners)("$name", { retry: 2 }, (scanner) => {
  test("is ended by a decision, and the fake sees it within 100 ms", async () => {
    const { ready, begun, atWork } = await start(scanner, true);
    const other = quick(() => begun() === 1);
    const work = runScanners(
      subject,
      [ready, other.ready],
      noDeadline(),
      isQuickThere,
    );
    const verdicts = await work;
    await until(() => atWork() === 0);
    expect(performance.now() - other.endedAt).toBeLessThan(withinMs);
    expect(verdicts).toMatchObject([
      { status: "skipped", reason: "the decision was made" },
      { status: "done" },
    ]);
    expect(begun()).toBe(1);
  });

  test("is ended when its waiter goes, and the fake sees it within 100 ms", async () => {
    const { ready, begun, atWork } = await start(scanner, true);
    const waiter = new AbortController();
    const work = runScanners(subject, [ready], waiter.signal);
    await until(() => begun() === 1);
    expect(atWork()).toBe(1);
    const goneAt = performance.now();
    waiter.abort();
    await until(() => atWork() === 0);
    expect(performance.now() - goneAt).toBeLessThan(withinMs);
    expect(await work).toMatchObject([
      { status: "failed", reason: "deadline" },
    ]);
    expect(begun()).toBe(1);
  });

  test("is asked once about 200 copies, and one that leaves ends nothing for the others", async () => {
    const { ready, begun, atWork, release } = await start(scanner);
    const leaver = new AbortController();
    // Counters of other machines go up with each copy (dcc.ts), so those are
    // scans of their own, as many at a time as the settings say.
    const isShared = ready.scanner.key !== undefined;
    const inFlight = isShared ? 1 : ready.settings.concurrency;
    const run = (signal: AbortSignal): Promise<Verdict[]> =>
      runScanners(subject, [ready], signal);
    const leaves = run(leaver.signal);
    const stay = Array.from({ length: 199 }, () => run(noDeadline()));
    await until(() => begun() === inFlight);
    leaver.abort();
    expect(await leaves).toMatchObject([{ status: "failed" }]);
    await sleep(withinMs);
    expect(begun()).toBe(isShared ? 1 : inFlight + 1);
    if (isShared) expect(atWork()).toBe(1);
    release();
    const verdicts = (await Promise.all(stay)).flat();
    expect(verdicts.filter(({ status }) => status === "done").length).toBe(199);
    expect(begun()).toBe(isShared ? 1 : 200);
    expect(ready.counters.joined).toBe(isShared ? 199 : 0);
  });
});

test("pyzor sends nothing more once it was ended, where else it would ask again", async () => {
  const scanner = hangingScanners.find(({ name }) => name === "pyzor");
  if (scanner === undefined) throw new Error("expected pyzor");
  const { ready, begun } = await start(scanner);
  const waiter = new AbortController();
  const work = runScanners(subject, [ready], waiter.signal);
  await until(() => begun() === 1);
  waiter.abort();
  await work;
  // It asks again after a second.
  await sleep(1200);
  expect(begun()).toBe(1);
});

describe("auth", () => {
  let dns: DnsServer;
  beforeAll(async () => {
    dns = await startDns();
    dns.moods = { "": "silent" };
  });
  afterAll(() => dns.close());

  const arrival: Subject = arrivalOf(
    Buffer.from("From: ann@example.org\nSubject: x\n\nhello\n"),
  );
  const questions = (): number => new Set(dns.asked).size;

  function open(): ReadyScanner {
    dns.asked.length = 0;
    const settings = { ...auth.defaults, enabled: true, concurrency: 200 };
    // A question that is out may be asked a second time, for whoever asks the
    // same; it ends with its time-out.
    const scanner = openAuth(dns.address, { dns_timeout_s: 0.3 });
    return new ReadyScanner(scanner, settings);
  }

  test("is ended by a decision at once, and asks nothing new", async () => {
    const ready = open();
    const other = quick(() => questions() > 0);
    const verdicts = await runScanners(
      arrival,
      [ready, other.ready],
      noDeadline(),
      isQuickThere,
    );
    expect(performance.now() - other.endedAt).toBeLessThan(withinMs);
    expect(verdicts).toMatchObject([{ status: "skipped" }, { status: "done" }]);
    const asked = questions();
    await sleep(500);
    expect(questions()).toBe(asked);
  });

  test("asks no more for 200 copies than for one, and one that leaves ends nothing for the others", async () => {
    await runScanners(arrival, [open()], noDeadline());
    const datagrams = dns.asked.length;
    const asked = questions();
    const ready = open();
    const leaver = new AbortController();
    const leaves = runScanners(arrival, [ready], leaver.signal);
    const stay = Array.from({ length: 199 }, () =>
      runScanners(arrival, [ready], noDeadline()),
    );
    await until(() => questions() > 0);
    leaver.abort();
    expect(await leaves).toMatchObject([{ status: "failed" }]);
    const verdicts = (await Promise.all(stay)).flat();
    expect(new Set(verdicts.map(({ status }) => status))).toEqual(
      new Set(["done"]),
    );
    expect(questions()).toBe(asked);
    expect(dns.asked.length).toBeLessThanOrEqual(2 * datagrams);
  });
});
