// A small real server on a private unix socket or a loopback port, for fakes
// of scanners. Counts its connections; stop() cuts those that are open.

import { mkdtemp, rename, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "../../src/scanners/scanner.ts";

export interface FakeServer {
  readonly address: Address;
  /** Connections taken so far. */
  readonly taken: () => number;
  /** Connections open now. */
  readonly open: () => number;
  stop(): Promise<void>;
}

export async function listen(
  kind: Address["kind"],
  serve: (socket: Socket) => void,
): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  let taken = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    taken += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // The client may go at any time, that is what is tested.
    socket.on("error", () => undefined);
    serve(socket);
  });
  const folder = await mkdtemp(join(tmpdir(), "qsift-fake-"));
  const address = await bind(server, kind, join(folder, "s"));
  return {
    address,
    taken: () => taken,
    open: () => sockets.size,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await close(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A loopback port where nothing listens. */
export async function unusedPort(): Promise<Address> {
  const server = createServer();
  const address = await bind(server, "tcp", "");
  await close(server);
  return address;
}

/** The socket file of a server that is gone. */
export async function staleSocket(folder: string): Promise<Address> {
  const server = createServer();
  await bind(server, "unix", join(folder, "live"));
  // Node removes the file by the name that it was made under.
  const path = join(folder, "stale");
  await rename(join(folder, "live"), path);
  await close(server);
  return { kind: "unix", path };
}

function bind(
  server: Server,
  kind: Address["kind"],
  path: string,
): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    if (kind === "unix") {
      server.listen(path, () => {
        resolve({ kind, path });
      });
      return;
    }
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      if (bound === null || typeof bound === "string")
        reject(new Error("expected a port"));
      else resolve({ kind, host: "127.0.0.1", port: bound.port });
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
