import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

import { pingScanner } from "../../src/cli/ping-scanner.ts";
import { clamd } from "../../src/scanners/clamd.ts";
import { ScannerFailure } from "../../src/scanners/scanner.ts";
import { spamd } from "../../src/scanners/spamd.ts";
import { fakeScanner } from "./fake-scanner.ts";

const folder = mkdtempSync(join(tmpdir(), "qsift-ping-"));
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Says that, or nothing at all. */
async function listener(name: string, reply: (() => string) | null) {
  const path = join(folder, name);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    if (reply !== null) socket.end(reply());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { kind: "unix", path } as const;
}

test("a scanner is asked for its version and the date of its database", async () => {
  let reply = "ClamAV 1.4.3/27500/Fri Jan 10 09:26:01 2025\0";
  const address = await listener("clamd.sock", () => reply);
  const settings = {
    ...clamd.defaults,
    addresses: [address],
    timeoutMs: 2000,
  };
  const asked = await pingScanner(clamd, settings);
  expect(asked.ping).toMatchObject({
    kind: "running",
    health: {
      version: "ClamAV 1.4.3/27500/Fri Jan 10 09:26:01 2025",
      databaseAt: Date.parse("Fri Jan 10 09:26:01 2025"),
    },
  });
  reply = "nonsense\0";
  expect((await pingScanner(clamd, settings)).ping.kind).toBe("failed");
});

test("each address is asked for itself, and one that answers is enough", async () => {
  const silent = await listener("silent.sock", null);
  const well = await listener(
    "well.sock",
    () => "ClamAV 1.4.3/27500/Fri Jan 10 09:26:01 2025\0",
  );
  const none = { kind: "unix", path: join(folder, "none.sock") } as const;
  const settings = { ...clamd.defaults, timeoutMs: 300 };
  const asked = await pingScanner(clamd, {
    ...settings,
    addresses: [silent, none, well],
  });
  expect(asked.ping.kind).toBe("running");
  expect(asked.addresses).toMatchObject([
    {
      address: `unix:${silent.path}`,
      ping: { kind: "failed", reason: "no answer in 0.3 s" },
    },
    { address: `unix:${none.path}`, ping: { kind: "absent" } },
    { address: `unix:${well.path}`, ping: { kind: "running" } },
  ]);
  // Silence is no absence.
  const without = await pingScanner(clamd, {
    ...settings,
    addresses: [silent, none],
  });
  expect(without.ping).toEqual({
    kind: "failed",
    reason: "no answer in 0.3 s",
  });
  const nowhere = await pingScanner(clamd, { ...settings, addresses: [none] });
  expect(nowhere.ping).toEqual({ kind: "absent" });
});

test("a scanner that says nothing is not waited for", async () => {
  const silent = await listener("spamd.sock", null);
  const settings = { ...spamd.defaults, addresses: [silent], timeoutMs: 100 };
  expect((await pingScanner(spamd, settings)).ping).toEqual({
    kind: "failed",
    reason: "no answer in 0.1 s",
  });
});

test("a scanner without addresses is asked too, and closed afterwards", async () => {
  let closed = 0;
  const onClose = (): void => {
    closed += 1;
  };
  const program = fakeScanner({ name: "program", onClose });
  expect(await pingScanner(program, program.defaults)).toMatchObject({
    ping: { kind: "running", health: { version: "program 1.0" } },
    addresses: [],
  });
  const missing = fakeScanner({
    name: "missing",
    onClose,
    ping: () => Promise.reject(new ScannerFailure("absent", "no such program")),
  });
  expect((await pingScanner(missing, missing.defaults)).ping).toEqual({
    kind: "absent",
    reason: "no such program",
  });
  // Heeds no signal.
  const stuck = fakeScanner({
    name: "stuck",
    onClose,
    settings: { timeoutMs: 50 },
    ping: () => new Promise(() => undefined),
  });
  expect((await pingScanner(stuck, stuck.defaults)).ping).toEqual({
    kind: "failed",
    reason: "no answer in 0.05 s",
  });
  expect(closed).toBe(3);
});

test("what a scanner throws when it is opened is a failure", async () => {
  const broken = {
    ...fakeScanner({ name: "broken" }),
    open: () => {
      throw new Error("no such option");
    },
  };
  expect((await pingScanner(broken, broken.defaults)).ping).toEqual({
    kind: "failed",
    reason: "no such option",
  });
});
