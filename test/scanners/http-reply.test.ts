import { afterEach, expect, test } from "vitest";
import { withConnection } from "../../src/scanners/connection.ts";
import {
  expectNoMore,
  readBody,
  readHead,
  type HttpHead,
} from "../../src/scanners/http-reply.ts";
import { chunkedReply, httpReply } from "../fakes/scanner-rspamd.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { noDeadline } from "./subject.ts";

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.stop();
  server = null;
});

async function read(
  reply: string,
  pieceBytes = reply.length,
): Promise<{ head: HttpHead; body: string }> {
  server = await listen("unix", (socket) => {
    const bytes = Buffer.from(reply, "latin1");
    let at = 0;
    const next = (): void => {
      if (at >= bytes.length) return void socket.end();
      socket.write(bytes.subarray(at, (at += pieceBytes)), () => {
        setImmediate(next);
      });
    };
    next();
  });
  return withConnection(
    server.address,
    4096,
    noDeadline(),
    async (connection) => {
      const head = await readHead(connection, "HTTP");
      const body = (await readBody(connection, head)).toString("latin1");
      expectNoMore(connection);
      return { head, body };
    },
  );
}

test.each([1, 2, 3, 7, 4096])(
  "a body is read whole, of stated length or in chunks, in pieces of %d bytes",
  async (pieceBytes) => {
    expect((await read(httpReply("{}\r\n\r\n"), pieceBytes)).body).toBe(
      "{}\r\n\r\n",
    );
    await server?.stop();
    expect((await read(chunkedReply("a\r\n0\r\n"), pieceBytes)).body).toBe(
      "a\r\n0\r\n",
    );
  },
);

test("names of fields are without case, folded values are one line, all that were given are kept", async () => {
  const { head } = await read(
    "HTTP/1.0 208 Known\r\nx-A: one\r\nX-a:  two\r\n\t-\r\n three\r\ncontent-LENGTH:0\r\n\r\n",
  );
  expect(head.status).toBe(208);
  expect(head.statusText).toBe("208 Known");
  expect(head.fields.get("x-a")).toEqual(["one", "two - three"]);
});

test("a name like __proto__ is a field like any other", async () => {
  const { head } = await read(
    "HTTP/1.1 200 OK\r\n__proto__: x\r\nContent-Length: 0\r\n\r\n",
  );
  expect(head.fields.get("__proto__")).toEqual(["x"]);
  expect(head.fields.get("constructor")).toBeUndefined();
});

test("more than the bound is not read, wherever it stands", async () => {
  const bound = /^reply of more than 4096 bytes/;
  await expect(read(httpReply("x".repeat(5000)))).rejects.toThrow(bound);
  await server?.stop();
  await expect(read(chunkedReply("x".repeat(5000)))).rejects.toThrow(bound);
  await server?.stop();
  await expect(read(`HTTP/1.1 200 ${"x".repeat(5000)}`)).rejects.toThrow(bound);
});
