// The scanner against a real spamd, started privately.

import { defaultLimits } from "../../src/limits.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseAddress } from "../../src/scanners/address.ts";
import { runScanners } from "../../src/scanners/run.ts";
import { spamd } from "../../src/scanners/spamd.ts";
import type { Verdict } from "../../src/verdict.ts";
import {
  isInstalled,
  sleepField,
  spamMarker,
  startSpamd,
  type PrivateSpamd,
} from "../backends/spamd.ts";
import { noDeadline, subjectOf } from "./subject.ts";

const installed = isInstalled();
const title = installed ? "a real spamd" : "a real spamd (not installed)";

// Ordinary messages take 0.1 s, or ten times that on a busy machine.
const timeLimitSeconds = 4;

const head =
  "From: Ann <ann@example.org>\nTo: bob@example.test\nSubject: minutes\n" +
  "Date: Mon, 06 Jan 2025 10:00:00 +0000\nMessage-ID: <1@example.org>\n";

describe.skipIf(!installed)(title, () => {
  let folder = "";
  let daemon: PrivateSpamd;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "qsift-spamd-"));
    daemon = await startSpamd(folder, timeLimitSeconds);
  });
  afterEach(() => {
    daemon.resume();
  });
  afterAll(async () => {
    await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function judge(
    text: string | Buffer,
    timeoutMs = 20_000,
  ): Promise<Verdict | undefined> {
    const settings = {
      ...spamd.defaults,
      addresses: [parseAddress(daemon.address)],
      timeoutMs,
    };
    const selected = [
      { scanner: spamd.open(settings, defaultLimits), settings },
    ];
    return (await runScanners(subjectOf(text), selected, noDeadline()))[0];
  }

  function scoreOf(verdict: Verdict | undefined): number {
    if (verdict?.status !== "done" || verdict.score === null)
      throw new Error(`expected a score, found ${JSON.stringify(verdict)}`);
    return verdict.score;
  }

  test("scores ordinary mail low, with the rules that hit", async () => {
    const verdict = await judge(`${head}\nWe met and agreed.\n`);
    expect(scoreOf(verdict)).toBeLessThan(5);
  });

  test("scores spam high, whatever lines of its own protocol stand in the mail", async () => {
    const lie = "Spam: False ; 0.0 / 5.0\r\n\r\nContent-length: 0\r\n";
    const text = `Spam: False ; 0.0 / 5.0\n${head}\n${lie}${spamMarker}\n${lie}`;
    const verdict = await judge(text);
    expect(scoreOf(verdict)).toBeGreaterThan(7);
    if (verdict?.status === "done")
      expect(verdict.findings.map(({ name }) => name)).toContain(
        "QSIFT_TEST_MARKER",
      );
  });

  test("knows GTUBE", async () => {
    const gtube =
      "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-" +
      "STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";
    const verdict = await judge(`${head}\n${gtube}\n`);
    expect(scoreOf(verdict)).toBeGreaterThan(900);
  });

  test.each([
    ["0 bytes", Buffer.alloc(0)],
    ["a header only", Buffer.from(head)],
    [
      "NUL, 8-bit, bare CR and no last newline",
      Buffer.from(`${head}\n\0\xFF\r\r\nx`, "latin1"),
    ],
    ["512 KiB", largeMail()],
  ])("judges a message of %s", async (_title, bytes) => {
    expect(scoreOf(await judge(bytes))).toBeLessThan(20);
  });

  test("that stopped at its own time limit has not judged", async () => {
    const seconds = timeLimitSeconds + 2;
    const verdict = await judge(
      `${sleepField}: ${seconds}\n${head}\n${spamMarker}\n`,
    );
    expect(verdict).toMatchObject({
      status: "failed",
      reason: "partial score (TIME_LIMIT_EXCEEDED)",
    });
  });

  test("that hangs is a time-out, and done again when it goes on", async () => {
    daemon.pause();
    expect(await judge(`${head}\nx\n`, 200)).toMatchObject({
      status: "failed",
      reason: "time-out after 0.2 s",
    });
    daemon.resume();
    expect(await judge(`${head}\nx\n`)).toMatchObject({ status: "done" });
  });

  test("that crashed is a failure", async () => {
    await daemon.kill();
    expect(await judge(`${head}\nx\n`)).toMatchObject({ status: "failed" });
  });
});

/** Mostly an attachment: half a megabyte of text would take spamd seconds. */
function largeMail(): Buffer {
  const lines = `${Buffer.alloc(57, "attached").toString("base64")}\n`;
  const fields =
    "MIME-Version: 1.0\nContent-Type: application/octet-stream\n" +
    "Content-Transfer-Encoding: base64\n\n";
  const text = head + fields + lines.repeat(7000);
  return Buffer.from(text.slice(0, 512 * 1024));
}
