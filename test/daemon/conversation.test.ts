// What a door may keep of the daemon, and for how long.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readConfig } from "../../src/config.ts";
import { converse, type Service } from "../../src/daemon/conversation.ts";
import { Counts } from "../../src/daemon/counts.ts";
import { Gate } from "../../src/daemon/gate.ts";
import { listen } from "../../src/daemon/listen.ts";
import { FrameSource } from "../../src/frame-source.ts";
import { formatFacts, frame, protocolVersion } from "../../src/protocol.ts";
import { offline } from "../end-to-end/door.ts";

let folder = "";
let server: Server | null = null;
const doors: Socket[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qsift-conversation-"));
});
afterEach(() => {
  vi.useRealTimers();
  for (const door of doors.splice(0)) door.destroy();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const message = Buffer.from("Subject: x\n\nhello\n");
const quiet = () => undefined;

/** A daemon with one policy for a.test and one for all others. */
async function start(): Promise<Service> {
  const file = join(folder, "qsift.toml");
  mkdirSync(join(folder, "quarantine"));
  writeFileSync(
    file,
    `${offline}[quarantine]\npath = "${join(folder, "quarantine")}"\n[[policy]]\nname = "a"\nmatch = { recipient = ["a.test"] }\n[[policy]]\nname = "b"\n`,
  );
  const config = await readConfig({
    file,
    builtinRules: join(folder, "quarantine"),
  });
  const service: Service = {
    config,
    log: { info: quiet, warn: quiet, error: quiet },
    gate: new Gate(config.daemon),
    counts: new Counts(),
  };
  server = await listen({
    path: join(folder, "s"),
    mode: 0o600,
    group: null,
    serve: (socket) => void converse(socket, service),
  });
  return service;
}

/** A door that has said all but its message, and was told to send it. */
async function door(recipients: readonly string[], deadlineMs = 60_000) {
  const socket = connect({ path: join(folder, "s") });
  doors.push(socket);
  socket.on("error", quiet);
  const frames = new FrameSource(socket);
  socket.write(
    Buffer.concat([
      frame("V", Buffer.from(protocolVersion)),
      frame(
        "E",
        formatFacts({
          id: "20261122-101112-0123abcd",
          receivedAt: 0,
          uid: 1,
          user: null,
          messageBytes: message.length,
          deadlineMs,
          env: {},
        }),
      ),
      frame(
        "S",
        Buffer.from(
          `Fs@example.org\0${recipients.map((to) => `T${to}\0`).join("")}\0`,
        ),
      ),
    ]),
  );
  expect((await frames.next(100))?.type).toBe("G");
  return { socket, frames };
}

async function typesOf(frames: FrameSource, count: number): Promise<string> {
  let types = "";
  while (types.length < count)
    types += (await frames.next(100_000))?.type ?? "-";
  return types;
}

describe("what is kept for a door counts at the gate", () => {
  test("until it has said how it ended, where a delivery may still have to be held", async () => {
    const { gate } = await start();
    const { socket, frames } = await door(["1@a.test", "2@b.test"]);
    socket.write(frame("D", message));
    expect(await typesOf(frames, 4)).toBe("LAYY");
    expect(gate.state).toMatchObject({
      atWork: 1,
      bytesAtWork: message.length,
    });
    socket.write(frame("O", Buffer.from("queued 0")));
    await expect.poll(() => gate.state.atWork).toBe(0);
  });

  test("until it has gone", async () => {
    const { gate } = await start();
    const { socket, frames } = await door(["1@a.test", "2@b.test"]);
    socket.write(frame("D", message));
    expect(await typesOf(frames, 4)).toBe("LAYY");
    socket.destroy();
    await expect.poll(() => gate.state.atWork).toBe(0);
  });

  test("no longer than its answer, where there is one delivery", async () => {
    const { gate } = await start();
    const { socket, frames } = await door(["1@a.test"]);
    socket.write(frame("D", message));
    expect(await typesOf(frames, 3)).toBe("LAY");
    await expect.poll(() => gate.state.atWork).toBe(0);
  });
});

describe("a door that was told to send, and does not", () => {
  test.each([60_000, 999_999_999_999_999])(
    "is left after half a minute, whatever time it claims to have (%i ms)",
    async (deadlineMs) => {
      const { gate } = await start();
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const { frames } = await door(["1@a.test"], deadlineMs);
      await vi.advanceTimersByTimeAsync(29_000);
      expect(gate.state.atWork).toBe(1);
      await vi.advanceTimersByTimeAsync(1000);
      expect(await frames.next(100)).toBeNull();
      vi.useRealTimers();
      await expect.poll(() => gate.state.atWork).toBe(0);
    },
  );
});
