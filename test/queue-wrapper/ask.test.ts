// What the door does with a daemon once it has its answer.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formatReply, frame } from "../../src/protocol.ts";
import { askDaemon } from "../../src/queue-wrapper/ask.ts";
import type { Judged } from "../../src/queue-wrapper/judged.ts";

let folder = "";
let server: Server | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qsift-ask-"));
});
afterEach(() => {
  vi.useRealTimers();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const edits = { renamed: [], top: new Uint8Array() };
const split = formatReply({
  answer: {
    kind: "queue",
    deliveries: [
      { recipients: [0], edits },
      { recipients: [1], edits },
    ],
    held: [],
  },
  fields: {},
  cause: null,
});

/** Asks a daemon that answers at once, and then does as `serve` says with what comes. */
async function ask(
  signal: AbortSignal,
  serve: (socket: Socket, said: string) => void,
): Promise<Judged> {
  const path = join(folder, "s");
  const listening = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write(split);
      socket.on("data", (said) => {
        serve(socket, said.toString("latin1"));
      });
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(path, resolve));
  const asked = await askDaemon(
    [{ kind: "unix", path }],
    {
      id: "20261122-101112-0123abcd",
      receivedAt: 0,
      envelope: {
        sender: new Uint8Array(),
        recipients: [Buffer.from("a"), Buffer.from("b")],
      },
      env: {},
    },
    Buffer.from("Subject: x\n\n"),
    60_000,
    signal,
  );
  if (asked.kind !== "judged") throw new Error("nobody there");
  return asked.judged;
}

describe("a delivery that fails after another was made", () => {
  test("is held though the deadline has passed, or its sender's retry would be a duplicate", async () => {
    const deadline = new AbortController();
    const judged = await ask(deadline.signal, (socket, said) => {
      if (said.includes("U")) socket.write(frame("W", Buffer.from("held-id")));
    });
    deadline.abort();
    await expect(
      judged.hold({ recipients: [1], edits }, "deadline reached", 0),
    ).resolves.toBe("held-id");
    judged.ended("queued", 0);
  });

  test("is not waited for without end where the daemon no longer answers", async () => {
    const judged = await ask(new AbortController().signal, () => undefined);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const held = expect(
      judged.hold({ recipients: [1], edits }, "exited 53", 0),
    ).rejects.toThrow(/no answer in 20 s/);
    await vi.advanceTimersByTimeAsync(20_000);
    await held;
  });
});
