// The scanner against a real pyzord, started privately, and beside the
// reference client.

import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { pyzor } from "../../src/scanners/pyzor.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import type { OpenScanner } from "../../src/scanners/scanner.ts";
import type { Verdict } from "../../src/verdict.ts";
import {
  account,
  isInstalled,
  startPyzord,
  type PrivatePyzord,
} from "../backends/pyzord.ts";
import { noDeadline, subjectOf } from "./subject.ts";

const installed = isInstalled();
const title = installed
  ? "a real pyzord"
  : "a real pyzord (not installed, or without python3-gdbm)";

describe.skipIf(!installed)(title, () => {
  let folder = "";
  let daemon: PrivatePyzord;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "qsift-pyzord-"));
    daemon = await startPyzord(folder);
  }, 30_000);
  afterAll(async () => {
    await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function open(options: Record<string, unknown> = {}): OpenScanner {
    return pyzor.open(
      {
        ...pyzor.defaults,
        enabled: true,
        addresses: [daemon.address],
        options: { report: true, ...options },
      },
      defaultLimits,
    );
  }

  function judge(text: string, options = {}): Promise<Verdict> {
    const settings = { ...pyzor.defaults, enabled: true };
    return new ReadyScanner(open(options), settings).judge(
      subjectOf(text),
      noDeadline(),
    );
  }

  async function report(text: string, as: "spam" | "ham", times: number) {
    for (let done = 0; done < times; done += 1)
      await open().report?.(Buffer.from(text), as, noDeadline());
  }

  const mail = (subject: string): string =>
    `Subject: ${subject}\n\nThis message is about ${subject} and nothing else\n`;

  test("answers a ping", async () => {
    expect(await open().ping(noDeadline())).toEqual({
      version: "pyzord, protocol 2.1",
      databaseAt: null,
    });
  });

  test("knows nothing of new mail", async () => {
    expect(await judge(mail("gardens"))).toMatchObject({
      status: "done",
      findings: [],
    });
  });

  test("counts reports up to a finding, and whitelisting takes it back", async () => {
    const text = mail("cheap watches");
    await report(text, "spam", 4);
    expect(await judge(text)).toMatchObject({ findings: [] });
    expect(await judge(text, { count_min: 4 })).toMatchObject({
      findings: [{ kind: "bulk", name: "PYZOR_CHECK" }],
    });
    await report(text, "spam", 1);
    expect(await judge(text)).toMatchObject({
      findings: [{ kind: "bulk", name: "PYZOR_CHECK" }],
    });
    await report(text, "ham", 1);
    expect(await judge(text)).toMatchObject({ findings: [] });
    expect(await judge(text, { whitelist_min: 2 })).toMatchObject({
      findings: [{ name: "PYZOR_CHECK" }],
    });
  });

  test("counts the reference client's reports as ours", async () => {
    const text = mail("=?utf-8?q?caf=C3=A9?= holidays");
    const home = join(folder, "client");
    await mkdir(home);
    const { host, port } = daemon.address;
    await writeFile(join(home, "servers"), `${host}:${port}\n`);
    const run = (command: string): string =>
      execFileSync("/usr/bin/pyzor", ["--homedir", home, command], {
        input: text,
        encoding: "utf8",
        env: { PATH: "/usr/bin:/bin", HOME: home },
      });
    run("report");
    await report(text, "spam", 1);
    expect(run("check")).toContain("(200, 'OK')\t2\t0");
    expect(await judge(text, { count_min: 2 })).toMatchObject({
      findings: [{ name: "PYZOR_CHECK" }],
    });
  });

  test("takes an account's signature, and refuses a wrong key", async () => {
    const file = join(folder, "accounts");
    const { host, port } = daemon.address;
    const write = (key: string) =>
      writeFile(file, `${host} : ${port} : ${account.user} : 00,${key}\n`);
    await write(account.key);
    const options = { accounts_file: file };
    expect(await judge(mail("accounts"), options)).toMatchObject({
      status: "done",
    });
    await write("00");
    expect(await judge(mail("accounts"), options)).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/^pyzord said "401 /) as string,
    });
  });

  test("takes 200 questions at once", async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 200 }, (_each, index) =>
        judge(mail(`number ${index} of many`)),
      ),
    );
    for (const verdict of verdicts) expect(verdict.status).toBe("done");
  });

  test("that hangs is a time-out", async () => {
    daemon.pause();
    try {
      const settings = { ...pyzor.defaults, timeoutMs: 200 };
      expect(
        await new ReadyScanner(open(), settings).judge(
          subjectOf(mail("silence")),
          noDeadline(),
        ),
      ).toMatchObject({ status: "failed", reason: "time-out after 0.2 s" });
    } finally {
      daemon.resume();
    }
  });
});

describe.skipIf(!installed)("a real pyzord that forbids whitelisting", () => {
  test("says so", async () => {
    const folder = await mkdtemp(join(tmpdir(), "qsift-pyzord-"));
    const daemon = await startPyzord(folder, "check report ping");
    try {
      const scanner = pyzor.open(
        {
          ...pyzor.defaults,
          addresses: [daemon.address],
          options: { report: true },
        },
        defaultLimits,
      );
      const text = Buffer.from("Subject: x\n\nA line that is long enough\n");
      await expect(scanner.report?.(text, "ham", noDeadline())).rejects.toThrow(
        /pyzord said "403 /,
      );
    } finally {
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }, 30_000);
});
