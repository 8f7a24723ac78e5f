// `qsift daemon` with the real clamd, spamd, rspamd, pyzord and razor-check, and
// a stand-in for dccifd: all are asked about a message, and those that die lead to what the
// configuration says.

import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { formatAddress } from "../../src/scanners/address.ts";
import * as clamd from "../backends/clamd.ts";
import type { Daemon } from "../backends/daemon.ts";
import * as pyzord from "../backends/pyzord.ts";
import * as rspamd from "../backends/rspamd.ts";
import * as spamd from "../backends/spamd.ts";
import { dccReply, serveDccifd } from "../fakes/scanner-dccifd.ts";
import { startRazor, type FakeRazor } from "../fakes/scanner-razor-server.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { startQsiftDaemon, type DaemonProcess } from "./daemon-process.ts";
import {
  makeFolder,
  offline,
  outcomes,
  removeFolder,
  runDoor,
  type DoorResult,
} from "./door.ts";
import { eicar, plainMail } from "./samples.ts";

const installed =
  [clamd, spamd, rspamd, pyzord].every((each) => each.isInstalled()) &&
  existsSync("/usr/bin/razor-check");
const title = installed
  ? "with all real scanners"
  : "with all real scanners (needs clamav-daemon, spamd, rspamd, pyzor with python3-gdbm, razor)";

// Long enough to be counted by pyzor and razor.
const mail = `${plainMail}${"This line says something that can be counted.\n".repeat(8)}`;

describe.skipIf(!installed)(title, () => {
  const folder = makeFolder();
  const folders: string[] = [];
  const backends = new Map<string, Daemon>();
  const servers: (FakeRazor | FakeServer)[] = [];
  let daemon: DaemonProcess;

  beforeAll(async () => {
    // spamd's own user has to reach its files.
    chmodSync(folder, 0o755);
    const below = (name: string): string => {
      mkdirSync(join(folder, name));
      return join(folder, name);
    };
    const virus = clamd.startClamd(below("clamd"));
    const socket = join(folder, "clamd", "clamd.sock");
    const [clam, spam, second, counts, razor, dccifd] = await Promise.all([
      virus,
      spamd.startSpamd(below("spamd")),
      virus.then(() => rspamd.startRspamd(below("rspamd"), socket)),
      pyzord.startPyzord(below("pyzor")),
      startRazor(below("razor")),
      listen("unix", (socket) => {
        serveDccifd(socket, ({ recipients }) =>
          socket.end(dccReply("Body=1", recipients.length)),
        );
      }),
    ]);
    backends
      .set("clamd", clam)
      .set("spamd", spam)
      .set("rspamd", second)
      .set("pyzor", counts);
    servers.push(razor, dccifd);
    daemon = await startQsiftDaemon(
      below("qsift"),
      [
        `[scanners.clamd]\naddress = "${clam.address}"\n`,
        `[scanners.spamd]\naddress = "${spam.address}"\non_failure = "quarantine"\n`,
        `[scanners.rspamd]\naddress = "${second.addresses[0]}"\n`,
        `[scanners.pyzor]\nenabled = true\naddress = "${formatAddress(counts.address)}"\non_failure = "queue"\n`,
        `[scanners.razor]\nenabled = true\nhome = "${razor.home}"\n`,
        `[scanners.dcc]\naddress = "${formatAddress(dccifd.address)}"\n`,
        // It knows EICAR too.
        "[scanners.builtin]\nenabled = false\n",
      ].join(""),
    );
  });
  afterAll(async () => {
    await daemon.kill();
    for (const backend of backends.values()) await backend.stop();
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    for (const each of folders.splice(0)) removeFolder(each);
  });

  async function run(message: string): Promise<DoorResult> {
    const result = await runDoor({ config: offline, message, env: daemon.env });
    folders.push(result.folder);
    return result;
  }

  async function kill(name: string): Promise<void> {
    await backends.get(name)?.kill();
  }

  const verdictOf = (result: DoorResult): string =>
    /^X-Qsift-Verdict: .*$/m.exec(
      result.queued[0]?.message.toString("latin1") ?? "",
    )?.[0] ?? "";

  test("all are done with ordinary mail", async () => {
    const result = await run(mail);
    expect(result.code).toBe(0);
    expect(verdictOf(result)).toBe(
      "X-Qsift-Verdict: queue; clamd=done; spamd=done; rspamd=done; razor=done; pyzor=done; dcc=done",
    );
  });

  test("a virus is refused", async () => {
    const result = await run(`${mail}${eicar}\n`);
    expect(result.code).toBe(31);
    expect(outcomes(result)).toMatchObject([
      { outcome: "rejected", decisions: [{ rule: "default/on.virus" }] },
    ]);
  });

  test("each that is killed leads to its own on_failure, of which the strongest counts", async () => {
    await kill("pyzor");
    const tagged = await run(mail);
    expect(tagged.code).toBe(0);
    expect(verdictOf(tagged)).toMatch(
      /^X-Qsift-Verdict: tag; clamd=done; spamd=done; rspamd=done; razor=done; pyzor=failed \(port closed/,
    );

    await kill("clamd");
    const deferred = await run(mail);
    expect(deferred.code).toBe(71);
    expect(outcomes(deferred)).toMatchObject([
      {
        outcome: "deferred",
        scanners: {
          clamd: expect.stringMatching(/stale socket/) as string,
          // Its antivirus module asks the same clamd.
          rspamd: expect.stringMatching(/virus scanner failed/) as string,
          spamd: "done",
        },
      },
    ]);

    await kill("spamd");
    const held = await run(mail);
    expect(held.code).toBe(0);
    expect(held.queued).toEqual([]);
    expect(outcomes(held)).toMatchObject([
      {
        outcome: "quarantined",
        scanners: {
          spamd: expect.stringMatching(/stale socket/) as string,
        },
      },
    ]);
  });
});
