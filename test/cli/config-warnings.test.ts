import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

import { findWarnings } from "../../src/cli/config-warnings.ts";
import { readUsers } from "../../src/cli/users.ts";
import type { Config } from "../../src/config.ts";
import { defaultTrustedUsers } from "../../src/config-daemon.ts";
import { fakeConfig, fakeQuarantine, fakeDaemon } from "./fake-process.ts";

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
function warnings(changes: Partial<Config>): string[] {
  const path = join(folder, "held");
  mkdirSync(path, { recursive: true });
  const config = fakeConfig({
    queue,
    quarantine: fakeQuarantine(path),
    ...changes,
  });
  return findWarnings(config, users);
}

test("a configuration that fits this machine has no warnings", () => {
  expect(warnings({})).toEqual([]);
});

test("a queue that is missing, a folder, or not executable", () => {
  const plain = join(folder, "plain");
  writeFileSync(plain, "", { mode: 0o644 });
  for (const [path, what] of [
    [join(folder, "none"), "does not exist"],
    [folder, "is no file"],
    [plain, "is not executable"],
  ] as const)
    expect(warnings({ queue: path })).toEqual([
      `queue: ${path} ${what}; mail is deferred where QSIFT_QUEUE names no other`,
    ]);
});

test("a missing quarantine comes with the command that makes it", () => {
  const path = join(folder, "none");
  const daemon = fakeDaemon({ trustedUsers: ["root", "qmaild"] });
  const [warning] = warnings({ daemon, quarantine: fakeQuarantine(path) });
  expect(warning).toContain(`install -d -m 0700 -o qmaild -g 4000001 ${path}`);
  const [unknown] = warnings({ quarantine: fakeQuarantine(path) });
  expect(unknown).toContain(`install -d -m 0700 -o qmaild -g nofiles ${path}`);
});

test("a quarantine in which qmail-smtpd's user may not write", () => {
  const path = join(folder, "foreign");
  mkdirSync(path, { mode: 0o755 });
  const daemon = fakeDaemon({ trustedUsers: ["qmaild"] });
  expect(warnings({ daemon, quarantine: fakeQuarantine(path) })).toEqual([
    `quarantine.path: ${path} belongs to uid ${uid}, and qmaild (uid 4000000) may not write in it; mail to be held is deferred; give it away: chown -R qmaild ${path}`,
  ]);
  chmodSync(path, 0o777);
  expect(warnings({ daemon, quarantine: fakeQuarantine(path) })).toEqual([]);
});

test("trusted users that are not there; of the default ones not all have to be", () => {
  const daemon = fakeDaemon({
    trustedUsers: ["root", "qmaild", "qmialx", "#77"],
  });
  const path = "/nowhere";
  const found = warnings({ daemon, quarantine: fakeQuarantine(path) });
  expect(found.filter((text) => text.includes("trusted"))).toEqual([
    expect.stringContaining("no user qmialx in /etc/passwd"),
  ]);
  const byDefault = warnings({
    daemon: fakeDaemon({ trustedUsers: defaultTrustedUsers }),
    quarantine: fakeQuarantine(path),
  });
  expect(byDefault.join()).not.toContain("vpopmail");
});

test("a configuration file that not everybody can read", () => {
  const file = join(folder, "qsift.toml");
  writeFileSync(file, "", { mode: 0o640 });
  expect(warnings({ file })).toEqual([
    expect.stringContaining(`chmod o+r ${file}`),
  ]);
  chmodSync(file, 0o644);
  expect(warnings({ file })).toEqual([]);
  const closed = join(folder, "closed");
  mkdirSync(closed, { mode: 0o750 });
  writeFileSync(join(closed, "q"), "", { mode: 0o644 });
  expect(warnings({ file: join(closed, "q") })).toEqual([
    expect.stringContaining(`chmod o+x ${closed}`),
  ]);
});

test("passwd lines of other forms are passed over", () => {
  const file = join(folder, "passwd");
  writeFileSync(file, "a:x:1:2::/:/bin/sh\n\n+::::::\nbad\nb:x:x:3::/:\n");
  expect(readUsers(file)).toEqual([{ name: "a", uid: 1, gid: 2 }]);
  expect(readUsers(join(folder, "none"))).toEqual([]);
});
