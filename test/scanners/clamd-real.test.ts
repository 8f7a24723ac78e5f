// The scanner against a real clamd, started privately.

import { defaultLimits } from "../../src/limits.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseAddress } from "../../src/scanners/address.ts";
import { clamd } from "../../src/scanners/clamd.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import { runScanners } from "../../src/scanners/run.ts";
import type { Subject } from "../../src/scanners/scanner.ts";
import type { Verdict } from "../../src/verdict.ts";
import {
  isInstalled,
  startClamd,
  virusMarker,
  type PrivateClamd,
} from "../backends/clamd.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

const installed = isInstalled();
const title = installed ? "a real clamd" : "a real clamd (not installed)";

describe.skipIf(!installed)(title, () => {
  let folder = "";
  let daemon: PrivateClamd;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "qsift-clamd-"));
    daemon = await startClamd(folder, ["StreamMaxLength 2M"]);
  });
  afterAll(async () => {
    await daemon.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function judge(
    subject: Subject,
    timeoutMs = 20_000,
  ): Promise<Verdict | undefined> {
    const settings = {
      ...clamd.defaults,
      addresses: [parseAddress(daemon.address)],
      timeoutMs,
    };
    const scanner = clamd.open(settings, defaultLimits);
    const selected = [new ReadyScanner(scanner, settings)];
    return (await runScanners(subject, selected, noDeadline()))[0];
  }

  function mail(type: string, content: Buffer): string {
    const lines = content.toString("base64").replace(/.{76}/g, "$&\n");
    return `Subject: test\nMIME-Version: 1.0\nContent-Type: ${type}\nContent-Transfer-Encoding: base64\n\n${lines}\n`;
  }

  test("says nothing about ordinary mail, and names its version", async () => {
    const verdict = await judge(subjectOf("Subject: x\n\nhello\n"));
    expect(verdict).toMatchObject({
      status: "done",
      findings: [],
      version: expect.stringMatching(/^ClamAV /) as string,
    });
  });

  test("takes a message of 0 bytes", async () => {
    expect(await judge(subjectOf(""))).toMatchObject({ status: "done" });
  });

  test("finds a virus within base64", async () => {
    const content = Buffer.from(`MZ ${virusMarker} and more`);
    const text = mail("application/octet-stream", content);
    expect(await judge(subjectOf(text))).toMatchObject({
      status: "done",
      findings: [{ kind: "virus", name: "Test.Marker.UNOFFICIAL", part: null }],
    });
  });

  test("finds in a part what the message does not show it", async () => {
    const parts = [
      partOf(0, Buffer.from("Subject: x\n\nhidden")),
      partOf(1, Buffer.from("harmless")),
      partOf(2, Buffer.from(virusMarker)),
    ];
    const subject = subjectOf("Subject: x\n\nhidden", parts);
    expect(await judge(subject)).toMatchObject({
      status: "done",
      findings: [{ kind: "virus", part: 2 }],
    });
  });

  test("takes 500 parts one after the other", async () => {
    const parts = Array.from({ length: 500 }, (_each, id) =>
      partOf(id, Buffer.from(`part ${id}${id === 499 ? virusMarker : ""}`)),
    );
    const subject = subjectOf("Subject: x\n\n", parts);
    expect(await judge(subject)).toMatchObject({
      findings: [{ kind: "virus", part: 499 }],
    });
  });

  test("an encrypted archive is a finding of kind encrypted", async () => {
    const text = mail("application/zip", encryptedZip());
    expect(await judge(subjectOf(text))).toMatchObject({
      findings: [{ kind: "encrypted", name: "Heuristics.Encrypted.Zip" }],
    });
  });

  test("a message over its StreamMaxLength fails and says so, every time", async () => {
    const subject = subjectOf(Buffer.alloc(5_000_000, "x"));
    for (let run = 0; run < 10; run += 1)
      expect(await judge(subject)).toMatchObject({
        status: "failed",
        reason:
          "stream of 5000000 bytes is over clamd's StreamMaxLength: raise it, or set max_bytes of [scanners.clamd] to it",
      });
  });

  test("50 messages at once are all judged right", async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_each, index) =>
        judge(subjectOf(`${index}\n\n${index % 2 ? virusMarker : "clean"}`)),
      ),
    );
    for (const [index, verdict] of verdicts.entries())
      expect(verdict).toMatchObject({
        status: "done",
        findings: index % 2 ? [{ kind: "virus" }] : [],
      });
  });

  describe("in trouble", () => {
    afterEach(() => {
      daemon.resume();
    });

    test("that hangs is a time-out, and done again when it goes on", async () => {
      const subject = subjectOf("Subject: x\n\nhello\n");
      daemon.pause();
      expect(await judge(subject, 200)).toMatchObject({
        status: "failed",
        reason: "time-out after 0.2 s",
      });
      daemon.resume();
      expect(await judge(subject)).toMatchObject({ status: "done" });
    });

    test("that crashed is a failure, and done again after a restart", async () => {
      const subject = subjectOf("Subject: x\n\nhello\n");
      await daemon.kill();
      expect(await judge(subject)).toMatchObject({ status: "failed" });
      daemon = await startClamd(folder, ["StreamMaxLength 2M"]);
      expect(await judge(subject)).toMatchObject({ status: "done" });
    });
  });
});

/** A zip with one stored entry that says of itself that it is encrypted. */
function encryptedZip(): Buffer {
  const name = Buffer.from("a.bin");
  const data = Buffer.alloc(40, 0xa5);
  // APPNOTE 4.3.7 and 4.3.12: version, flags (bit 0: encrypted), method, time,
  // date, crc, sizes, lengths.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(1, 2);
  common.writeUInt32LE(0x12345678, 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(data.length - 12, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, name, data]);
  const central = Buffer.concat([
    Buffer.from("PK\x01\x02\x14\0"),
    common,
    Buffer.alloc(14),
    name,
  ]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
