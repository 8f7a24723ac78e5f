import { defaultLimits } from "../../src/limits.ts";
import { afterEach, expect, test } from "vitest";
import { spamd } from "../../src/scanners/spamd.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { serveSpamd, symbolsReply } from "../fakes/scanner-spamd.ts";
import { noDeadline, subjectOf } from "./subject.ts";

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.stop();
  server = null;
});

async function open(reply: string, requests: Buffer[] = []) {
  server = await listen("unix", (socket) => {
    serveSpamd(socket, (request) => {
      requests.push(request);
      socket.end(Buffer.from(reply, "latin1"));
    });
  });
  return spamd.open(
    { ...spamd.defaults, addresses: [server.address] },
    defaultLimits,
  );
}

test("the message goes over as it was received, with its length in bytes", async () => {
  const message = Buffer.concat([
    Buffer.from("Subject: \xE9\0\r\n\n\r", "latin1"),
    Buffer.alloc(600_000, "\xC3\xA9"),
  ]);
  const requests: Buffer[] = [];
  const scanner = await open(symbolsReply("False ; 0.0 / 5.0", ""), requests);
  await scanner.scan(subjectOf(message), noDeadline());
  const head = `SYMBOLS SPAMC/1.5\r\nContent-length: ${message.length}\r\n\r\n`;
  const expected = Buffer.concat([Buffer.from(head), message]);
  expect(requests.length).toBe(1);
  expect(requests[0]?.equals(expected)).toBe(true);
});

test("the score is the total, and each rule is a finding without a score", async () => {
  const scanner = await open(symbolsReply("True ; 8.7 / 5.0", "A,B_2"));
  expect(await scanner.scan(subjectOf("x"), noDeadline())).toEqual({
    score: 8.7,
    version: null,
    findings: ["A", "B_2"].map((name) => ({
      source: "spamd",
      kind: "spam",
      name,
      part: null,
      score: null,
    })),
  });
});

test.each([
  ["False ; -4.2 / 5.0", -4.2],
  ["False ; -0.0 / 5.0", 0],
  ["True ; 1000.0 / 5.0", 1000],
  ["Yes ; 5.0 / 5.0", 5],
  ["No ; 0 / 5", 0],
])("reads the score of %j", async (spam, score) => {
  const scanner = await open(symbolsReply(spam, ""));
  const report = await scanner.scan(subjectOf("x"), noDeadline());
  expect(report).toEqual({ score, findings: [], version: null });
});

test("a score line in the reply's body is never taken", async () => {
  const scanner = await open(
    symbolsReply("True ; 20.0 / 5.0", "A\r\nSpam: False ; 0.0 / 5.0\r\n\r\n"),
  );
  const report = await scanner.scan(subjectOf("x"), noDeadline());
  expect(report.score).toBe(20);
  for (const { name } of report.findings) expect(name).toMatch(/^[!-~]+$/);
});

test("an error reply is quoted, even where spamd did not read the message", async () => {
  server = await listen("unix", (socket) => {
    socket.once("data", () => {
      socket.write("SPAMD/1.0 76 Bad header line: (busy)\r\n", () =>
        socket.destroy(),
      );
    });
  });
  const scanner = spamd.open(
    {
      ...spamd.defaults,
      addresses: [server.address],
    },
    defaultLimits,
  );
  await expect(
    scanner.scan(subjectOf(Buffer.alloc(3_000_000)), noDeadline()),
  ).rejects.toThrow('spamd said "SPAMD/1.0 76 Bad header line: (busy)"');
});

test("a ping wants PONG", async () => {
  const scanner = await open("SPAMD/1.5 0 PONG\r\n");
  expect(await scanner.ping(noDeadline())).toBe("SPAMD/1.5 0 PONG");
  await server?.stop();
  const other = await open("SPAMD/1.0 76 Bad header line\r\n");
  await expect(other.ping(noDeadline())).rejects.toThrow("expected PONG");
});
