// The guarantees of docs/architecture.md, with the nth operation failing for
// n = 1, 2, 3 ... until a run goes through without a fault; and with the door
// killed at random moments.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";

import { undoEdits } from "../../src/mime/edits.ts";
import {
  envelopeOf,
  makeFolder,
  offline,
  outcomes,
  programs,
  removeFolder,
  runDoor,
  type DoorResult,
  type DoorRun,
} from "./door.ts";
import { deliveredTo, eicarMail, plainMail } from "./samples.ts";

const root = join(import.meta.dirname, "..", "..");
const preload = join(root, "test", "fakes", "fail-nth.mjs");

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

/** A launcher like the door's, with the fault injector in front. */
function faultyDoor(folder: string): string {
  const path = join(folder, "door");
  writeFileSync(
    path,
    `#!/bin/sh\nexec "${process.execPath}" --import "${preload}" "${join(root, "dist/qmail-scanner-queue.cjs")}"\n`,
    { mode: 0o755 },
  );
  return path;
}

interface Faulty {
  readonly result: DoorResult;
  /** The operation that failed; null: the run had fewer. */
  readonly failed: string | null;
}

async function runWithFault(n: number, options: DoorRun): Promise<Faulty> {
  const folder = makeFolder();
  folders.push(folder);
  const mark = join(folder, "mark");
  const tmp = join(folder, "tmp");
  mkdirSync(tmp);
  const result = await runDoor({
    ...options,
    folder,
    program: faultyDoor(folder),
    env: {
      ...options.env,
      FAIL_NTH: String(n),
      FAIL_MARK: mark,
      QSIFT_TMP: tmp,
    },
  });
  expect(readdirSync(tmp)).toEqual([]);
  return {
    result,
    failed: existsSync(mark) ? readFileSync(mark, "utf8") : null,
  };
}

/** Runs with n = 1, 2, 3 ... and checks each; returns how many operations there were. */
async function everyFault(
  options: DoorRun,
  check: (faulty: Faulty) => void,
): Promise<number> {
  for (let n = 1; n < 500; n++) {
    const faulty = await runWithFault(n, options);
    check(faulty);
    if (faulty.failed === null) return n - 1;
    for (const folder of folders.splice(0)) removeFolder(folder);
  }
  throw new Error("no run without a fault within 500");
}

function isTemporary(code: number | null): boolean {
  return (
    code !== null && code !== 0 && !(code >= 11 && code <= 40) && code !== 115
  );
}

/** Complete entries of the quarantine, as qsift sees them: new/ of every folder. */
function heldIn(folder: string): string[] {
  const path = join(folder, "quarantine");
  if (!existsSync(path)) return [];
  return readdirSync(path).flatMap((name) => {
    const fresh = join(path, name, "new");
    return existsSync(fresh)
      ? readdirSync(fresh).map((file) =>
          readFileSync(join(fresh, file), "latin1"),
        )
      : [];
  });
}

const recipients = ["b@example.test", "c@example.test"];
const envelope = envelopeOf("a@example.org", recipients);

describe("with the nth operation failing", () => {
  test("a message that passes is queued whole, or the failure is temporary", async () => {
    const count = await everyFault(
      { message: plainMail, envelope },
      ({ result, failed }) => {
        const complete = result.queued.filter(
          (queued) => queued.envelope === envelope,
        );
        for (const queued of complete)
          expect(
            Buffer.from(undoEdits(queued.message) ?? "").toString("latin1"),
          ).toBe(plainMail);
        if (result.code === 0)
          expect(complete, failed ?? "no fault").toHaveLength(1);
        else
          expect(
            isTemporary(result.code),
            `${failed ?? ""}: exit ${result.code ?? "?"}`,
          ).toBe(true);
        expect(outcomes(result).length).toBeLessThanOrEqual(1);
      },
    );
    expect(count).toBeGreaterThan(5);
  }, 240_000);

  test("a message in an unnamed file is queued whole, or the failure is temporary", async () => {
    const message = `Subject: x\n\n${"0123456789\n".repeat(20_000)}`;
    const config = `${offline}[limits]\nmemory_message_bytes = 65536\n`;
    await everyFault({ message, envelope, config }, ({ result, failed }) => {
      const complete = result.queued.filter(
        (queued) => queued.envelope === envelope,
      );
      for (const queued of complete)
        expect(
          Buffer.from(undoEdits(queued.message) ?? "").toString("latin1") ===
            message,
        ).toBe(true);
      if (result.code === 0)
        expect(complete, failed ?? "no fault").toHaveLength(1);
      else expect(isTemporary(result.code), failed ?? "").toBe(true);
    });
  }, 240_000);

  test("a virus is refused or deferred, never queued", async () => {
    await everyFault(
      { message: eicarMail, envelope, errorFd: 6 },
      ({ result, failed }) => {
        expect(result.queued, failed ?? "").toEqual([]);
        if (failed === null) expect(result.code).toBe(31);
        else
          expect(result.code === 31 || isTemporary(result.code), failed).toBe(
            true,
          );
      },
    );
  }, 240_000);

  test("a message to be held is held whole and durably, or the failure is temporary", async () => {
    const config = `${offline}[[policy]]\nname = "default"\non = { virus = "quarantine" }\n`;
    await everyFault(
      { message: eicarMail, envelope, config },
      ({ result, failed }) => {
        expect(result.queued).toEqual([]);
        const held = heldIn(result.folder);
        for (const entry of held) expect(entry.endsWith(eicarMail)).toBe(true);
        if (result.code === 0)
          expect(held, failed ?? "no fault").toHaveLength(1);
        else expect(isTemporary(result.code), failed ?? "").toBe(true);
      },
    );
  }, 240_000);

  test("of a split message every recipient's copy is queued or held, or the failure is temporary", async () => {
    const config = `${offline}[[policy]]\nname = "b"\nmatch = { recipient = ["b@example.test"] }\n[[policy]]\nname = "default"\n[policy.spam]\ntag = 1.0\n`;
    await everyFault(
      { message: plainMail, envelope, config },
      ({ result, failed }) => {
        const reached = new Set<string>();
        for (const queued of result.queued)
          for (const to of recipients)
            if (queued.envelope === envelopeOf("a@example.org", [to]))
              reached.add(to);
        for (const entry of heldIn(result.folder))
          for (const to of recipients)
            if (new RegExp(`^X-Qsift-Recipient: <${to}>$`, "m").test(entry))
              reached.add(to);
        if (result.code === 0)
          expect([...reached].sort(), failed ?? "no fault").toEqual(recipients);
        else expect(isTemporary(result.code), failed ?? "").toBe(true);
      },
    );
  }, 240_000);
});

describe("a split delivery whose second half fails", () => {
  const config = `${offline}[[policy]]\nname = "b"\nmatch = { recipient = ["b@example.test"] }\n[[policy]]\nname = "default"\n`;
  test.each(["53", "31"])(
    "with exit %s holds the rest in undelivered and exits 0",
    async (code) => {
      const result = await runDoor({
        message: plainMail,
        envelope,
        config,
        env: { FAKE_EXITS: `0 ${code}` },
      });
      folders.push(result.folder);
      expect(result.code).toBe(0);
      expect(outcomes(result)).toMatchObject([{ outcome: "queued" }]);
      expect(
        readdirSync(join(result.folder, "quarantine", "undelivered", "new")),
      ).toHaveLength(1);
    },
  );
  test("because qmail-queue can't be started any more holds the rest and exits 0", async () => {
    const folder = makeFolder();
    folders.push(folder);
    // Its first run puts a file where its folder was: ENOTDIR from then on.
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(
      join(bin, "queue"),
      `#!/bin/sh\n"${programs.fakeQueue}" || exit\nmv "${bin}" "${bin}.gone"; : >"${bin}"\n`,
      { mode: 0o755 },
    );
    const result = await runDoor({
      folder,
      message: plainMail,
      envelope,
      config,
      env: { QSIFT_QUEUE: join(bin, "queue"), PATH: "/usr/bin:/bin" },
    });
    expect(result.code).toBe(0);
    expect(
      readdirSync(join(result.folder, "quarantine", "undelivered", "new")),
    ).toHaveLength(1);
  });
  test("and can't be held either is deferred, and the log says that a duplicate is possible", async () => {
    const result = await runDoor({
      message: plainMail,
      envelope,
      config: `${config}[quarantine]\npath = "/proc/nowhere"\n`,
      env: { FAKE_EXITS: "0 53" },
    });
    folders.push(result.folder);
    expect(result.code).toBe(71);
    expect(outcomes(result)).toMatchObject([
      { outcome: "deferred", duplicate_possible: true },
    ]);
  });
});

describe("told to end while qmail-queue commits", () => {
  test.each(["SIGTERM", "SIGHUP"] as const)(
    "by %s, the door still says what became of the message",
    async (name) => {
      const folder = makeFolder();
      folders.push(folder);
      const result = await runDoor({
        folder,
        message: plainMail,
        env: { FAKE_LINGER: "2", PATH: "/usr/bin:/bin" },
        started: (child) => {
          void untilThere(join(folder, "queue", "1.closed")).then(() =>
            child.kill(name),
          );
        },
      });
      expect([result.code, result.signal]).toEqual([0, null]);
      expect(result.queued).toHaveLength(1);
    },
  );

  async function untilThere(path: string): Promise<void> {
    while (!existsSync(path)) await sleep(20);
    await sleep(200);
  }
});

describe("killed at a random moment while feeding 1.3 MB", () => {
  test("the door leaves no cut message queued", async () => {
    const message = `Subject: x\n\n${"0123456789abcdef\n".repeat(80_000)}`;
    let committed = 0;
    for (let n = 0; n < 30; n++) {
      const folder = makeFolder();
      folders.push(folder);
      const maildir = join(folder, "Maildir");
      await runDoor({
        folder,
        message,
        env: { QSIFT_QUEUE: programs.maildirQueue, QSIFT_MAILDIR: maildir },
        started: (child) => {
          void sleep(100 + n * 15).then(() => child.kill("SIGKILL"));
        },
      });
      // What qmail-queue does with what it got takes a moment more.
      await sleep(200);
      for (const delivered of deliveredTo(maildir)) {
        committed += 1;
        expect(delivered.endsWith(message)).toBe(true);
      }
      removeFolder(folder);
    }
    expect(committed).toBeLessThan(30);
    expect(committed).toBeGreaterThan(0);
  }, 120_000);
});
