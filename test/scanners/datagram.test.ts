import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { exchange } from "../../src/scanners/datagram.ts";

test.each([0, 1, 2, 3])(
  "an end that comes while the socket still connects (after %i turns) leaves nothing behind that throws",
  async (turns) => {
    const server = createSocket("udp4");
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    const address = {
      kind: "udp",
      host: "127.0.0.1",
      port: server.address().port,
    } as const;
    const thrown: unknown[] = [];
    const keep = (error: unknown): void => void thrown.push(error);
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", keep);
    try {
      const asked = Array.from({ length: 20 }, async () => {
        const controller = new AbortController();
        const question = { bytes: Buffer.from("?"), againAfterMs: [5, 5, 5] };
        const answer = exchange(
          address,
          question,
          controller.signal,
          () => null,
        );
        for (let i = 0; i < turns; i++) await Promise.resolve();
        controller.abort(new Error("enough"));
        await expect(answer).rejects.toThrow("enough");
      });
      await Promise.all(asked);
      await sleep(50);
    } finally {
      process.off("uncaughtException", keep);
      for (const other of others) process.on("uncaughtException", other);
      server.close();
    }
    expect(thrown).toEqual([]);
  },
);
