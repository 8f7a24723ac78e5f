// The door with real clamd and spamd: what is found, and what happens when a
// scanner is stopped, hangs, answers garbage, or is restarted in between.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import * as clamdBackend from "../backends/clamd.ts";
import * as spamdBackend from "../backends/spamd.ts";
import { formatAddress } from "../../src/scanners/address.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import {
  makeFolder,
  outcomes,
  programs,
  removeFolder,
  runDoor,
  type DoorResult,
  type DoorRun,
} from "./door.ts";
import { plainMail } from "./samples.ts";

const folders: string[] = [];
async function run(options: DoorRun): Promise<DoorResult> {
  const result = await runDoor(options);
  folders.push(result.folder);
  return result;
}
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function headerOf(result: DoorResult): string {
  const text = result.queued[0]?.message.toString("latin1") ?? "";
  return text.slice(0, text.indexOf("\n\n") + 1);
}

const installed = clamdBackend.isInstalled() && spamdBackend.isInstalled();

describe.skipIf(!installed)(
  "with real clamd and spamd (needs clamav-daemon and spamd)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "qsift-backends-"));
    let clamd: clamdBackend.PrivateClamd;
    let spamd: spamdBackend.PrivateSpamd;

    beforeAll(async () => {
      // spamd's own user has to reach its files.
      chmodSync(folder, 0o755);
      [clamd, spamd] = await Promise.all([
        clamdBackend.startClamd(join(folder, "clamd")),
        spamdBackend.startSpamd(join(folder, "spamd")),
      ]);
    });
    afterAll(async () => {
      await Promise.all([clamd.stop(), spamd.stop()]);
      rmSync(folder, { recursive: true, force: true });
    });

    function config(more = ""): string {
      return `[scanners.clamd]\naddress = "${clamd.address}"\ntimeout_s = 2\n${more}[scanners.spamd]\naddress = "${spamd.address}"\ntimeout_s = 20\n`;
    }

    test("both are asked, and the header says so", async () => {
      const result = await run({ config: config(), message: plainMail });
      expect(result.code).toBe(0);
      const header = headerOf(result);
      expect(header).toMatch(
        /^X-Qsift-Verdict: queue; clamd=done; spamd=done/m,
      );
      expect(header).toMatch(
        /^X-Virus-Scanned: by qsift with clamd \(ClamAV 1\./m,
      );
      expect(header).toMatch(/^X-Spam-Flag: NO$/m);
      expect(header).toMatch(
        /^X-Spam-Status: No, score=-?\d+\.\d required=5\.0/m,
      );
    });

    test("a virus that clamd knows is refused", async () => {
      const result = await run({
        config: config(),
        message: `${plainMail}${clamdBackend.virusMarker}\n`,
      });
      expect(result.code).toBe(31);
      expect(outcomes(result)).toMatchObject([
        { outcome: "rejected", decisions: [{ rule: "default/on.virus" }] },
      ]);
    });

    test("spam is tagged by spamd's score, the Subject where it is configured", async () => {
      const message = `${plainMail}${spamdBackend.spamMarker}\n`;
      const result = await run({
        config: `${config()}[[policy]]\nname = "default"\nsubject_tag = "[SPAM] "\n`,
        message,
      });
      expect(result.code).toBe(0);
      const header = headerOf(result);
      expect(header).toMatch(/^X-Spam-Flag: YES$/m);
      expect(header).toMatch(/^X-Spam-Score: \d+\.\d$/m);
      expect(header).toMatch(/^X-Spam-Level: \*{5,}$/m);
      expect(header).toContain("\nSubject: [SPAM] test\n");
      expect(header).toContain("\nX-Received-Subject: test\n");
      expect(header).toContain("QSIFT_TEST_MARKER");
    });

    test("spam at the reject score is refused", async () => {
      const result = await run({
        config: `${config()}[[policy]]\nname = "default"\nspam = { tag = 2.0, reject = 6.0 }\n`,
        message: `${plainMail}${spamdBackend.spamMarker}\n`,
      });
      expect(result.code).toBe(31);
    });

    test("a hanging clamd defers within its time-out, and the log names it", async () => {
      clamd.pause();
      try {
        const result = await run({ config: config(), message: plainMail });
        expect(result.code).toBe(71);
        expect(result.log).toMatchObject([
          {
            event: "scanner_failed",
            scanner: "clamd",
            reason: "time-out after 2 s",
          },
          {
            outcome: "deferred",
            scanners: { clamd: "failed (time-out after 2 s)" },
          },
        ]);
      } finally {
        clamd.resume();
      }
    });

    test("a hanging clamd with on_failure = queue delivers, marked as unscanned", async () => {
      clamd.pause();
      try {
        const result = await run({
          config: config('on_failure = "queue"\n'),
          message: plainMail,
        });
        expect(result.code).toBe(0);
        expect(headerOf(result)).toMatch(
          /^X-Qsift-Verdict: tag; clamd=failed \(time-out after 2 s\); spamd=done/m,
        );
        expect(headerOf(result)).not.toContain("X-Virus-Scanned");
      } finally {
        clamd.resume();
      }
    });

    test("a hanging clamd with on_failure = quarantine holds", async () => {
      clamd.pause();
      try {
        const result = await run({
          config: config('on_failure = "quarantine"\n'),
          message: plainMail,
        });
        expect(result.code).toBe(0);
        expect(outcomes(result)).toMatchObject([{ outcome: "quarantined" }]);
      } finally {
        clamd.resume();
      }
    });

    test("a scanner slower than the deadline is a failure within the deadline", async () => {
      const result = await run({
        config: config(),
        env: { QSIFT_DEADLINE_S: "2" },
        message: `${spamdBackend.sleepField}: 8\n${plainMail}`,
      });
      expect(result.code).toBe(71);
      expect(result.ms).toBeLessThan(4000);
      expect(outcomes(result)).toMatchObject([
        { scanners: { spamd: "failed (deadline)" } },
      ]);
    });

    test("clamd stopped and started again: deferred meanwhile, then scanned", async () => {
      await clamd.stop();
      const stopped = await run({ config: config(), message: plainMail });
      expect(stopped.code).toBe(71);
      expect(stopped.stderr).toContain("clamd");
      clamd = await clamdBackend.startClamd(join(folder, "clamd"));
      const again = await run({ config: config(), message: plainMail });
      expect(again.code).toBe(0);
      expect(headerOf(again)).toContain("clamd=done");
    });

    test("clamd killed leaves a stale socket: that is a failure, not an absence", async () => {
      await clamd.kill();
      try {
        const result = await run({
          config: config('enabled = "auto"\n'),
          message: plainMail,
        });
        expect(result.code).toBe(71);
        expect(result.stderr).toContain("stale socket");
      } finally {
        clamd = await clamdBackend.startClamd(join(folder, "clamd"));
      }
    });
  },
);

/** A door that runs as nobody, whom nothing is believed of. */
function doorOfNobody(folder: string): string {
  for (const path of [folder, join(folder, "queue")]) {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o777);
  }
  const door = join(folder, "as-nobody");
  writeFileSync(
    door,
    `#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups "${programs.typescriptDoor}"\n`,
    { mode: 0o755 },
  );
  return door;
}

describe("with a scanner that answers garbage", () => {
  const servers: FakeServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  async function clamdSaying(reply: string): Promise<string> {
    const server = await listen("unix", (socket) => {
      socket.resume();
      socket.end(reply);
    });
    servers.push(server);
    return formatAddress(server.address);
  }

  test.each([
    ["HTML", "HTTP/1.1 200 OK\r\n\r\n<html>stream: OK</html>"],
    ["half a reply", "stream: O"],
    ["nothing", ""],
  ])("%s, it defers and the log says why", async (_, reply) => {
    const result = await run({
      config: `[scanners.spamd]\nenabled = false\n[scanners.clamd]\naddress = "${await clamdSaying(reply)}"\n`,
      message: plainMail,
    });
    expect(result.code).toBe(71);
    expect(result.log).toMatchObject([
      { event: "scanner_failed", scanner: "clamd" },
      { outcome: "deferred" },
    ]);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "behind a socket that it may not open, it defers and says so (needs root)",
    async () => {
      const address = await clamdSaying("");
      chmodSync(address.slice("unix:".length), 0o600);
      chmodSync(join(address.slice("unix:".length), ".."), 0o755);
      const folder = makeFolder();
      const result = await run({
        folder,
        program: doorOfNobody(folder),
        env: { PATH: "/usr/bin:/bin" },
        config: `[scanners.spamd]\nenabled = false\n[scanners.clamd]\nenabled = "auto"\naddress = "${address}"\n`,
        message: plainMail,
      });
      expect(result.code).toBe(71);
      expect(result.stderr).toMatch(/permission/i);
    },
  );
});
