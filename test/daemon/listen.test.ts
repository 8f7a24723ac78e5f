import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listen } from "../../src/daemon/listen.ts";

let folder = "";
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qsift-listen-"));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The socket file of a process that was killed. */
function stale(path: string): void {
  spawnSync(process.execPath, [
    "-e",
    `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`,
  ]);
  expect(statSync(path).isSocket()).toBe(true);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

test("of two that start at once over a stale socket one listens, and the other does not take it away", async () => {
  const path = join(folder, "s");
  stale(path);
  const start = (): Promise<Server> =>
    listen({ path, mode: 0o600, group: null, serve: (one) => one.destroy() });
  const started = await Promise.allSettled([start(), start()]);
  for (const each of started)
    if (each.status === "fulfilled") servers.push(each.value);
  expect(started.map(({ status }) => status).sort()).toEqual([
    "fulfilled",
    "rejected",
  ]);
  expect(await answers(path)).toBe(true);
});
