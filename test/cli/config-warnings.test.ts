import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

import { findWarnings, type Ping } from "../../src/cli/config-warnings.ts";
import { pingScanner } from "../../src/cli/ping-scanner.ts";
import { readUsers } from "../../src/cli/users.ts";
import { defaultTrustedUsers, type Config } from "../../src/config.ts";
import { clamd } from "../../src/scanners/clamd.ts";
import { spamd } from "../../src/scanners/spamd.ts";
import { fakeConfig } from "./fake-process.ts";

const folder = mkdtempSync(join(tmpdir(), "qsift-warnings-"));
chmodSync(folder, 0o755);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const queue = join(folder, "queue");
writeFileSync(queue, "#!/bin/sh\n", { mode: 0o755 });
const uid = process.getuid?.() ?? 0;
const users = [
  { name: "root", uid: 0, gid: 0 },
  { name: "qmaild", uid: 4_000_000, gid: 4_000_001 },
];

/** A configuration that fits, but for the changes. */
function warnings(
  changes: Partial<Config>,
  ping: Ping = { kind: "running" },
): Promise<string[]> {
  const path = join(folder, "held");
  mkdirSync(path, { recursive: true });
  const config = fakeConfig({ queue, quarantine: { path }, ...changes });
  return findWarnings(config, users, () => Promise.resolve(ping));
}

test("a configuration that fits this machine has no warnings", async () => {
  expect(await warnings({})).toEqual([]);
});

test("a queue that is missing, a folder, or not executable", async () => {
  const plain = join(folder, "plain");
  writeFileSync(plain, "", { mode: 0o644 });
  for (const [path, what] of [
    [join(folder, "none"), "does not exist"],
    [folder, "is no file"],
    [plain, "is not executable"],
  ] as const)
    expect(await warnings({ queue: path })).toEqual([
      `queue: ${path} ${what}; mail is deferred where QSIFT_QUEUE names no other`,
    ]);
});

test("a missing quarantine comes with the command that makes it", async () => {
  const path = join(folder, "none");
  const daemon = { trustedUsers: ["root", "qmaild"] };
  const [warning] = await warnings({ daemon, quarantine: { path } });
  expect(warning).toContain(`install -d -m 0700 -o qmaild -g 4000001 ${path}`);
  const [unknown] = await warnings({ quarantine: { path } });
  expect(unknown).toContain(`install -d -m 0700 -o qmaild -g nofiles ${path}`);
});

test("a quarantine in which qmail-smtpd's user may not write", async () => {
  const path = join(folder, "foreign");
  mkdirSync(path, { mode: 0o755 });
  const daemon = { trustedUsers: ["qmaild"] };
  expect(await warnings({ daemon, quarantine: { path } })).toEqual([
    `quarantine.path: ${path} belongs to uid ${uid}, and qmaild (uid 4000000) may not write in it; mail to be held is deferred; give it away: chown -R qmaild ${path}`,
  ]);
  chmodSync(path, 0o777);
  expect(await warnings({ daemon, quarantine: { path } })).toEqual([]);
});

test("trusted users that are not there; of the default ones not all have to be", async () => {
  const daemon = { trustedUsers: ["root", "qmaild", "qmialx", "#77"] };
  const path = "/nowhere";
  const found = await warnings({ daemon, quarantine: { path } });
  expect(found.filter((text) => text.includes("trusted"))).toEqual([
    expect.stringContaining("no user qmialx in /etc/passwd"),
  ]);
  const byDefault = await warnings({
    daemon: { trustedUsers: defaultTrustedUsers },
    quarantine: { path },
  });
  expect(byDefault.join()).not.toContain("vpopmail");
});

test("a configuration file that not everybody can read", async () => {
  const file = join(folder, "qsift.toml");
  writeFileSync(file, "", { mode: 0o640 });
  expect(await warnings({ file })).toEqual([
    expect.stringContaining(`chmod o+r ${file}`),
  ]);
  chmodSync(file, 0o644);
  expect(await warnings({ file })).toEqual([]);
  const closed = join(folder, "closed");
  mkdirSync(closed, { mode: 0o750 });
  writeFileSync(join(closed, "q"), "", { mode: 0o644 });
  expect(await warnings({ file: join(closed, "q") })).toEqual([
    expect.stringContaining(`chmod o+x ${closed}`),
  ]);
});

test.each([
  [{ kind: "running" }, {}, []],
  [
    { kind: "absent" },
    {},
    [
      "clamd: not running; mail is delivered unscanned, name its address to have it deferred",
    ],
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
] as const)(
  "a scanner that is %j with %j: %j",
  async (ping, changes, expected) => {
    const scanners = { clamd: { ...clamd.defaults, ...changes } };
    expect(await warnings({ scanners }, ping)).toEqual(expected);
  },
);

test("a scanner is asked for its version", async () => {
  const path = join(folder, "clamd.sock");
  const settings = {
    ...clamd.defaults,
    addresses: [{ kind: "unix", path }] as const,
    timeoutMs: 200,
  };
  expect(await pingScanner("clamd", settings)).toEqual({ kind: "absent" });
  let reply = "ClamAV 1.4.3/27500/Fri Jan 10 09:26:01 2025\0";
  const server = createServer((socket) => {
    socket.on("error", () => undefined).end(reply);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    expect(await pingScanner("clamd", settings)).toEqual({ kind: "running" });
    reply = "nonsense\0";
    expect(await pingScanner("clamd", settings)).toMatchObject({
      kind: "failed",
    });
  } finally {
    server.close();
  }
});

test("a scanner that says nothing is not waited for", async () => {
  const path = join(folder, "spamd.sock");
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const settings = {
    ...spamd.defaults,
    addresses: [{ kind: "unix", path }] as const,
    timeoutMs: 100,
  };
  expect(await pingScanner("spamd", settings)).toEqual({
    kind: "failed",
    reason: "no answer in 0.1 s",
  });
  server.close();
});

test("passwd lines of other forms are passed over", () => {
  const file = join(folder, "passwd");
  writeFileSync(file, "a:x:1:2::/:/bin/sh\n\n+::::::\nbad\nb:x:x:3::/:\n");
  expect(readUsers(file)).toEqual([{ name: "a", uid: 1, gid: 2 }]);
  expect(readUsers(join(folder, "none"))).toEqual([]);
});
