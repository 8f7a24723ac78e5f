import { expect, test } from "vitest";

import type { Ping, ScannerPing } from "../../src/cli/ping-scanner.ts";
import { findScannerWarnings } from "../../src/cli/scanner-warnings.ts";
import { auth } from "../../src/scanners/auth.ts";
import { clamd } from "../../src/scanners/clamd.ts";
import type { ScannerSettings } from "../../src/scanners/scanner.ts";
import { fakeConfig, fakeNow, fakePing } from "./fake-process.ts";

const dayMs = 86_400_000;

function warnings(
  changes: Partial<ScannerSettings>,
  asked: ScannerPing,
): Promise<string[]> {
  const settings = { ...clamd.defaults, judges: "virus" as const, ...changes };
  const config = fakeConfig({
    scanners: { clamd: settings },
    scannerList: [clamd],
  });
  return findScannerWarnings(config, () => Promise.resolve(asked), fakeNow);
}

test.each<[Ping, Partial<ScannerSettings>, string[]]>([
  [fakePing(), {}, []],
  [
    { kind: "absent" },
    {},
    [
      "clamd: not running; mail is delivered without it: name its address to have mail deferred, or set enabled = false",
    ],
  ],
  [
    { kind: "absent" },
    { onFailure: "queue" },
    ["clamd: not running; mail is delivered without it"],
  ],
  [
    { kind: "absent", reason: "no such program (/opt/x)" },
    { enabled: true },
    ["clamd: not running (no such program (/opt/x)); mail is deferred"],
  ],
  [{ kind: "absent" }, { enabled: false }, []],
  [
    { kind: "absent" },
    { enabled: true },
    ["clamd: not running; mail is deferred"],
  ],
  [
    { kind: "failed", reason: "no answer in 5 s" },
    { onFailure: "queue" },
    ["clamd: no answer in 5 s; mail is delivered unscanned"],
  ],
  [fakePing({ databaseAt: fakeNow - 6.9 * dayMs }), {}, []],
  [
    fakePing({ databaseAt: fakeNow - 12.5 * dayMs }),
    {},
    ["clamd: database 12 days old: is freshclam running?"],
  ],
])("a scanner that is %j with %j: %j", async (ping, changes, expected) => {
  expect(await warnings(changes, { ping, addresses: [] })).toEqual(expected);
});

test("silent name servers defer no mail", async () => {
  const settings = { ...auth.defaults, judges: "neither" as const };
  const config = fakeConfig({
    scanners: { auth: { ...settings, enabled: true } },
    scannerList: [auth],
  });
  const ping = { kind: "failed", reason: "no answer in 5 s" } as const;
  expect(
    await findScannerWarnings(
      config,
      () => Promise.resolve({ ping, addresses: [] }),
      fakeNow,
    ),
  ).toEqual([
    "auth: no answer in 5 s; its results are temperror until name servers answer",
  ]);
});

test("where nothing listens is told", async () => {
  const asked = {
    ping: { kind: "absent" },
    addresses: [
      { address: "tcp:192.0.2.1:3310", ping: { kind: "absent" } },
      { address: "unix:/run/clamd", ping: { kind: "absent" } },
    ],
  } as const;
  expect(await warnings({ enabled: true }, asked)).toEqual([
    "clamd: not running (nothing at tcp:192.0.2.1:3310, unix:/run/clamd); mail is deferred",
  ]);
});

test("a spare address that does not answer is told, though the scanner runs", async () => {
  const asked = {
    ping: fakePing(),
    addresses: [
      { address: "tcp:192.0.2.1:3310", ping: fakePing() },
      { address: "tcp:192.0.2.2:3310", ping: { kind: "absent" } },
      {
        address: "tcp:192.0.2.3:3310",
        ping: { kind: "failed", reason: "no answer in 5 s" },
      },
    ],
  } as const;
  expect(await warnings({ enabled: true }, asked)).toEqual([
    "clamd: tcp:192.0.2.2:3310: not running; another address answers",
    "clamd: tcp:192.0.2.3:3310: no answer in 5 s; another address answers",
  ]);
  expect(await warnings({ enabled: "auto" }, asked)).toHaveLength(1);
});
