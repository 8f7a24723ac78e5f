// The scanner against a real c-icap, started privately, with a real clamd
// behind its virus_scan service.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { parseAddress } from "../../src/scanners/address.ts";
import { icap } from "../../src/scanners/icap.ts";
import type { OpenScanner, Subject } from "../../src/scanners/scanner.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import type { Verdict } from "../../src/verdict.ts";
import {
  isInstalled,
  startCIcap,
  type PrivateCIcap,
} from "../backends/c-icap.ts";
import * as clamd from "../backends/clamd.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

const installed = (await isInstalled()) && clamd.isInstalled();
const title = installed
  ? "a real c-icap"
  : "a real c-icap (not installed, or no clamd)";

const head = "Subject: x\n\n";
const eicar =
  "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*";

describe.skipIf(!installed)(title, () => {
  let folder = "";
  let daemon: PrivateCIcap;
  let virusDaemon: clamd.PrivateClamd;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "qsift-icap-"));
    virusDaemon = await clamd.startClamd(join(folder, "clamd"));
    daemon = await startCIcap(folder, join(folder, "clamd", "clamd.sock"));
  }, 60_000);
  afterEach(() => {
    daemon.resume();
    virusDaemon.resume();
  });
  afterAll(async () => {
    await daemon.stop();
    await virusDaemon.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function open(service = "/avscan"): OpenScanner {
    return icap.open(
      {
        ...icap.defaults,
        addresses: [parseAddress(daemon.address)],
        retries: 0,
        options: { service },
      },
      defaultLimits,
    );
  }

  function judge(
    subject: Subject,
    service?: string,
    timeoutMs = 20_000,
  ): Promise<Verdict> {
    const settings = { ...icap.defaults, enabled: true, timeoutMs } as const;
    return new ReadyScanner(open(service), settings).judge(
      subject,
      noDeadline(),
    );
  }

  const found = (name: string, part: number | null = null) => ({
    status: "done",
    findings: [{ source: "icap", kind: "virus", name, part, score: null }],
  });
  const clean = { status: "done", findings: [] };

  test("tells its service and the state of its signatures", async () => {
    const { version } = await open().ping(noDeadline());
    expect(version).toMatch(/^C-ICAP\/\S+ server - Antivirus service CI\S+$/);
  });

  test("passes ordinary mail", async () => {
    const verdict = await judge(subjectOf(`${head}We met.\n`));
    expect(verdict).toMatchObject(clean);
    expect(verdict).toMatchObject({
      version: expect.stringMatching(/^C-ICAP\/\S+ CI\S+$/) as string,
    });
  });

  test("finds EICAR in the message, and in a part of its own", async () => {
    expect(await judge(subjectOf(`${head}${eicar}\n`))).toMatchObject(
      found("Test.Eicar.UNOFFICIAL"),
    );
    const bytes = Buffer.from(`${head}hidden\n`);
    const parts = [
      partOf(0, bytes),
      partOf(1, Buffer.from("harmless")),
      partOf(2, Buffer.from(eicar)),
    ];
    expect(await judge(subjectOf(bytes, parts))).toMatchObject(
      found("Test.Eicar.UNOFFICIAL", 2),
    );
  });

  test.each([
    ["0 bytes", Buffer.alloc(0)],
    ["NUL and 8-bit", Buffer.from(`${head}\0\xFF\r\r\nx`, "latin1")],
    ["chunk ends", Buffer.from(`${head}0\r\n\r\n0\r\n\r\n`)],
    ["3 MB", Buffer.alloc(3_000_000, "harmless\n")],
  ])("passes a message of %s", async (_title, bytes) => {
    expect(await judge(subjectOf(bytes))).toMatchObject(clean);
  });

  test("finds what stands at the end of 3 MB", async () => {
    const bytes = Buffer.concat([
      Buffer.alloc(3_000_000, "harmless\n"),
      Buffer.from(clamd.virusMarker),
    ]);
    expect(await judge(subjectOf(bytes))).toMatchObject(
      found("Test.Marker.UNOFFICIAL"),
    );
  });

  test.each(["/echo", "/virus_scan"])(
    "what service %s sends back unchanged, and has not scanned, is a failure",
    async (service) => {
      const bytes = Buffer.concat([
        Buffer.from(`${head}${eicar}`),
        Buffer.alloc(1_500_000),
      ]);
      expect(await judge(subjectOf(bytes), service)).toMatchObject({
        status: "failed",
        reason: expect.stringMatching(
          /^(expected a verdict, found 200 where clean is 204|connection closed or answered before all was sent)/,
        ) as string,
      });
    },
  );

  test("a service that is not there is a failure", async () => {
    expect(await judge(subjectOf("x"), "/nosuch")).toMatchObject({
      status: "failed",
      reason: 'expected a verdict, found ICAP status "404 Service not found"',
    });
    await expect(open("/nosuch").ping(noDeadline())).rejects.toThrow(
      "expected a service that allows RESPMOD and 204",
    );
  });

  test("that hangs is a time-out, and done again when it goes on", async () => {
    daemon.pause();
    expect(await judge(subjectOf("x"), "/avscan", 200)).toMatchObject({
      status: "failed",
      reason: "time-out after 0.2 s",
    });
    daemon.resume();
    expect(await judge(subjectOf("x"))).toMatchObject(clean);
  });

  test("whose clamd is gone is a failure", async () => {
    await virusDaemon.stop();
    expect(await judge(subjectOf("y"))).toMatchObject({
      status: "failed",
      reason: 'expected a verdict, found ICAP status "500 Server error"',
    });
  });

  test("that crashed is a failure", async () => {
    await daemon.kill();
    expect(await judge(subjectOf("x"))).toMatchObject({ status: "failed" });
  });
});
