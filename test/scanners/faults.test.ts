// The table scanner x fault: whatever a scanner does wrong is `failed` (or,
// where nothing is running and none is asked for, `skipped`), with a reason.

import { defaultLimits } from "../../src/limits.ts";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import { runScanners } from "../../src/scanners/run.ts";
import type { Address } from "../../src/scanners/scanner.ts";
import { scanners } from "../../src/scanners/index.ts";
import type { Verdict } from "../../src/verdict.ts";
import { behaviours, faults } from "../fakes/scanner-faults.ts";
import {
  listen,
  staleSocket,
  unusedPort,
  type FakeServer,
} from "../fakes/scanner-server.ts";
import { protocols, type Protocol } from "./stream-protocols.ts";
import { noDeadline, subjectOf } from "./subject.ts";

// The line in the body is one that a careless reader of replies could take
// for spamd's, and the size is more than a socket takes at once.
const message = `Subject: x\n\nSpam: False ; 0.0 / 5.0\n${"x".repeat(400_000)}\n`;

async function judge(
  { scanner }: Protocol,
  addresses: readonly Address[],
  timeoutMs: number,
  enabled: boolean | "auto" = true,
): Promise<Verdict | undefined> {
  const settings = {
    ...scanner.defaults,
    enabled,
    addresses,
    timeoutMs,
    // A second try waits a little; endpoints.test.ts has it.
    retries: 0,
  };
  const verdicts = await runScanners(
    subjectOf(message),
    [new ReadyScanner(scanner.open(settings, defaultLimits), settings)],
    noDeadline(),
  );
  return verdicts[0];
}

const running: FakeServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function start(
  kind: Address["kind"],
  serve: (socket: Socket) => void,
): Promise<FakeServer> {
  const server = await listen(kind, serve);
  running.push(server);
  return server;
}

describe.each(protocols)("$scanner.name", (protocol) => {
  describe.each(["unix", "tcp"] as const)("over %s", (kind) => {
    test("a well-formed clean reply is done", async () => {
      const server = await start(kind, (socket) => {
        protocol.serve(socket, () => socket.end(protocol.right));
      });
      expect(await judge(protocol, [server.address], 10_000)).toMatchObject({
        status: "done",
      });
    });

    test("a well-formed hit is found", async () => {
      const server = await start(kind, (socket) => {
        protocol.serve(socket, () => socket.end(protocol.hit));
      });
      expect(await judge(protocol, [server.address], 10_000)).toMatchObject({
        status: "done",
        ...protocol.found,
      });
    });

    // What is said is the same over either; once is enough.
    const given = kind === "unix" ? faults : behaviours;
    test.each(given)("fails where it $name", async (fault) => {
      const server = await start(kind, (socket) => {
        if (fault.at === "accept") fault.act(socket, protocol.right);
        else
          protocol.serve(socket, () => {
            fault.act(socket, protocol.right);
          });
      });
      const stalls = fault.reason?.source.includes("time-out") ?? false;
      const verdict = await judge(
        protocol,
        [server.address],
        stalls ? 150 : 10_000,
      );
      if (fault.reason === null)
        expect(verdict).toMatchObject({ status: "done" });
      else
        expect(verdict).toMatchObject({
          status: "failed",
          reason: expect.stringMatching(fault.reason) as string,
        });
      if (verdict?.status === "failed")
        expect(verdict.reason).toMatch(/^[ -~]{1,200}$/);
    });
  });

  test("fails where any beginning of the right reply is all that comes", async () => {
    let length = 0;
    const server = await start("unix", (socket) => {
      protocol.serve(socket, () =>
        socket.end(protocol.right.subarray(0, length)),
      );
    });
    for (length = 0; length < protocol.right.length; length += 1)
      expect(await judge(protocol, [server.address], 10_000)).toMatchObject({
        status: "failed",
      });
  });

  test("fails whatever bytes come back", async () => {
    let reply: Uint8Array = new Uint8Array();
    const server = await start("unix", (socket) => {
      protocol.serve(socket, () => socket.end(reply));
    });
    const fragments = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc
          .constantFrom(
            ..."1: |2: |stream: |OK|FOUND|\0|SPAMD/1.1 0 |\r\n|Spam: |HTTP/1.1 200|ICAP/1.0 204|Content-Length: 2|{}".split(
              "|",
            ),
          )
          .map((text) => Buffer.from(text)),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fragments, async (chunks) => {
        reply = Buffer.concat(chunks);
        const verdict = await judge(protocol, [server.address], 10_000);
        return verdict?.status === "failed";
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test("a connection that is refused is skipped with auto, and else failed", async () => {
    const address = await unusedPort();
    expect(await judge(protocol, [address], 5000, "auto")).toMatchObject({
      status: "skipped",
      reason: "not running",
    });
    expect(await judge(protocol, [address], 5000)).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(
        /^connection refused \(tcp:127\.0\.0\.1:\d+\)$/,
      ) as string,
    });
  });

  test.each(["EMFILE", "ENFILE", "EAGAIN", "ENOBUFS"])(
    "a connection that ends in %s fails even with auto",
    async (code) => {
      const address = await unusedPort();
      const connect = vi
        .spyOn(Socket.prototype, "connect")
        .mockImplementation(function (this: Socket) {
          this.destroy(Object.assign(new Error(code), { code }));
          return this;
        });
      try {
        expect(await judge(protocol, [address], 5000, "auto")).toMatchObject({
          status: "failed",
        });
      } finally {
        connect.mockRestore();
      }
    },
  );

  test("with auto, no address beyond this machine is tried", async () => {
    const address = { kind: "tcp", host: "192.0.2.1", port: 9 } as const;
    expect(await judge(protocol, [address], 5000, "auto")).toMatchObject({
      status: "skipped",
      reason: "not running",
    });
  });

  describe("with a socket file", () => {
    let folder = "";
    afterEach(() => rm(folder, { recursive: true, force: true }));

    test("that is missing, is skipped with auto, and else failed", async () => {
      folder = await mkdtemp(join(tmpdir(), "qsift-test-"));
      const path = join(folder, "none");
      expect(
        await judge(protocol, [{ kind: "unix", path }], 5000, "auto"),
      ).toMatchObject({ status: "skipped", reason: "not running" });
      expect(
        await judge(protocol, [{ kind: "unix", path }], 5000),
      ).toMatchObject({
        status: "failed",
        reason: `no such socket (unix:${path})`,
      });
    });

    test("that is stale, fails even with auto", async () => {
      folder = await mkdtemp(join(tmpdir(), "qsift-test-"));
      const address = await staleSocket(folder);
      expect(await judge(protocol, [address], 5000, "auto")).toMatchObject({
        status: "failed",
        reason: `connection refused (unix:${folder}/stale), stale socket file`,
      });
    });

    test("that may not be opened, fails even with auto", async () => {
      folder = await mkdtemp(join(tmpdir(), "qsift-test-"));
      const server = await start("unix", () => undefined);
      if (server.address.kind !== "unix") throw new Error("expected unix");
      await chmod(server.address.path, 0);
      const verdict = await withoutPrivilege(() =>
        judge(protocol, [server.address], 5000, "auto"),
      );
      expect(verdict).toMatchObject({
        status: "failed",
        reason: `no permission to connect (unix:${server.address.path})`,
      });
    });
  });
});

/** Scanners that don't ask over a stream, and the table of faults of each. */
const otherTables: Readonly<Record<string, string>> = {
  pyzor: "pyzor.test.ts",
  razor: "razor.test.ts",
  auth: "auth-spf.test.ts",
  // Asks nobody.
  builtin: "builtin.test.ts",
  // Not in the list, as the configuration makes them.
  command: "command.test.ts",
};

test("the table is total: no scanner is in none", () => {
  const inThisTable = new Set(protocols.map(({ scanner }) => scanner.name));
  for (const { name, defaults } of scanners) {
    const isOverStream = defaults.addresses.some(({ kind }) => kind !== "udp");
    expect(inThisTable.has(name) || !isOverStream, name).toBe(true);
    expect(inThisTable.has(name) || name in otherTables, name).toBe(true);
  }
  for (const [name, file] of Object.entries(otherTables)) {
    const text = readFileSync(join(import.meta.dirname, file), "utf8");
    expect(text, name).toContain(`from "../../src/scanners/${name}.ts"`);
    if (name !== "builtin") expect(text, name).toMatch(/test\.each/);
  }
});

/** Root may open everything, so as root this becomes nobody for a while. */
async function withoutPrivilege<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
