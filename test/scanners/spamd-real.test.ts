// The scanner against a real spamd, started privately.

import { defaultLimits } from "../../src/limits.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseAddress } from "../../src/scanners/address.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import { runScanners } from "../../src/scanners/run.ts";
import type {
  OpenScanner,
  ScannerSettings,
} from "../../src/scanners/scanner.ts";
import { spamd } from "../../src/scanners/spamd.ts";
import type { Verdict } from "../../src/verdict.ts";
import {
  isInstalled,
  makeCertificate,
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
  let certificate: ReturnType<typeof makeCertificate> = null;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "qsift-spamd-"));
    certificate = makeCertificate(folder);
    daemon = await startSpamd(folder, {
      timeLimitSeconds,
      learns: true,
      ...(certificate && { tls: certificate }),
    });
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
    given: Partial<ScannerSettings> = {},
  ): Promise<Verdict | undefined> {
    const settings = {
      ...spamd.defaults,
      addresses: [parseAddress(daemon.address)],
      timeoutMs,
      ...given,
    };
    const selected = [
      new ReadyScanner(spamd.open(settings, defaultLimits), settings),
    ];
    return (await runScanners(subjectOf(text), selected, noDeadline()))[0];
  }

  function openWith(options: Record<string, unknown>): OpenScanner {
    const addresses = [parseAddress(daemon.address)];
    return spamd.open({ ...spamd.defaults, addresses, options }, defaultLimits);
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

  test("takes messages compressed, and with a user", async () => {
    const options = { compress: true, user: "recipient", default_user: "bob" };
    const mail = `${head}\n${spamMarker}\n`;
    const verdict = await judge(mail, 20_000, { options });
    expect(scoreOf(verdict)).toBeGreaterThan(7);
    expect(verdict).toEqual({
      ...(await judge(mail)),
      ms: expect.anything() as number,
    });
  });

  test("learns, learns again, and learns otherwise", async () => {
    const scanner = openWith({});
    const message = Buffer.from(`${head}\nfour words of text\n`);
    for (const as of ["spam", "spam", "ham", "spam"] as const)
      await scanner.learn?.(message, as, noDeadline());
  });

  test("with no network to report to is a failure, which says so", async () => {
    const message = Buffer.from(`${head}\nreported\n`);
    await expect(
      openWith({}).report?.(message, "spam", noDeadline()),
    ).rejects.toThrow("expected report = true");
    const scanner = openWith({ report: true });
    await expect(
      scanner.report?.(message, "spam", noDeadline()),
    ).rejects.toThrow("expected spamd to say that it is reported");
    await expect(
      scanner.report?.(message, "ham", noDeadline()),
    ).rejects.toThrow("expected spamd to say that it is taken back");
  });

  test("speaks TLS, to who trusts it, and of its own name", async ({
    skip,
  }) => {
    if (certificate === null) skip("openssl is not installed");
    const addresses = [parseAddress(`tcp:127.0.0.1:${daemon.port}`)];
    const tls_ca_file = certificate?.certificate;
    const own = { tls: true, tls_ca_file };
    const mail = Buffer.from(`${head}\n${spamMarker}\n`);
    const trusted = await judge(mail, 20_000, { addresses, options: own });
    expect(scoreOf(trusted)).toBeGreaterThan(7);
    expect(
      scoreOf(await judge(largeMail(), 20_000, { addresses, options: own })),
    ).toBeLessThan(20);
    const stranger = { addresses, options: { tls: true } };
    expect(await judge(mail, 20_000, stranger)).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(
        /^TLS failed with [A-Z_]+ \(tcp:/,
      ) as string,
    });
    const plain = { addresses };
    expect(await judge(mail, 20_000, plain)).toMatchObject({
      status: "failed",
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
