// Doors that ask the daemon: what they deliver, and what becomes of the mail
// when the daemon is not there, too busy, of another version, or dies.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { formatAddress } from "../../src/scanners/address.ts";
import { clamdVersionReply, serveClamd } from "../fakes/scanner-clamd.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { startQsiftDaemon, type DaemonProcess } from "./daemon-process.ts";
import {
  envelopeOf,
  makeFolder,
  offline,
  outcomes,
  removeFolder,
  runDoor,
  type DoorResult,
  type DoorRun,
} from "./door.ts";
import { eicar } from "./samples.ts";

const folders: string[] = [];
const daemons: DaemonProcess[] = [];
const servers: FakeServer[] = [];
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.kill();
  for (const server of servers.splice(0)) await server.stop();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

async function start(config = offline, keys = ""): Promise<DaemonProcess> {
  const folder = makeFolder();
  folders.push(folder);
  const daemon = await startQsiftDaemon(folder, config, keys);
  daemons.push(daemon);
  return daemon;
}

async function run(
  daemon: DaemonProcess | null,
  options: DoorRun = {},
): Promise<DoorResult> {
  // What the door itself would do differently shows who has judged.
  const result = await runDoor({
    config: `${offline}[scanners.builtin]\nenabled = false\n`,
    ...options,
    env: { ...daemon?.env, ...options.env },
  });
  folders.push(result.folder);
  return result;
}

/** A clamd that is told what to do at the end of each stream. */
async function fakeClamd(
  answer: (socket: Socket, number: number) => void,
): Promise<FakeServer> {
  const server = await listen("unix", (socket) => {
    // The server keeps its half open otherwise.
    socket.on("end", () => socket.end());
    serveClamd(socket, (_stream, number) => {
      answer(socket, number);
    });
  });
  servers.push(server);
  return server;
}

const clamdAt = (server: FakeServer, more = ""): string =>
  `${offline.replace("[scanners.clamd]\nenabled = false\n", "")}[scanners.clamd]\naddress = "${formatAddress(server.address)}"\n${more}`;

describe("a door that asks the daemon", () => {
  test("delivers with the daemon's fields, and writes the outcome line itself", async () => {
    const daemon = await start();
    const result = await run(daemon);
    expect(result.code).toBe(0);
    const text = result.queued[0]?.message.toString("latin1") ?? "";
    expect(text).toMatch(/^X-Qsift-Verdict: queue; builtin=done$/m);
    expect(outcomes(result)).toMatchObject([
      {
        outcome: "queued",
        client: "192.0.2.7",
        helo: "mx.example.org",
        scanners: { builtin: "done" },
      },
    ]);
    expect(daemon.log().some(({ event }) => event === "outcome")).toBe(false);
    await expect
      .poll(() => daemon.ask("stats"))
      .toMatchObject({ messages: 1, outcomes: { queued: 1 }, atWork: 0 });
  });

  test("refuses a virus with the daemon's text", async () => {
    const result = await run(await start(), {
      message: `Subject: x\n\n${eicar}\n`,
      errorFd: 6,
    });
    expect(result.code).toBe(82);
    expect(result.errorText).toMatch(/^D.*\(#5\.7\.1\)/);
    expect(result.queued).toEqual([]);
  });

  test("has mail held by the daemon", async () => {
    const daemon = await start(
      `${offline}[[policy]]\nname = "default"\non = { virus = "quarantine" }\n`,
    );
    const result = await run(daemon, { message: `Subject: x\n\n${eicar}\n` });
    expect(result.code).toBe(0);
    expect(outcomes(result)).toMatchObject([{ outcome: "quarantined" }]);
    expect(result.queued).toEqual([]);
    const [folder = ""] = folders;
    expect(existsSync(join(folder, "quarantine"))).toBe(true);
  });

  test.each([0, 1, 70_000, 5_000_000])(
    "keeps every byte of a message of %i bytes",
    async (size) => {
      const message = Buffer.alloc(
        size,
        "Subject: x\n\nall bytes \0\x80\xFF\r ",
      );
      const result = await run(await start(), { message });
      expect(result.code).toBe(0);
      const queued = result.queued[0]?.message ?? Buffer.alloc(0);
      expect(queued.subarray(queued.length - size).equals(message)).toBe(true);
    },
  );

  test("has the rest of a split message held where its delivery fails", async () => {
    const daemon = await start(
      `${offline}[[policy]]\nname = "a"\nmatch = { recipient = ["a.test"] }\n[[policy]]\nname = "b"\nsubject_tag = "x"\n`,
    );
    const result = await run(daemon, {
      envelope: envelopeOf("s@example.org", ["1@a.test", "2@b.test"]),
      env: { FAKE_EXITS: "0 53" },
    });
    expect(result.code).toBe(0);
    expect(result.queued.length).toBe(2);
    const [outcome] = outcomes(result);
    expect(outcome).toMatchObject({ outcome: "queued" });
    expect((outcome?.["held"] as string[]).length).toBe(1);
    const held = join(folders[0] ?? "", "quarantine", "undelivered");
    expect(readdirSync(held, { recursive: true }).length).toBeGreaterThan(0);
  });

  test("is judged by the daemon's own opinion of who may be believed", async () => {
    const folder = makeFolder();
    folders.push(folder);
    const daemon = await startQsiftDaemon(folder, offline, "");
    daemons.push(daemon);
    const result = await run(daemon, { env: { QSIFT_POLICY: "none-such" } });
    expect(result.code).toBe(55);
    expect(outcomes(result)[0]?.["cause"]).toMatch(/none-such/);
  });

  test("is refused a message above limits.message_bytes without sending it", async () => {
    const daemon = await start(`${offline}[limits]\nmessage_bytes = 1000\n`);
    const result = await run(daemon, { message: "x".repeat(5000), errorFd: 6 });
    expect(result.code).toBe(82);
    expect(result.errorText).toMatch(/^Dmessage too large/);
  });
});

describe("where no daemon answers", () => {
  test("a socket that is not there is judged in the door", async () => {
    const result = await run(null, {
      config: offline,
      env: { QSIFT_SOCKET: "/nonexistent/s" },
    });
    expect(result.code).toBe(0);
    expect(outcomes(result)).toMatchObject([{ scanners: { builtin: "done" } }]);
  });

  test("a stale socket is judged in the door, and taken over by the next daemon", async () => {
    const daemon = await start();
    await daemon.kill();
    expect(existsSync(daemon.socket)).toBe(true);
    const result = await run(daemon, { config: offline });
    expect(result.code).toBe(0);
    expect(outcomes(result)).toMatchObject([{ scanners: { builtin: "done" } }]);
    const again = await startQsiftDaemon(join(daemon.socket, ".."), offline);
    daemons.push(again);
    expect((await run(again)).code).toBe(0);
  });

  test("QSIFT_FALLBACK=defer defers, and says what to do", async () => {
    const result = await run(null, {
      env: { QSIFT_SOCKET: "/nonexistent/s", QSIFT_FALLBACK: "defer" },
    });
    expect(result.code).toBe(71);
    expect(outcomes(result)).toMatchObject([
      { cause: expect.stringMatching(/qsift daemon/) as string },
    ]);
  });

  test.each([
    ["QSIFT_FALLBACK", "maybe"],
    ["QSIFT_SOCKET", "relative/path"],
    ["QSIFT_SOCKET", "udp:127.0.0.1:1"],
  ])("%s=%s is a fault of the configuration", async (name, value) => {
    const result = await run(null, { env: { [name]: value } });
    expect(result.code).toBe(55);
    expect(outcomes(result)[0]?.["cause"]).toMatch(new RegExp(name));
  });

  test.each<[string, (socket: Socket) => void, RegExp]>([
    ["closes at once", (socket) => socket.destroy(), /closed|ECONNRESET|EPIPE/],
    [
      "answers nonsense",
      (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
      /length of a frame|netstring/,
    ],
    ["is of another version", (socket) => socket.end("8:Xanother,"), /refuses/],
    ["is busy", (socket) => socket.end("5:Bfull,"), /busy: full/],
    [
      "says go and dies",
      (socket) => {
        socket.write("1:G,");
        socket.once("data", () => setTimeout(() => socket.destroy(), 50));
      },
      /closed|ECONNRESET|EPIPE/,
    ],
    [
      "answers to queue nothing",
      (socket) =>
        socket.end('29:L{"fields":{},"cause":null},' + "8:Aqueue\x000,"),
      /found|frame|queue nothing|length/,
    ],
  ])("a daemon that %s defers", async (_title, serve, cause) => {
    const server = await listen("unix", serve);
    servers.push(server);
    const result = await run(null, {
      config: offline,
      env: { QSIFT_SOCKET: formatAddress(server.address) },
    });
    expect(result.code).toBe(71);
    expect(result.queued).toEqual([]);
    expect(outcomes(result)).toMatchObject([
      { cause: expect.stringMatching(cause) as string },
    ]);
  });

  test("a daemon that never answers is given up at the deadline", async () => {
    const server = await listen("unix", () => undefined);
    servers.push(server);
    const result = await run(null, {
      env: {
        QSIFT_SOCKET: formatAddress(server.address),
        QSIFT_DEADLINE_S: "1",
      },
    });
    expect([52, 71]).toContain(result.code);
    expect(result.queued).toEqual([]);
  });
});

describe("the daemon", () => {
  test("that is killed while it judges defers its mail", async () => {
    const clamd = await fakeClamd(() => undefined);
    const daemon = await start(clamdAt(clamd));
    const running = run(daemon);
    await expect.poll(() => clamd.open()).toBe(1);
    await daemon.kill();
    const result = await running;
    expect(result.code).toBe(71);
    expect(result.queued).toEqual([]);
  });

  test("that is told to stop finishes what it has, and ends with 0", async () => {
    let isOpen = false;
    const waiting: (() => void)[] = [];
    const clamd = await fakeClamd((socket, number) => {
      const version = number === 2 ? clamdVersionReply : "";
      const reply = (): boolean =>
        socket.write(`${version}${number}: stream: OK\0`);
      if (isOpen) reply();
      else waiting.push(reply);
    });
    const daemon = await start(clamdAt(clamd));
    const running = run(daemon);
    await expect.poll(() => clamd.open()).toBe(1);
    await sleep(100);
    const stopped = daemon.stop();
    await expect
      .poll(() => daemon.log().some(({ event }) => event === "stopping"))
      .toBe(true);
    // No new mail, and the old one goes its way.
    expect(existsSync(daemon.socket)).toBe(false);
    isOpen = true;
    for (const reply of waiting) reply();
    expect(outcomes(await running)).toMatchObject([{ outcome: "queued" }]);
    expect(await stopped).toBe(0);
  });

  test("ends a scan within 100 ms when its door is killed", async () => {
    const clamd = await fakeClamd(() => undefined);
    const daemon = await start(clamdAt(clamd));
    const running = run(daemon, {
      started: (child) => {
        void expect
          .poll(() => clamd.open(), { timeout: 10_000 })
          .toBe(1)
          .then(() => child.kill("SIGKILL"));
      },
    });
    expect((await running).signal).toBe("SIGKILL");
    const killedAt = performance.now();
    await expect
      .poll(() => clamd.open(), { interval: 5, timeout: 5000 })
      .toBe(0);
    expect(performance.now() - killedAt).toBeLessThan(100);
  });

  test("turns mail away where too much is under way", async () => {
    const clamd = await fakeClamd(() => undefined);
    const daemon = await start(
      clamdAt(clamd, "timeout_s = 3\n"),
      "max_messages = 1\nmax_waiting = 1\n",
    );
    const first = run(daemon, { message: "Subject: 1\n\n" });
    await expect.poll(() => clamd.open()).toBe(1);
    const second = run(daemon, { message: "Subject: 2\n\n" });
    await expect.poll(() => daemon.ask("stats")).toMatchObject({ waiting: 1 });
    const third = await run(daemon, { message: "Subject: 3\n\n" });
    expect(third.code).toBe(71);
    expect(outcomes(third)[0]?.["cause"]).toMatch(/daemon busy: 1 messages/);
    expect(
      (await Promise.all([first, second])).map(({ code }) => code),
    ).toEqual([71, 71]);
  });

  test("asks clamd once about copies that come at once while it hangs", async () => {
    const clamd = await fakeClamd(() => undefined);
    const daemon = await start(clamdAt(clamd, "timeout_s = 5\nretries = 0\n"));
    const doors = Array.from({ length: 12 }, () => run(daemon));
    await expect
      .poll(() => daemon.ask("stats"), { timeout: 20_000 })
      .toMatchObject({ atWork: 12 });
    expect(clamd.open()).toBe(1);
    const codes = (await Promise.all(doors)).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set([71]));
  });

  test("says what is wrong with its configuration, and with its sockets", async () => {
    await expect(start("nonsense = 1\n")).rejects.toThrow(/unknown key/);
    await expect(
      start(offline, 'socket_group = "no-such-group"\n'),
    ).rejects.toThrow(/no group "no-such-group"/);
    const daemon = await start();
    await expect(
      startQsiftDaemon(join(daemon.socket, ".."), offline),
    ).rejects.toThrow(/another daemon listens/);
    const folder = makeFolder();
    folders.push(folder);
    mkdirSync(join(folder, "quarantine"));
    writeFileSync(join(folder, "s"), "");
    await expect(startQsiftDaemon(folder, offline)).rejects.toThrow(
      /is no socket/,
    );
  });
});
