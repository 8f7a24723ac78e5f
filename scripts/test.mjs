// `npm test`: installs the real scanners where it can, builds, runs all tests,
// says what was skipped, and ends with a line `N passed, N failed, N skipped`.
//
// QSIFT_TEST_INSTALL=0 installs nothing. No service of the system is started
// or changed: tests start private instances with their own sockets.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Debian package by a file that it brings. */
const wanted = {
  "/usr/sbin/clamd": "clamav-daemon",
  "/usr/bin/clamscan": "clamav",
  "/usr/share/clamav-testfiles": "clamav-testfiles",
  "/usr/bin/clamdscan": "clamdscan",
  "/usr/sbin/spamd": "spamd",
  "/usr/bin/spamassassin": "spamassassin",
  "/usr/bin/spamc": "spamc",
  "/usr/bin/openssl": "openssl",
  "/usr/bin/rspamd": "rspamd",
  "/usr/bin/pyzord": "pyzor",
  "/usr/bin/razor-check": "razor",
  "/usr/bin/c-icap": "c-icap",
  "/etc/c-icap/virus_scan.conf": "libc-icap-mod-virus-scan",
  "/usr/bin/tcpserver": "ucspi-tcp",
  "/usr/sbin/smtpfront-qmail": "mailfront",
  "/usr/bin/swaks": "swaks",
};

install();
run(process.execPath, [join(root, "scripts/build.mjs")]);
process.exitCode = test();

function install() {
  const missing = Object.entries(wanted)
    .filter(([path]) => !existsSync(path))
    .map(([, name]) => name);
  // pyzord's database, which the package pyzor does not ask for.
  const gdbm = ["-I", "-c", "import _gdbm"];
  if (spawnSync("/usr/bin/python3", gdbm).status !== 0)
    missing.push("python3-gdbm");
  if (missing.length === 0) return;
  const why =
    process.env.QSIFT_TEST_INSTALL === "0"
      ? "QSIFT_TEST_INSTALL=0"
      : process.getuid?.() !== 0
        ? "not root"
        : existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get")
          ? null
          : "not Debian";
  if (why !== null) {
    console.log(
      `not installing ${missing.join(" ")}: ${why}; their tests are skipped`,
    );
    return;
  }
  console.log(
    `installing for the tests: ${missing.join(" ")} (QSIFT_TEST_INSTALL=0 stops this)`,
  );
  // Keeps the packages from starting services, freshclam above all.
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const options = { env, stdio: ["ignore", "ignore", "inherit"] };
    const apt = (...args) =>
      spawnSync("apt-get", ["-q", ...args], options).status === 0;
    const add = (...names) =>
      apt("install", "-y", "--no-install-recommends", ...names);
    apt("update");
    // One that this release does not have must not keep the others out.
    const failed = add(...missing) ? [] : missing.filter((name) => !add(name));
    if (failed.length > 0)
      console.log(
        `not installed: ${failed.join(" ")}; their tests are skipped`,
      );
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

function run(program, args) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    console.log("\n0 passed, 1 failed");
    process.exit(1);
  }
}

function test() {
  const folder = mkdtempSync(join(tmpdir(), "qsift-report-"));
  const report = join(folder, "report.json");
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/vitest/vitest.mjs"),
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile=${report}`,
      ...process.argv.slice(2),
    ],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
  );
  const results = existsSync(report)
    ? JSON.parse(readFileSync(report, "utf8"))
    : null;
  rmSync(folder, { recursive: true, force: true });
  if (results === null) {
    console.log("\n0 passed, 1 failed");
    return 1;
  }
  const tests = results.testResults.flatMap((file) => file.assertionResults);
  const skipped = tests.filter(
    (result) => result.status === "pending" || result.status === "skipped",
  );
  const groups = new Map();
  for (const result of skipped) {
    const group = result.ancestorTitles.join(" > ") || result.title;
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  if (groups.size > 0) console.log("\nskipped:");
  for (const [group, count] of groups) console.log(`  ${count} of: ${group}`);
  const passed = results.numPassedTests;
  // A file that can't be loaded has no failed test, and has failed.
  const failed =
    results.numFailedTests || (status === 0 && results.success ? 0 : 1);
  console.log(
    `\n${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  );
  return failed === 0 ? 0 : 1;
}
