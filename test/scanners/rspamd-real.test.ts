// The scanner against a real rspamd, started privately, with a real clamd
// behind its antivirus module.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import type { Mail } from "../../src/mail.ts";
import { parseAddress } from "../../src/scanners/address.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import { rspamd } from "../../src/scanners/rspamd.ts";
import type { LearnAs, OpenScanner } from "../../src/scanners/scanner.ts";
import type { Verdict } from "../../src/verdict.ts";
import * as clamd from "../backends/clamd.ts";
import {
  isInstalled,
  laterMarker,
  password,
  spamMarker,
  startRspamd,
  taskTimeoutS,
  type PrivateRspamd,
} from "../backends/rspamd.ts";
import { noDeadline, subjectOf } from "./subject.ts";

const installed = isInstalled() && clamd.isInstalled();
const title = installed
  ? "a real rspamd"
  : "a real rspamd (not installed, or no clamd)";

const head =
  "From: Ann <ann@example.org>\nTo: bob@example.test\nSubject: minutes\n" +
  "Date: Mon, 06 Jan 2025 10:00:00 +0000\nMessage-ID: <1@example.org>\n\n";

describe.skipIf(!installed)(title, () => {
  let folder = "";
  let daemon: PrivateRspamd;
  let virusDaemon: clamd.PrivateClamd;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "qsift-rspamd-"));
    virusDaemon = await clamd.startClamd(join(folder, "clamd"));
    daemon = await startRspamd(folder, join(folder, "clamd", "clamd.sock"));
  }, 90_000);
  afterEach(() => {
    daemon.resume();
    virusDaemon.resume();
  });
  afterAll(async () => {
    await daemon.stop();
    await virusDaemon.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function open(options: Record<string, unknown> = {}, at = 0): OpenScanner {
    const addresses = [daemon.addresses[at] ?? daemon.addresses[0]];
    return rspamd.open(
      {
        ...rspamd.defaults,
        addresses: addresses.map(parseAddress),
        retries: 0,
        options: {
          ...rspamd.defaults.options,
          task_timeout_s: taskTimeoutS,
          ...options,
        },
      },
      defaultLimits,
    );
  }

  async function judge(
    text: string | Buffer,
    change: Partial<Mail> = {},
    timeoutMs = 20_000,
    at = 0,
  ): Promise<Verdict> {
    const { mail, message } = subjectOf(text);
    const settings = { ...rspamd.defaults, timeoutMs };
    const ready = new ReadyScanner(open({}, at), settings);
    const subject = { mail: { ...mail, ...change }, message };
    return ready.judge(subject, noDeadline());
  }

  function done(verdict: Verdict): Verdict & { status: "done" } {
    if (verdict.status !== "done")
      throw new Error(`expected a report, found ${JSON.stringify(verdict)}`);
    return verdict;
  }

  const namesOf = (verdict: Verdict): string[] =>
    done(verdict).findings.map(({ kind, name }) => `${kind} ${name}`);

  test.each([0, 1])("scores ordinary mail low (address %d)", async (at) => {
    const verdict = done(await judge(`${head}We met.\n`, {}, 20_000, at));
    expect(verdict.score).toBeLessThan(5);
    expect(verdict.version).toMatch(/^rspamd\/\d/);
    expect(verdict.fields).toEqual([
      { name: "X-Qsift-Rspamd-Action", value: "no action" },
    ]);
  });

  test("scores spam high, scaled, with its action", async () => {
    const verdict = done(await judge(`${head}${spamMarker}\n`));
    // 30 of 15, and a little of others.
    expect(verdict.score).toBeGreaterThan(9);
    expect(verdict.score).toBeLessThan(15);
    expect(verdict.fields).toEqual([
      { name: "X-Qsift-Rspamd-Action", value: "reject" },
    ]);
    expect(verdict.findings).toContainEqual({
      source: "rspamd",
      kind: "spam",
      name: "QSIFT_TEST_MARKER",
      part: null,
      score: 10,
    });
  });

  test("knows GTUBE", async () => {
    const gtube =
      "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-" +
      "STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";
    const verdict = await judge(`${head}${gtube}\n`);
    expect(done(verdict).score).toBe(1000);
    expect(namesOf(verdict)).toContain("spam GTUBE");
  });

  test("hears of the envelope and the peer", async () => {
    const { mail } = subjectOf("");
    const to = "To: bob@example.test, cat@x.test";
    const text = head.replace(/^To: .*$/m, to);
    const verdict = await judge(`${text}We met.\n`, {
      peer: {
        ...mail.peer,
        ip: "192.0.2.7",
        helo: "mx.example.org",
      },
      envelope: {
        sender: Buffer.from("other@example.net"),
        recipients: [
          Buffer.from("bob@example.test"),
          Buffer.from("cat@x.test"),
        ],
      },
    });
    const names = namesOf(verdict);
    // Of the sender, the recipients, the address, and the HELO name.
    for (const each of [
      "FORGED_SENDER",
      "TO_MATCH_ENVRCPT_ALL",
      "RDNS_NONE",
      "HFILTER_HELO_NORES_A_OR_MX",
    ])
      expect(names).toContain(`spam ${each}`);
  });

  test("takes very many recipients, with long addresses", async () => {
    const recipient = Buffer.from(`${"x".repeat(256)}@${"y".repeat(250)}.test`);
    const verdict = await judge(`${head}We met.\n`, {
      envelope: {
        sender: new Uint8Array(),
        recipients: Array.from({ length: 2000 }, () => recipient),
      },
    });
    expect(verdict).toMatchObject({ status: "done" });
  });

  test("tells what its virus scanner found", async () => {
    const verdict = await judge(`${head}${clamd.virusMarker}\n`);
    expect(namesOf(verdict)).toContain("virus Test.Marker.UNOFFICIAL");
  });

  test("that wants the message later has not judged", async () => {
    expect(await judge(`${head}${laterMarker}\n`)).toMatchObject({
      status: "failed",
      reason: 'rspamd asks to try again later: "come back later"',
    });
  });

  test("that stopped at its own time-out has not judged, though it does not say so", async () => {
    virusDaemon.pause();
    expect(await judge(`${head}We meet again.\n`)).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/^partial score \(3\.\d+ s/) as string,
    });
  });

  test.each([
    ["0 bytes", Buffer.alloc(0)],
    ["a header only", Buffer.from(head)],
    [
      "NUL, 8-bit, bare CR and no last newline",
      Buffer.from(`${head}\0\xFF\r\r\nx`, "latin1"),
    ],
    ["1 MB", largeMail()],
  ])("judges a message of %s", async (_title, bytes) => {
    expect(done(await judge(bytes)).score).toBeLessThan(20);
  });

  test("learns spam and ham, and the same once more, with the password alone", async () => {
    const password_file = join(folder, "password");
    await writeFile(password_file, `${password}\n`);
    const { controller } = daemon;
    const learner = open({ controller, password_file });
    const message = (id: string): Buffer =>
      Buffer.from(`${head.replace("<1@", `<${id}@`)}cheap pills for friends\n`);
    for (const as of ["spam", "ham"] as const)
      for (let round = 0; round < 2; round += 1)
        await learnPatiently(learner, message(as), as);
    const stranger = open({ controller });
    await expect(
      stranger.learn?.(message("3"), "spam", AbortSignal.timeout(10_000)),
    ).rejects.toThrow(/^not learned: "(401|403) /);
  });

  test("that hangs is a time-out, and done again when it goes on", async () => {
    daemon.pause();
    expect(await judge(`${head}x\n`, {}, 200)).toMatchObject({
      status: "failed",
      reason: "time-out after 0.2 s",
    });
    daemon.resume();
    expect(await judge(`${head}x\n`)).toMatchObject({ status: "done" });
  });

  test("that crashed is a failure", async () => {
    await daemon.kill();
    expect(await judge(`${head}x\n`)).toMatchObject({ status: "failed" });
  });
});

/** The files that it learns into here are at times locked by its other worker; its usual store is redis. */
async function learnPatiently(
  learner: OpenScanner,
  message: Buffer,
  as: LearnAs,
): Promise<void> {
  for (let tries = 1; ; tries += 1)
    try {
      await learner.learn?.(message, as, AbortSignal.timeout(10_000));
      return;
    } catch (error) {
      if (tries === 50 || !String(error).includes("database is locked"))
        throw error;
      await sleep(100);
    }
}

/** Mostly an attachment: of text rspamd would read every word. */
function largeMail(): Buffer {
  const lines = `${Buffer.alloc(57, "attached").toString("base64")}\n`;
  const fields =
    "MIME-Version: 1.0\nContent-Type: application/octet-stream\n" +
    "Content-Transfer-Encoding: base64\n\n";
  return Buffer.from(head.trimEnd() + "\n" + fields + lines.repeat(14_000));
}
