import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { connect } from "../../src/scanners/connect.ts";
import { Connection, withConnection } from "../../src/scanners/connection.ts";
import { ScannerFailure, type Address } from "../../src/scanners/scanner.ts";
import { listen, staleSocket, unusedPort } from "../fakes/scanner-server.ts";
import { noDeadline } from "./subject.ts";

const folders: string[] = [];
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  for (const folder of folders.splice(0))
    await rm(folder, { recursive: true, force: true });
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "qsift-test-"));
  folders.push(made);
  return made;
}

async function echo(kind: Address["kind"]) {
  const server = await listen(kind, (socket) => socket.pipe(socket));
  stops.push(() => server.stop());
  return server;
}

function addressUsed(address: Address, signal = noDeadline()): Promise<string> {
  return withConnection(address, 1000, signal, (connection) =>
    Promise.resolve(connection.address),
  );
}

async function failureOf(promise: Promise<unknown>): Promise<ScannerFailure> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ScannerFailure) return error;
  throw new Error(`expected a ScannerFailure, found ${String(error)}`);
}

describe("withConnection", () => {
  test("finds a server on localhost without looking the name up", async () => {
    const { address } = await echo("tcp");
    if (address.kind !== "tcp") throw new Error("expected tcp");
    expect(await addressUsed({ ...address, host: "localhost" })).toBe(
      `tcp:127.0.0.1:${address.port}`,
    );
  });

  test("says absent where nothing listens, and failed of a stale socket", async () => {
    const none = { kind: "unix", path: join(await folder(), "none") } as const;
    expect(await failureOf(addressUsed(none))).toMatchObject({
      reason: "absent",
      message: expect.stringMatching(/^no such socket \(unix:.*\)$/) as string,
    });
    const stale = await staleSocket(await folder());
    expect((await failureOf(addressUsed(stale))).reason).toBe("failed");
    const port = await unusedPort();
    expect((await failureOf(addressUsed(port))).reason).toBe("absent");
    const localhost = { ...port, host: "localhost" } as Address;
    expect((await failureOf(addressUsed(localhost))).reason).toBe("absent");
  });

  test("a file that is no socket is a failure", async () => {
    const path = import.meta.filename;
    const failure = await failureOf(addressUsed({ kind: "unix", path }));
    expect(failure.reason).toBe("failed");
  });

  test("a socket below a file is a failure", async () => {
    const path = `${import.meta.filename}/sock`.slice(-107);
    const failure = await failureOf(addressUsed({ kind: "unix", path }));
    expect(failure.reason).toBe(path.startsWith("/") ? "failed" : "absent");
  });

  test("ends a waiting read with the signal's reason", async () => {
    const { address } = await echo("unix");
    const controller = new AbortController();
    const reading = withConnection(
      address,
      1000,
      controller.signal,
      (connection) => connection.readRecord(0),
    );
    setTimeout(() => {
      controller.abort(new Error("enough"));
    }, 20);
    await expect(reading).rejects.toThrow("enough");
  });

  test("a signal that is aborted already opens no connection", async () => {
    const server = await echo("unix");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(addressUsed(server.address, signal)).rejects.toThrow("enough");
    expect(server.taken()).toBe(0);
  });

  test("closes the connection when its user is done, and when it throws", async () => {
    const server = await echo("unix");
    await addressUsed(server.address);
    await withConnection(server.address, 1000, noDeadline(), () =>
      Promise.reject(new Error("mine")),
    ).catch(() => undefined);
    await expect.poll(() => server.open()).toBe(0);
    expect(server.taken()).toBe(2);
  });
});

describe("Connection", () => {
  test("gives records one by one, and keeps what is not read yet", async () => {
    const { address } = await echo("tcp");
    await withConnection(address, 1000, noDeadline(), async (connection) => {
      await connection.write([Buffer.from("one\0two\0rest")]);
      expect(text(await connection.readRecord(0))).toBe("one");
      expect(text(await connection.readRecord(0))).toBe("two");
      await connection.endWriting();
      expect(text(await connection.readToEnd())).toBe("rest");
    });
  });

  test("allows a reply up to its limit, and not a byte more", async () => {
    const { address } = await echo("unix");
    const echoed = (bytes: number) =>
      withConnection(address, 1000, noDeadline(), async (connection) => {
        await connection.write([Buffer.alloc(bytes, "A")]);
        await connection.endWriting();
        const reply = await connection.readToEnd();
        if (connection.failure !== null) throw connection.failure;
        return reply.length;
      });
    expect(await echoed(1000)).toBe(1000);
    await expect(echoed(1001)).rejects.toThrow("reply of more than 1000 bytes");
  });

  test("reads the reply of a server that stopped reading", async () => {
    // Many times, as it depends on who comes first.
    const server = await listen("unix", (socket) => {
      socket.once("data", () => {
        socket.write("too large\0", () => socket.destroy());
      });
    });
    stops.push(() => server.stop());
    for (let run = 0; run < 50; run += 1)
      await withConnection(
        server.address,
        1000,
        noDeadline(),
        async (connection) => {
          const reading = connection.readRecord(0);
          while (await connection.write([Buffer.alloc(256 * 1024)]));
          expect(text(await reading)).toBe("too large");
        },
      );
  });

  test("keeps a reply that came before a write failed", async () => {
    let accepted: Socket | null = null;
    const server = await listen("unix", (socket) => (accepted = socket));
    stops.push(() => server.stop());
    const opened = await connect(server.address, noDeadline());
    await expect.poll(() => accepted).not.toBeNull();
    const peer = accepted as Socket | null;
    // All in one turn: nothing can be read before the write has failed.
    peer?.write("too large\0");
    peer?.destroy();
    opened.socket.write(Buffer.alloc(1000));
    const connection = new Connection(opened.socket, opened.address, 1000);
    expect(text(await connection.readRecord(0))).toBe("too large");
    expect(opened.socket.writeFailed).toBe(true);
    expect(await connection.write([Buffer.alloc(1)])).toBe(false);
    connection.close();
  });

  test("a write waits for a reader that is slow", async () => {
    let read = 0;
    const server = await listen("unix", (socket) => {
      socket.pause();
      setTimeout(() => socket.resume(), 100);
      socket.on("data", (data: Buffer) => (read += data.length));
      socket.on("end", () => socket.end());
    });
    stops.push(() => server.stop());
    await withConnection(
      server.address,
      1000,
      noDeadline(),
      async (connection) => {
        const started = performance.now();
        expect(await connection.write([Buffer.alloc(4 << 20)])).toBe(true);
        expect(performance.now() - started).toBeGreaterThan(50);
        expect(await connection.endWriting()).toBe(true);
        await connection.readToEnd();
        expect(read).toBe(4 << 20);
      },
    );
  });
});

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
