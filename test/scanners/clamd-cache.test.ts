// What clamd said of some bytes is not asked again while it holds.

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { OpenScanner, Subject } from "../../src/scanners/scanner.ts";
import { serveClamd } from "../fakes/scanner-clamd.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { clean, openAt } from "./clamd-fake.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.stop();
  server = null;
});

describe("what was said before", () => {
  const attachment = Buffer.from("attachment");
  const mailOf = (text: string): Subject =>
    subjectOf(text, [partOf(0, Buffer.from(text)), partOf(1, attachment)]);
  let version = "ClamAV 1.4.6/1/fake";
  let said: (stream: string) => string = clean;
  const streams: string[] = [];
  async function open(
    options: Record<string, unknown> = {},
  ): Promise<OpenScanner> {
    version = "ClamAV 1.4.6/1/fake";
    said = clean;
    streams.length = 0;
    server = await listen("unix", (socket) => {
      serveClamd(
        socket,
        (bytes, number) => {
          streams.push(bytes.toString());
          socket.write(`${number}: stream: ${said(bytes.toString())}\0`);
        },
        () => socket.write(`1: ${version}\0`),
      );
    });
    return openAt(server, { options });
  }

  test("is not asked again: not of the message, nor of the attachment of another", async () => {
    const scanner = await open();
    const first = await scanner.scan(mailOf("one"), noDeadline());
    expect(await scanner.scan(mailOf("one"), noDeadline())).toEqual(first);
    await scanner.scan(mailOf("two"), noDeadline());
    expect(streams).toEqual(["one", "attachment", "two"]);
    expect(scanner.cache).toMatchObject({ entries: 3, hits: 3, misses: 3 });
  });

  test("is told with the part that has it", async () => {
    const scanner = await open();
    said = (stream) => (stream === "attachment" ? "Evil FOUND" : "OK");
    for (const text of ["one", "two"])
      expect(
        (await scanner.scan(mailOf(text), noDeadline())).findings,
      ).toMatchObject([{ kind: "virus", name: "Evil", part: 1 }]);
    expect(streams).toEqual(["one", "attachment", "two"]);
  });

  test("is asked again after a change of the version", async () => {
    const scanner = await open();
    await scanner.scan(mailOf("one"), noDeadline());
    version = "ClamAV 1.4.6/2/fake";
    said = () => "New FOUND";
    const report = await scanner.scan(mailOf("one"), noDeadline());
    expect(report).toMatchObject({ findings: [{ name: "New" }], version });
    // The old one's memory does not come back either but with it.
    expect(streams).toEqual(["one", "attachment", "one"]);
  });

  test("is asked again after cache_s, and never kept with cache_entries = 0", async () => {
    for (const options of [{ cache_s: 0.001 }, { cache_entries: 0 }]) {
      const scanner = await open(options);
      await scanner.scan(mailOf("one"), noDeadline());
      await sleep(10);
      await scanner.scan(mailOf("one"), noDeadline());
      expect(streams.length).toBe(4);
      await server?.stop();
    }
  });

  test.each(["Can't allocate memory ERROR", "nonsense", "OK\x002: stream: OK"])(
    "is forgotten where the session ended with %j",
    async (bad) => {
      const scanner = await open();
      said = (stream) => (stream === "attachment" ? bad : "OK");
      await expect(scanner.scan(mailOf("one"), noDeadline())).rejects.toThrow();
      expect(scanner.cache?.entries).toBe(0);
      said = clean;
      streams.length = 0;
      await scanner.scan(mailOf("one"), noDeadline());
      expect(streams).toEqual(["one", "attachment"]);
    },
  );

  test("is asked once for messages that come at once", async () => {
    const scanner = await open();
    await Promise.all(
      Array.from({ length: 50 }, (_each, index) =>
        scanner.scan(mailOf(`message ${index}`), noDeadline()),
      ),
    );
    expect(streams.length).toBe(51);
  });

  test("is asked by another message where the one that asked is given up", async () => {
    let asked = 0;
    const first = new AbortController();
    server = await listen("unix", (socket) => {
      serveClamd(
        socket,
        (bytes, number) => {
          if (bytes.equals(attachment) && (asked += 1) === 1) return;
          socket.write(`${number}: stream: OK\0`);
        },
        () => socket.write(`1: ${version}\0`),
      );
    });
    const second = openAt(server);
    const given = second.scan(mailOf("one"), first.signal);
    await vi.waitFor(() => {
      expect(asked).toBe(1);
    });
    const other = second.scan(mailOf("two"), noDeadline());
    await sleep(50);
    expect(asked).toBe(1);
    first.abort(new Error("given up"));
    await expect(given).rejects.toThrow("given up");
    expect((await other).findings).toEqual([]);
    expect(asked).toBe(2);
  });
});
