// A process that has no descriptor left (EMFILE): every scanner has failed
// then, even with `enabled = "auto"`, and works again afterwards.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadRegexEngine } from "../../src/regex.ts";
import { startDns } from "../backends/dns.ts";
import { openAuth, said, scanWith } from "./auth-scan.ts";
import { hangingScanners, subject, type Hanging } from "./hanging-scanners.ts";
import { noDeadline } from "./subject.ts";

beforeAll(loadRegexEngine);

let hanging: Hanging | null = null;
afterEach(() => hanging?.stop());

/** This process may open nothing while the work is done. A shell that is there before changes the limit, since nothing could be started either. */
async function withoutDescriptors<T>(work: () => Promise<T>): Promise<T> {
  const shell = spawn(
    "/bin/sh",
    [
      "-c",
      `while read -r soft; do prlimit --pid ${process.pid} --nofile="$soft": && echo set; done`,
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const exited = once(shell, "exit");
  const allow = async (soft: number): Promise<void> => {
    shell.stdin.write(`${soft}\n`);
    await once(shell.stdout, "data");
  };
  await allow(3);
  try {
    return await work();
  } finally {
    await allow(1024);
    shell.stdin.end();
    await exited;
  }
}

describe.each(hangingScanners)("$name", (scanner) => {
  test.each([true, "auto"] as const)(
    "has failed without a descriptor, with enabled = %j",
    async (enabled) => {
      hanging = await scanner.open(false, { enabled });
      const { ready, release, begun } = hanging;
      release();
      const verdict = await withoutDescriptors(() =>
        ready.judge(subject, noDeadline()),
      );
      expect(verdict).toMatchObject({
        status: "failed",
        reason: expect.stringMatching(/EMFILE|too many open files/) as string,
      });
      expect(begun()).toBe(0);
      expect(await ready.judge(subject, noDeadline())).toMatchObject({
        status: "done",
      });
    },
  );
});

test("auth leaves open what it can't ask, and asks afterwards", async () => {
  const dns = await startDns({ "TXT example.org": ["v=spf1 -all"] });
  try {
    const mail = Buffer.from("From: ann@example.org\n\nhello\n");
    const scanner = openAuth(dns.address);
    // It loads its library with the first message, of whatever domain.
    await scanWith(scanner, mail, { sender: "bob@other.example" });
    const report = await withoutDescriptors(() => scanWith(scanner, mail));
    expect(said(report).findings).toContain("spf-temperror");
    expect(said(await scanWith(scanner, mail)).findings).toContain("spf-fail");
  } finally {
    await dns.close();
  }
});
