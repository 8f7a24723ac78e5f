import { chmodSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

import { askDaemon } from "../../src/cli/ask-daemon.ts";
import { control } from "../../src/daemon/control.ts";
import { Counts } from "../../src/daemon/counts.ts";
import { Gate } from "../../src/daemon/gate.ts";
import { openLog } from "../../src/log.ts";
import { configWith } from "./fake-scanner.ts";

const folder = mkdtempSync(join(tmpdir(), "qsift-control-"));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A control socket that answers each line so. */
async function daemon(
  name: string,
  answer: (request: string, socket: Socket) => void,
): Promise<string> {
  const path = join(folder, name);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let request = "";
    socket.setEncoding("utf8").on("error", () => undefined);
    socket.on("data", (chunk: string) => {
      request += chunk;
      if (request.endsWith("\n")) answer(request, socket);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

const clamd = {
  name: "clamd",
  done: 1,
  failed: 0,
  skipped: 0,
  joined: 0,
  lastMs: null,
  endpoints: [
    {
      address: "unix:/run/clamd",
      breaker: "closed",
      failures: 0,
      lastFailure: null,
      lastMs: 3,
    },
  ],
};

test("a running daemon tells its scanners and its age", async () => {
  const path = await daemon("well", (request, socket) => {
    const answers: Record<string, unknown> = {
      '{"ask":"scanners"}\n': { scanners: [clamd] },
      '{"ask":"stats"}\n': { messages: 3, uptimeMs: 5000 },
    };
    socket.end(`${JSON.stringify(answers[request])}\n`);
  });
  expect(await askDaemon(path)).toEqual({
    kind: "running",
    uptimeMs: 5000,
    scanners: [clamd],
  });
});

test("what the daemon's own control socket says is understood", async () => {
  const path = join(folder, "real");
  const config = configWith([{ name: "one" }]);
  const log = openLog({ fd: 2, level: "silent" });
  const service = {
    config,
    log,
    gate: new Gate(config.daemon),
    counts: new Counts(),
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    control(socket, service);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const status = await askDaemon(path);
  expect(status).toMatchObject({
    kind: "running",
    scanners: [{ name: "one", done: 0, endpoints: [] }],
  });
});

test("no socket, and one that nobody listens on, are no daemon", async () => {
  expect(await askDaemon(join(folder, "none"))).toEqual({ kind: "absent" });
  const path = await daemon("stale", () => undefined);
  const server = servers.pop();
  // Renamed, it outlasts the server that would remove it.
  renameSync(path, `${path}.kept`);
  await new Promise((resolve) => server?.close(resolve));
  expect(await askDaemon(`${path}.kept`)).toEqual({ kind: "absent" });
});

test.skipIf(process.getuid?.() === 0)(
  "a socket of another user's is no permission",
  async () => {
    const path = await daemon("closed", () => undefined);
    chmodSync(path, 0);
    expect(await askDaemon(path)).toEqual({ kind: "forbidden" });
  },
);

test.each([
  ["nothing", "", "answer not understood"],
  ["no JSON", "hello\n", "answer not understood"],
  ["another shape", '{"scanners":[{"name":1}]}\n', "answer not understood"],
  ["an error", '{"error":"unknown request"}\n', "answer not understood"],
])("an answer that is %s is a failure", async (name, text, reason) => {
  const path = await daemon(name.replaceAll(" ", "-"), (_, socket) => {
    socket.end(text);
  });
  const status = await askDaemon(path);
  expect(status.kind === "failed" ? status.reason : status.kind).toContain(
    reason,
  );
});

test("a daemon that says nothing is given up after two seconds", async () => {
  const path = await daemon("silent", () => undefined);
  expect(await askDaemon(path)).toEqual({
    kind: "failed",
    reason: "no answer in 2 s",
  });
});

test("an answer without end is cut off", async () => {
  const path = await daemon("endless", (_, socket) => {
    const chunk = "x".repeat(65_536);
    const write = (): void => {
      while (!socket.destroyed && socket.write(chunk));
      if (!socket.destroyed) socket.once("drain", write);
    };
    write();
  });
  expect(await askDaemon(path)).toEqual({
    kind: "failed",
    reason: "an answer over 4194304 bytes",
  });
});
