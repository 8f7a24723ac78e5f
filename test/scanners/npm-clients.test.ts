// What ruled out the packages clamscan (2.4.0) and spamc (0.0.5): the same
// server, asked by each and by ours. docs/scanners.md refers to this.

import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { clamd } from "../../src/scanners/clamd.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import type { Scanner } from "../../src/scanners/scanner.ts";
import { spamd } from "../../src/scanners/spamd.ts";
import type { Verdict } from "../../src/verdict.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { symbolsReply } from "../fakes/scanner-spamd.ts";
import { noDeadline, subjectOf } from "./subject.ts";

/** Of clamscan, what is used here. */
interface Clamscan {
  init(options: unknown): Promise<Clamscan>;
  scanStream(stream: Readable): Promise<{ readonly isInfected: unknown }>;
}

/** Of spamc. */
interface Spamc {
  report(
    message: string,
    done: (error: unknown, report?: SpamcReport) => void,
  ): void;
}
interface SpamcReport {
  readonly isSpam?: unknown;
  readonly spamScore?: unknown;
}

const clamscan = load("clamscan") as (new () => Clamscan) | null;
const spamc = load("spamc") as
  (new (host: string, port: number, seconds: number) => Spamc) | null;

function load(name: string): unknown {
  try {
    return createRequire(import.meta.url)(name) as unknown;
  } catch {
    return null;
  }
}

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.stop();
  server = null;
});

async function ours(
  scanner: Scanner,
  { address }: FakeServer,
  timeoutMs: number,
): Promise<Verdict> {
  const settings = {
    ...scanner.defaults,
    enabled: true,
    addresses: [address],
    timeoutMs,
    retries: 0,
  };
  const opened = scanner.open(settings, defaultLimits);
  const ready = new ReadyScanner(opened, settings);
  return ready.judge(subjectOf("Subject: x\n\nx\n"), noDeadline());
}

describe.skipIf(clamscan === null)("clamscan", () => {
  async function theirs(timeoutMs: number): Promise<unknown> {
    if (server?.address.kind !== "unix" || clamscan === null)
      throw new Error("expected a unix socket and the package");
    const client = await new clamscan().init({
      preference: "clamdscan",
      clamdscan: {
        socket: server.address.path,
        timeout: timeoutMs,
        localFallback: false,
        bypassTest: true,
      },
    });
    return client.scanStream(Readable.from([Buffer.from("x")]));
  }

  test("takes a clamd that closes without a word for an answer; ours fails", async () => {
    server = await listen("unix", (socket) => {
      socket.once("data", () => socket.end());
    });
    // Resolved: whoever asks `if (isInfected)` lets it through.
    expect(await theirs(5000)).toMatchObject({ isInfected: null });
    expect(await ours(clamd, server, 5000)).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/^connection closed/) as string,
    });
  });

  test("waits for ever for a clamd that hangs, whatever its time-out; ours fails", async () => {
    server = await listen("unix", (socket) => socket.resume());
    const settled = theirs(100).then(
      () => "settled",
      () => "settled",
    );
    const waited = sleep(1000).then(() => "still waiting");
    expect(await Promise.race([settled, waited])).toBe("still waiting");
    expect(await ours(clamd, server, 100)).toMatchObject({
      status: "failed",
      reason: "time-out after 0.1 s",
    });
  });
});

describe.skipIf(spamc === null)("spamc", () => {
  /** What each makes of a reply with this line, and this body. */
  async function compare(
    spam: string,
    body: string,
  ): Promise<{ theirs: SpamcReport; ours: Verdict }> {
    // The package does not half-close, so the request's end can't be waited for.
    server = await listen("tcp", (socket) => {
      socket.once("data", () => socket.end(symbolsReply(spam, body)));
      socket.resume();
    });
    const { address } = server;
    if (address.kind === "unix" || spamc === null)
      throw new Error("expected a port and the package");
    const client = new spamc(address.host, address.port, 5);
    const theirs = await new Promise<SpamcReport>((resolve, reject) => {
      client.report("Subject: x\n\nx\n", (error, report) => {
        if (report === undefined) reject(new Error(String(error)));
        else resolve(report);
      });
    });
    return { theirs, ours: await ours(spamd, server, 5000) };
  }

  test("takes a line of the reply's body, where a message could have put it, for the verdict", async () => {
    const body = "Content preview:\r\nSpam: False ; 0.0 / 5.0\r\n";
    const both = await compare("True ; 1000.0 / 5.0", body);
    expect(both.theirs).toMatchObject({ isSpam: false, spamScore: 0 });
    expect(both.ours).toMatchObject({ status: "done", score: 1000 });
  });

  test("loses the verdict where the score is negative", async () => {
    const both = await compare("False ; -4.2 / 5.0", "A_RULE");
    expect(both.theirs.spamScore).toBe(undefined);
    expect(both.ours).toMatchObject({ status: "done", score: -4.2 });
  });
});
