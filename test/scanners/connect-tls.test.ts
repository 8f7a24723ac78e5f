// TLS to scanners: who is not known, or not who was asked for, gets no mail.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { TlsClient } from "../../src/scanners/connect-tls.ts";
import { withConnection } from "../../src/scanners/connection.ts";
import type { Address } from "../../src/scanners/scanner.ts";
import { makeCertificate } from "../backends/spamd.ts";
import { noDeadline } from "./subject.ts";

let folder = "";
let certificate: ReturnType<typeof makeCertificate> = null;
let server: Server | null = null;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "qsift-tls-"));
  certificate = makeCertificate(folder);
});
afterEach(() => {
  server?.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function listenAt(host: string, one: Server): Promise<Address> {
  server = one;
  await new Promise<void>((resolve) => {
    one.listen(0, host, resolve);
  });
  const bound = one.address();
  const port = typeof bound === "object" ? (bound?.port ?? 0) : 0;
  return { kind: "tcp", host, port };
}

async function echoServer(): Promise<Server> {
  const { key, certificate: cert } = certificate ?? {
    key: "",
    certificate: "",
  };
  return createServer(
    {
      key: await readFile(key),
      cert: await readFile(cert),
    },
    (socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (data: Buffer) => socket.end(data));
    },
  );
}

/** What comes back of `hello`. */
function talk(
  address: Address,
  caFile = certificate?.certificate,
  signal = noDeadline(),
): Promise<string> {
  return withConnection(
    address,
    1000,
    signal,
    async (connection) => {
      await connection.write([Buffer.from("hello")]);
      expect(await connection.endWriting()).toBe(true);
      return Buffer.from(await connection.readToEnd()).toString();
    },
    new TlsClient(caFile),
  );
}

test.for(["127.0.0.1", "localhost"])(
  "to %s goes there and back",
  async (host, { skip }) => {
    if (certificate === null) skip("openssl is not installed");
    const address = await listenAt("127.0.0.1", await echoServer());
    if (address.kind === "unix") throw new Error("expected a port");
    expect(await talk({ ...address, host })).toBe("hello");
  },
);

describe("fails", () => {
  test("where the certificate is another host's", async ({ skip }) => {
    if (certificate === null) skip("openssl is not installed");
    const address = await listenAt("127.0.0.2", await echoServer());
    await expect(talk(address)).rejects.toMatchObject({
      reason: "failed",
      message: expect.stringMatching(
        /^TLS failed with ERR_TLS_CERT_ALTNAME_INVALID \(tcp:127\.0\.0\.2:/,
      ) as string,
    });
  });

  test("where nobody vouches for it", async ({ skip }) => {
    if (certificate === null) skip("openssl is not installed");
    const address = await listenAt("127.0.0.1", await echoServer());
    const connecting = withConnection(
      address,
      1000,
      noDeadline(),
      () => Promise.resolve(),
      new TlsClient(undefined),
    );
    await expect(connecting).rejects.toThrow(
      "TLS failed with DEPTH_ZERO_SELF_SIGNED_CERT",
    );
  });

  test.each(["plain text\r\n", ""])(
    "where the other side says %j",
    async (said) => {
      const address = await listenAt(
        "127.0.0.1",
        createTcpServer((socket) => {
          socket.on("error", () => undefined);
          socket.end(said);
        }),
      );
      await expect(talk(address, undefined)).rejects.toThrow(
        /^TLS failed with [A-Z_]+/,
      );
    },
  );

  test("where there is no such file of authorities, each time anew", async () => {
    const address = await listenAt(
      "127.0.0.1",
      createTcpServer((socket) => socket.on("error", () => undefined)),
    );
    await expect(talk(address, join(folder, "none"))).rejects.toThrow(
      "tls_ca_file can't be used",
    );
  });

  test("with its signal's reason, where the other side is silent", async () => {
    const address = await listenAt(
      "127.0.0.1",
      createTcpServer((socket) => socket.on("error", () => undefined)),
    );
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort(new Error("given up"));
    }, 50);
    await expect(talk(address, undefined, controller.signal)).rejects.toThrow(
      "given up",
    );
  });
});
