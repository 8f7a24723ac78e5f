import { defaultLimits } from "../../src/limits.ts";
import { inflateSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { OpenScanner, Subject } from "../../src/scanners/scanner.ts";
import { spamd } from "../../src/scanners/spamd.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { serveSpamd, symbolsReply } from "../fakes/scanner-spamd.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.stop();
  server = null;
});

async function open(
  reply: string | ((head: string) => string),
  requests: Buffer[] = [],
  options: Record<string, unknown> = {},
): Promise<OpenScanner> {
  server = await listen("unix", (socket) => {
    serveSpamd(socket, (request) => {
      requests.push(request);
      const text = typeof reply === "string" ? reply : reply(headOf(request));
      socket.end(Buffer.from(text, "latin1"));
    });
  });
  return spamd.open(
    { ...spamd.defaults, addresses: [server.address], options, retries: 0 },
    defaultLimits,
  );
}

function headOf(request: Buffer): string {
  return request.toString("latin1", 0, request.indexOf("\r\n\r\n"));
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
  expect(await scanner.ping(noDeadline())).toEqual({
    version: "SPAMD/1.5 0 PONG",
    databaseAt: null,
  });
  await server?.stop();
  const other = await open("SPAMD/1.0 76 Bad header line\r\n");
  await expect(other.ping(noDeadline())).rejects.toThrow("expected PONG");
});

test("a partial score is the message's doing, not the host's", async () => {
  const rules = "A,TIME_LIMIT_EXCEEDED";
  const scanner = await open(symbolsReply("False ; 1.3 / 5.0", rules));
  await expect(
    scanner.scan(subjectOf("x"), noDeadline()),
  ).rejects.toMatchObject({ reason: "message" });
  expect(scanner.endpoints?.status()).toMatchObject([{ failures: 0 }]);
});

describe("the user", () => {
  async function userOf(
    recipients: readonly string[],
    options: Record<string, unknown>,
  ): Promise<string | null> {
    const requests: Buffer[] = [];
    const scanner = await open(clean, requests, options);
    const subject = subjectTo(recipients);
    await scanner.scan(subject, noDeadline());
    const [request = Buffer.alloc(0)] = requests;
    const users = headOf(request)
      .split("\r\n")
      .filter((line) => line.startsWith("User"));
    expect(users.length).toBeLessThan(2);
    await server?.stop();
    return users[0] ?? null;
  }

  test("is not named unless that is wanted", async () => {
    expect(await userOf(["bob@example.test"], {})).toBe(null);
    const own = { default_user: "site" };
    expect(await userOf(["bob@example.test"], own)).toBe(null);
  });

  test("is the only recipient, else the configured one, else nobody", async () => {
    const user = "recipient";
    const both = { user, default_user: "site" };
    expect(await userOf(["Bob+x@Example.test"], { user })).toBe(
      "User: bob+x@example.test",
    );
    expect(await userOf(["a@example.test", "b@example.test"], both)).toBe(
      "User: site",
    );
    expect(await userOf(["a@example.test", "b@example.test"], { user })).toBe(
      null,
    );
    expect(await userOf([], both)).toBe("User: site");
  });

  test.each([
    "bob\r\nTell: x",
    "bob\n\nGTUBE",
    "../../etc/passwd",
    "a/b@example.test",
    "a..b@example.test",
    "' OR 1=1 --@example.test",
    "a*)(uid=*@example.test",
    "b\xF6b@example.test",
    "-rf@example.test",
    "bob@example.test ",
    "",
    "x".repeat(1000),
  ])("is never %j", async (recipient) => {
    const own = { user: "recipient", default_user: "site" };
    expect(await userOf([recipient], own)).toBe("User: site");
  });

  test("tells messages apart that come at once", async () => {
    const scanner = await open(clean, [], { user: "recipient" });
    const whose = ["a@example.test", "b@example.test"].map((recipient) =>
      scanner.key?.(subjectTo([recipient])),
    );
    expect(new Set(whose).size).toBe(2);
    const same = await open(clean);
    expect(same.key?.(subjectTo(["a@example.test"]))).toBe(
      same.key?.(subjectTo(["b@example.test"])),
    );
  });
});

test("a message goes over compressed, with the length of what is sent", async () => {
  const requests: Buffer[] = [];
  const message = Buffer.alloc(300_000, "compress me\n");
  const scanner = await open(clean, requests, { compress: true });
  await scanner.scan(subjectOf(message), noDeadline());
  const [request = Buffer.alloc(0)] = requests;
  const head = headOf(request);
  const body = request.subarray(head.length + 4);
  expect(head).toBe(
    `SYMBOLS SPAMC/1.5\r\nContent-length: ${body.length}\r\nCompress: zlib`,
  );
  expect(body.length).toBeLessThan(10_000);
  expect(inflateSync(body).equals(message)).toBe(true);
});

describe("teaching", () => {
  const did = (fields: string): string =>
    `SPAMD/1.1 0 EX_OK\r\n${fields}\r\n\r\n`;
  const done = (fields: string): string => did(`${fields}\r\n`);

  /** What was asked, in order, without its first two lines. */
  async function teach(
    replies: readonly string[],
    work: (scanner: OpenScanner) => Promise<void> | undefined,
    options: Record<string, unknown> = {},
  ): Promise<string[]> {
    const asked: string[] = [];
    const scanner = await open(
      (head) => {
        const lines = head.split("\r\n");
        expect(lines.slice(0, 2)).toEqual([
          "TELL SPAMC/1.5",
          "Content-length: 1",
        ]);
        return replies[asked.push(lines.slice(2).join(", ")) - 1] ?? "";
      },
      [],
      options,
    );
    await work(scanner);
    return asked;
  }
  const message = Buffer.from("x");
  const asSpam = (scanner: OpenScanner): Promise<void> | undefined =>
    scanner.learn?.(message, "spam", noDeadline());

  test("is done when spamd says so", async () => {
    expect(await teach([done("DidSet: local")], asSpam)).toEqual([
      "Message-class: spam, Set: local",
    ]);
    const asHam = (scanner: OpenScanner): Promise<void> | undefined =>
      scanner.learn?.(message, "ham", noDeadline());
    const own = { default_user: "site" };
    expect(await teach([done("DidSet: local")], asHam, own)).toEqual([
      "Message-class: ham, Set: local, User: site",
    ]);
  });

  test("what it knew is forgotten first, to be sure", async () => {
    const replies = [did(""), done("DidRemove: local"), done("DidSet: local")];
    expect(await teach(replies, asSpam)).toEqual([
      "Message-class: spam, Set: local",
      "Message-class: spam, Remove: local",
      "Message-class: spam, Set: local",
    ]);
  });

  test("is a failure when it never says so", async () => {
    const replies = [did(""), did(""), did("")];
    await expect(teach(replies, asSpam)).rejects.toThrow(
      "expected spamd to say that it is learned",
    );
  });

  test("reports only where that is allowed, and wants to hear of it", async () => {
    const report =
      (as: "spam" | "ham") =>
      (scanner: OpenScanner): Promise<void> | undefined =>
        scanner.report?.(message, as, noDeadline());
    const own = { report: true };
    await expect(teach([], report("spam"))).rejects.toThrow(
      "expected report = true in [scanners.spamd]",
    );
    const set = done("DidSet: local,remote");
    expect(await teach([set], report("spam"), own)).toEqual([
      "Message-class: spam, Set: local, remote",
    ]);
    const removed = done("DidSet: local\r\nDidRemove: remote");
    expect(await teach([removed], report("ham"), own)).toEqual([
      "Message-class: ham, Set: local, Remove: remote",
    ]);
    for (const as of ["spam", "ham"] as const)
      await expect(
        teach([done("DidSet: local")], report(as), own),
      ).rejects.toThrow("found no word of it");
  });

  const right = done("DidSet: local");
  test.each([
    // All but the last line end, which adds nothing.
    ...Array.from({ length: right.length - 2 }, (_each, length) =>
      right.slice(0, length),
    ),
    "SPAMD/1.0 69 Service Unavailable: TELL commands are not enabled, set the --allow-tell switch.\r\n",
    done("DidSet: everywhere"),
    done("DidSet: local;remote"),
    done("DidSet:"),
    done("DidSet: local\r\nDidSet: local"),
    done("Spam: True ; 8.7 / 5.0"),
    `${done("DidSet: local")}x`,
    "SPAMD/1.1 0 EX_OK\r\n\r\nDidSet: local\r\n\r\n",
    symbolsReply("False ; 0.0 / 5.0", ""),
    "HTTP/1.1 200 OK\r\nDidSet: local\r\n\r\n",
  ])("fails where spamd says %j", async (reply) => {
    await expect(teach([reply, reply, reply], asSpam)).rejects.toThrow();
  });
});

const clean = symbolsReply("False ; 0.0 / 5.0", "");

function subjectTo(recipients: readonly string[]): Subject {
  const bytes = Buffer.from("x");
  const { mail, message } = subjectOf(bytes, [partOf(0, bytes)]);
  const envelope = {
    sender: new Uint8Array(),
    recipients: recipients.map((each) => Buffer.from(each, "latin1")),
  };
  return { mail: { ...mail, envelope }, message };
}
