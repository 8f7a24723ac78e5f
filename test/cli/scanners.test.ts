import { expect, test } from "vitest";

import type { DaemonStatus } from "../../src/cli/ask-daemon.ts";
import type { Ping, ScannerPing } from "../../src/cli/ping-scanner.ts";
import { pingScanner } from "../../src/cli/ping-scanner.ts";
import type { Services } from "../../src/cli/services.ts";
import { ConfigError } from "../../src/config-error.ts";
import { configWith, type FakeScanner } from "./fake-scanner.ts";
import {
  fakeDaemon,
  fakeNow,
  fakePing,
  qsift,
  type FakeProcess,
} from "./fake-process.ts";

const dayMs = 86_400_000;
const absent: Ping = { kind: "absent" };
const failed: Ping = { kind: "failed", reason: "no answer in 5 s" };

/** Scanners by name, each with the ping that it gives. */
function having(
  pings: Readonly<Record<string, Ping | ScannerPing>>,
  settings: Readonly<Record<string, FakeScanner["settings"]>> = {},
  daemon: DaemonStatus = { kind: "absent" },
): Partial<Services> {
  return {
    readConfig: () =>
      Promise.resolve(
        configWith(
          Object.keys(pings).map((name) => ({
            name,
            ...(settings[name] ? { settings: settings[name] } : {}),
          })),
        ),
      ),
    pingScanner: ({ name }) => {
      const ping = pings[name] ?? absent;
      return Promise.resolve("ping" in ping ? ping : { ping, addresses: [] });
    },
    askDaemon: () => Promise.resolve(daemon),
  };
}

test("a table says how each scanner is, and the daemon last", async () => {
  const services = having(
    {
      one: fakePing({
        version: "One 2.0",
        databaseAt: Date.UTC(2026, 10, 21, 12),
      }),
      longername: absent,
      three: failed,
      four: absent,
    },
    { longername: { enabled: "auto" }, four: { enabled: false } },
  );
  const ran = await qsift(["scanners"], { services });
  expect(ran.out.split("\n")).toEqual([
    "SCANNER     STATE         LATENCY  DATABASE          VERSION",
    "one         running        3.2 ms  2026-11-21 (1 d)  One 2.0",
    "longername  not running",
    "three       failed                                   no answer in 5 s",
    "four        switched off",
    "daemon: not running",
    "",
  ]);
  expect(ran.err).toBe("");
  expect(ran.exitCode).toBe(1);
  expect(ran.became).toEqual([{ kind: "qsift" }]);
});

test.each<[string, Ping, FakeScanner["settings"], number]>([
  ["one that runs", fakePing(), { enabled: true }, 0],
  ["auto that runs", fakePing(), { enabled: "auto" }, 0],
  ["auto that is not running", absent, { enabled: "auto" }, 0],
  ["auto that fails", failed, { enabled: "auto" }, 1],
  ["one that is not running", absent, { enabled: true }, 1],
  ["one that fails", failed, { enabled: true }, 1],
  ["one that is switched off", failed, { enabled: false }, 0],
])("%s: the exit code", async (_, ping, settings, exitCode) => {
  const services = having({ a: fakePing(), b: ping }, { b: settings });
  for (const argv of [["scanners"], ["scanners", "--json"]])
    expect((await qsift(argv, { services })).exitCode).toBe(exitCode);
});

test("an old database is told in yellow, and is no failure", async () => {
  const services = having({
    clamd: fakePing({ databaseAt: fakeNow - 12.5 * dayMs }),
  });
  const text = "database 12 days old: is freshclam running?";
  const plain = await qsift(["scanners"], { services });
  expect(plain.out).toContain(`\n  ${text}\n`);
  expect(plain.exitCode).toBe(0);
  const coloured: FakeProcess = { services, isTerminal: true };
  expect((await qsift(["scanners"], coloured)).out).toContain(
    `\x1b[33m${text}\x1b[39m`,
  );
  const json = await qsift(["scanners", "--json"], { services });
  expect(JSON.parse(json.out)).toMatchObject({
    databaseAt: "2026-11-10T00:00:00.000Z",
    databaseDays: 12,
    warning: text,
  });
});

test("colours only on a terminal, and not with NO_COLOR", async () => {
  const services = having({ a: failed });
  const colours = async (process: FakeProcess): Promise<boolean> =>
    (await qsift(["scanners"], { services, ...process })).out.includes("\x1b[");
  expect(await colours({})).toBe(false);
  expect(await colours({ isTerminal: true })).toBe(true);
  expect(await colours({ isTerminal: true, env: { NO_COLOR: "1" } })).toBe(
    false,
  );
});

const known: DaemonStatus = {
  kind: "running",
  uptimeMs: 3 * 3_600_000,
  scanners: [
    {
      name: "clamd",
      done: 120,
      failed: 2,
      skipped: 1,
      joined: 14,
      lastMs: 12.34,
      endpoints: [
        {
          address: "tcp:127.0.0.1:3310",
          breaker: "open",
          failures: 5,
          lastFailure: "connection \x1b[2Jclosed",
          lastMs: 8,
        },
      ],
    },
  ],
};
const twoAddresses: ScannerPing = {
  ping: fakePing(),
  addresses: [
    { address: "unix:/run/clamd", ping: absent },
    { address: "tcp:127.0.0.1:3310", ping: fakePing() },
  ],
};

test("addresses are told with the daemon's breakers, and its counters", async () => {
  const services = having(
    { clamd: twoAddresses, spamd: fakePing() },
    {},
    known,
  );
  const { out } = await qsift(["scanners"], { services });
  expect(out.split("\n").slice(1)).toEqual([
    "clamd    running   3.2 ms            Fake 1.0",
    "  unix:/run/clamd     not running",
    "  tcp:127.0.0.1:3310  3.2 ms; breaker open, 5 failed in a row, the last: connection \\x1B[2Jclosed",
    "  in the daemon: 120 done, 2 failed, 1 skipped, 14 shared another's scan, last 12 ms",
    "spamd    running   3.2 ms            Fake 1.0",
    "daemon: running for 3 h",
    "",
  ]);
});

test("addresses of an auto scanner that is not there take one line; one that was not asked yet says so", async () => {
  const nothing = { done: 0, failed: 0, skipped: 0, joined: 0, lastMs: null };
  const services = having(
    {
      clamd: {
        ping: absent,
        addresses: [
          { address: "unix:/a", ping: absent },
          { address: "unix:/b", ping: absent },
        ],
      },
      spamd: fakePing(),
    },
    { clamd: { enabled: "auto" } },
    {
      kind: "running",
      uptimeMs: 90_000,
      scanners: ["clamd", "spamd"].map((name) => ({
        name,
        ...nothing,
        endpoints: [],
      })),
    },
  );
  const { out } = await qsift(["scanners"], { services });
  expect(out.split("\n").slice(1)).toEqual([
    "clamd    not running",
    "  nothing at unix:/a, unix:/b",
    "spamd    running       3.2 ms            Fake 1.0",
    "  in the daemon: not asked yet",
    "daemon: running for 1 min",
    "",
  ]);
});

test("--json has the same keys for every scanner, one object a line", async () => {
  const services = having(
    { clamd: twoAddresses, spamd: absent },
    { spamd: { enabled: false } },
    known,
  );
  const { out, err } = await qsift(["scanners", "--json"], { services });
  expect(err).toBe("");
  const [clamd, spamd] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(clamd).toEqual({
    scanner: "clamd",
    judges: "spam",
    enabled: true,
    state: "running",
    reason: null,
    version: "Fake 1.0",
    databaseAt: null,
    databaseDays: null,
    warning: null,
    ms: 3.2,
    addresses: [
      {
        address: "unix:/run/clamd",
        state: "not running",
        reason: null,
        ms: null,
        daemon: null,
      },
      {
        address: "tcp:127.0.0.1:3310",
        state: "running",
        reason: null,
        ms: 3.2,
        daemon: {
          breaker: "open",
          failures: 5,
          lastFailure: "connection \x1b[2Jclosed",
          lastMs: 8,
        },
      },
    ],
    daemon: {
      done: 120,
      failed: 2,
      skipped: 1,
      joined: 14,
      cacheHits: null,
      lastMs: 12.34,
    },
  });
  expect(spamd).toMatchObject({
    state: "switched off",
    daemon: null,
    ms: null,
  });
  expect(Object.keys(spamd ?? {})).toEqual(Object.keys(clamd ?? {}));
});

test.each<[DaemonStatus, string]>([
  [{ kind: "absent" }, "daemon: not running"],
  [
    { kind: "forbidden" },
    "daemon: no permission to ask it: run as the daemon's user or root",
  ],
  [{ kind: "failed", reason: "no answer\n" }, "daemon: no answer\\x0A"],
])(
  "of a daemon that is %j it says so and asks the scanners itself",
  async (daemon, text) => {
    const services = having({ a: fakePing() }, {}, daemon);
    const plain = await qsift(["scanners"], { services });
    expect(plain.out).toContain("running");
    expect(plain.out.endsWith(`\n${text}\n`)).toBe(true);
    const json = await qsift(["scanners", "--json"], { services });
    expect(json.err).toBe(`qsift: ${text}\n`);
    expect(JSON.parse(json.out)).toMatchObject({
      state: "running",
      daemon: null,
    });
  },
);

test("the control socket is the configuration's, and is asked before root's rights go", async () => {
  const asked: string[] = [];
  const order: string[] = [];
  await qsift(["scanners"], {
    services: {
      readConfig: () =>
        Promise.resolve(
          configWith([{ name: "a" }], {
            daemon: fakeDaemon({ controlSocket: "/run/x/control" }),
          }),
        ),
      askDaemon: (path) => {
        asked.push(path);
        order.push("daemon");
        return Promise.resolve({ kind: "absent" });
      },
      pingScanner: () => {
        order.push("scanner");
        return Promise.resolve({ ping: absent, addresses: [] });
      },
    },
    onBecome: () => order.push("become"),
  });
  expect(asked).toEqual(["/run/x/control"]);
  expect(order).toEqual(["daemon", "become", "scanner"]);
});

test("only those that are named are asked", async () => {
  const asked: string[] = [];
  const services: Partial<Services> = {
    ...having({ a: fakePing(), b: fakePing(), c: fakePing() }),
    pingScanner: ({ name }) => {
      asked.push(name);
      return Promise.resolve({ ping: fakePing(), addresses: [] });
    },
  };
  const ran = await qsift(["scanners", "--json", "c", "a"], { services });
  expect(asked).toEqual(["a", "c"]);
  expect(ran.out.trim().split("\n")).toHaveLength(2);
  const unknown = await qsift(["scanners", "x"], { services });
  expect(unknown).toMatchObject({
    exitCode: 2,
    out: "",
    err: 'qsift: no scanner "x"; there are a, b, c\n',
  });
});

test("all are asked at once: the slowest alone takes its time", async () => {
  let waiting = 0;
  let release = (): void => undefined;
  const allThere = new Promise<void>((resolve) => {
    release = resolve;
  });
  const ping = async () => {
    waiting += 1;
    if (waiting === 3) release();
    // Asked one after the other, the first would wait for ever.
    await allThere;
    return { version: "1", databaseAt: null };
  };
  const config = configWith([
    { name: "a", ping },
    { name: "b", ping },
    { name: "c", ping },
  ]);
  const ran = await qsift(["scanners"], {
    services: { readConfig: () => Promise.resolve(config), pingScanner },
  });
  expect(ran.exitCode).toBe(0);
});

test("what a scanner says is made printable", async () => {
  const services = having({
    a: fakePing({ version: "Evil\x1b[2J 1" }),
    b: { kind: "failed", reason: "x\ny" },
  });
  const { out } = await qsift(["scanners"], { services });
  expect(out).toContain("Evil\\x1B[2J 1");
  expect(out).toContain("x\\x0Ay");
});

test("a wrong configuration is exit code 55", async () => {
  const place = { file: "/x.toml", line: null, column: null, key: null };
  const ran = await qsift(["scanners"], {
    services: {
      readConfig: () => Promise.reject(new ConfigError(place, "no")),
    },
  });
  expect(ran.exitCode).toBe(55);
});
