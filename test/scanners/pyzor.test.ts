// The scanner against a fake pyzord: what it asks, what it makes of answers,
// and the table of faults, of which none may be taken for "not listed".

import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { pyzorDigest } from "../../src/scanners/pyzor-digest/digest.ts";
import { pyzor } from "../../src/scanners/pyzor.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import type { ScannerSettings } from "../../src/scanners/scanner.ts";
import type { Verdict } from "../../src/verdict.ts";
import { unusedUdpPort } from "../backends/pyzord.ts";
import {
  checkReply,
  servePyzord,
  type Answer,
  type FakePyzord,
} from "../fakes/scanner-pyzord.ts";
import { noDeadline, subjectOf } from "./subject.ts";

const message = "Subject: x\n\nThis is a line that is long enough to count\n";
const digest = pyzorDigest(Buffer.from(message)) ?? "";

const running: FakePyzord[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function start(answer: Answer): Promise<FakePyzord> {
  const server = await servePyzord(answer);
  running.push(server);
  return server;
}

function judge(
  given: Partial<ScannerSettings>,
  text = message,
  signal = noDeadline(),
): Promise<Verdict> {
  const settings = { ...pyzor.defaults, enabled: true, ...given };
  const scanner = pyzor.open(settings, defaultLimits);
  return new ReadyScanner(scanner, settings).judge(subjectOf(text), signal);
}

describe("a question", () => {
  test("is what the reference client would send, signed as it would", async () => {
    const server = await start((request, reply) => {
      reply(checkReply(request.get("Thread") ?? ""));
    });
    expect(await judge({ addresses: [server.address] })).toMatchObject({
      status: "done",
      findings: [],
      score: null,
    });
    const [request] = server.requests;
    expect([...(request?.keys() ?? [])]).toEqual(
      "Op Op-Digest Thread PV User Time Sig".split(" "),
    );
    expect(request?.get("Op")).toBe("check");
    expect(request?.get("Op-Digest")).toBe(digest);
    expect(request?.get("User")).toBe("anonymous");
    expect(Number(request?.get("Thread"))).toBeGreaterThanOrEqual(1024);
    const age = Date.now() / 1000 - Number(request?.get("Time"));
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(60);
  });

  test("is not put where nothing of the message counts", async () => {
    const server = await start(() => undefined);
    for (const text of ["", "Subject: x\n\n", "Subject: x\n\nshort\nlines\n"])
      expect(await judge({ addresses: [server.address] }, text)).toMatchObject({
        status: "done",
        findings: [],
      });
    expect(server.requests).toEqual([]);
  });

  test("is put again where no answer comes, and the late answer counts", async () => {
    const server = await start((request, reply) => {
      if (server.requests.length === 2)
        reply(checkReply(request.get("Thread") ?? "", 9));
    });
    expect(await judge({ addresses: [server.address] })).toMatchObject({
      status: "done",
      findings: [{ kind: "bulk", name: "PYZOR_CHECK" }],
    });
    const [first, second] = server.requests;
    expect(second).toEqual(first);
  });

  test("goes to the next server where the first one's port is closed", async () => {
    const closed = await unusedUdpPort();
    const server = await start((request, reply) => {
      reply(checkReply(request.get("Thread") ?? "", 9));
    });
    const started = Date.now();
    expect(await judge({ addresses: [closed, server.address] })).toMatchObject({
      status: "done",
      findings: [{ kind: "bulk" }],
    });
    expect(Date.now() - started).toBeLessThan(1000);
  });

  test("goes to localhost without a look-up", async () => {
    const server = await start((request, reply) => {
      reply(checkReply(request.get("Thread") ?? ""));
    });
    const address = { ...server.address, host: "localhost" };
    expect(await judge({ addresses: [address] })).toMatchObject({
      status: "done",
    });
  });
});

describe("counts", () => {
  test.each([
    ["no report", 0, 0, {}, false],
    ["fewer than count_min", 4, 0, {}, false],
    ["count_min", 5, 0, {}, true],
    ["a pong's", "9223372036854775807", 0, {}, true],
    ["many, and whitelisted", 5000, 1, {}, false],
    ["a lower count_min", 1, 0, { count_min: 1 }, true],
    ["fewer whitelistings than wanted", 9, 1, { whitelist_min: 2 }, true],
    ["as many whitelistings as wanted", 9, 2, { whitelist_min: 2 }, false],
  ])("%s", async (_title, count, whitelisted, options, isFound) => {
    const server = await start((request, reply) => {
      reply(checkReply(request.get("Thread") ?? "", count, whitelisted));
    });
    expect(await judge({ addresses: [server.address], options })).toMatchObject(
      {
        status: "done",
        findings: isFound
          ? [
              {
                source: "pyzor",
                kind: "bulk",
                name: "PYZOR_CHECK",
                part: null,
                score: null,
              },
            ]
          : [],
      },
    );
  });
});

describe("an account", () => {
  let folder = "";
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("is used at its server, with its signature", async () => {
    folder = await mkdtemp(join(tmpdir(), "qsift-pyzor-"));
    const file = join(folder, "accounts");
    const server = await start((request, reply) => {
      reply(checkReply(request.get("Thread") ?? ""));
    });
    const { host, port } = server.address;
    await writeFile(
      file,
      `# comment\n\n192.0.2.1 : ${port} : other : ,00\n${host} : ${port} : alice : 00,ABCDEF\n`,
    );
    const options = { accounts_file: file };
    await judge({ addresses: [server.address], options });
    const request = server.requests[0] ?? new Map<string, string>();
    expect(request.get("User")).toBe("alice");
    const signed = [...request]
      .filter(([name]) => name !== "Sig")
      .map((field) => field.join(": "))
      .join("\n");
    const sha1 = (data: string | Buffer) => createHash("sha1").update(data);
    const key = sha1("alice:abcdef").digest("hex");
    const tail = Buffer.from(`:${request.get("Time") ?? ""}:${key}`);
    const signature = Buffer.concat([sha1(signed).digest(), tail]);
    expect(request.get("Sig")).toBe(sha1(signature).digest("hex"));
  });

  test.each(["host:1:alice", "host : x : alice : ,ab", "host:1:alice:ab"])(
    "in a file with the line %j is a failure that does not quote it",
    async (line) => {
      folder = await mkdtemp(join(tmpdir(), "qsift-pyzor-"));
      const file = join(folder, "accounts");
      await writeFile(file, `\n${line}\n`);
      expect(
        await judge({
          addresses: [await unusedUdpPort()],
          options: { accounts_file: file },
        }),
      ).toMatchObject({
        status: "failed",
        reason:
          "expected host : port : user : salt,key in line 2 of the accounts file",
      });
    },
  );

  test("in a file that can't be read is a failure", async () => {
    const options = { accounts_file: "/nonexistent/accounts" };
    expect(
      await judge({ addresses: [await unusedUdpPort()], options }),
    ).toMatchObject({
      status: "failed",
      reason: "can't read /nonexistent/accounts",
    });
  });
});

interface Fault {
  readonly name: string;
  /** To the first of them; all are answered alike. */
  readonly reply: ((thread: string) => readonly (string | Buffer)[]) | null;
  readonly reason: RegExp;
}

const right = (thread: string): string => checkReply(thread);
const replacing = (what: string, by: string) => (thread: string) => [
  right(thread).replace(what, by),
];

const faults: readonly Fault[] = [
  { name: "never answers", reply: null, reason: /^time-out after/ },
  {
    name: "answers another question only",
    reply: (thread) => [right(String(((Number(thread) + 7) % 60_000) + 1024))],
    reason: /^time-out after/,
  },
  {
    name: "answers an empty datagram",
    reply: () => [""],
    reason: /^reply not understood/,
  },
  {
    name: "answers 9,000 bytes",
    reply: (thread) => [right(thread).padEnd(9000, "x")],
    reason: /^reply of more than 8192 bytes/,
  },
  {
    name: "answers 60,000 bytes of fields",
    reply: (thread) => [
      right(thread).replace("\n\n", `\n${"A: b\n".repeat(12_000)}\n`),
    ],
    reason: /^reply of more than 8192 bytes/,
  },
  {
    name: "says OK as an error of its own",
    reply: () => [right("0")],
    reason: /^expected thread/,
  },
  ...[400, 401, 403, 500, 501, 505].map((code): Fault => ({
    name: `answers ${code}`,
    reply: (thread) => [
      `Code: ${code}\nDiag: Nothing for you\nPV: 2.1\nThread: ${thread}\n\n`,
    ],
    reason: new RegExp(`^pyzord said "${code} Nothing for you"$`),
  })),
  {
    name: "answers an error without a thread of ours",
    reply: () => ["Code: 400\nDiag: Bad request\nPV: 2.1\nThread: 0\n\n"],
    reason: /^pyzord said "400 Bad request"/,
  },
  {
    name: "answers an error and counts",
    reply: replacing("Code: 200", "Code: 500"),
    reason: /^pyzord said "500 OK"/,
  },
  ...(
    [
      ["Code: 200", "Code: 0200"],
      ["Code: 200", "Code: 200 OK"],
      ["Code: 200\n", ""],
      ["Code: 200\n", "Code: 200\nCode: 500\n"],
      ["PV: 2.1", "PV: 3.0"],
      ["PV: 2.1\n", ""],
      ["Thread: ", "Threat: "],
      ["\nCount: 0", ""],
      ["Count: 0", "Count: -1"],
      ["Count: 0", "Count: 0x10"],
      ["Count: 0", "Count: 1e3"],
      ["Count: 0", "Count: "],
      ["Count: 0", "Count: None"],
      ["Count: 0", "Count: 99999999999999999999"],
      ["Count: 0", "Count: 0\nCount: 9"],
      ["WL-Count: 0", "WL-Count: many"],
      ["WL-Count: 0\n", ""],
      ["\n\n", "\n"],
      ["\n\n", "\n\nCount: 9\n"],
      ["Diag: OK", "Diag: O\u001b[31mK"],
      ["Diag: OK", "Diag"],
      ["\n", "\r\n"],
    ] as const
  ).map(([what, by]): Fault => ({
    name: `answers ${JSON.stringify(by)} for ${JSON.stringify(what)}`,
    reply: replacing(what, by),
    reason: /./,
  })),
  {
    name: "answers HTTP",
    reply: () => ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
    reason: /^reply not understood/,
  },
];

describe("a server that", () => {
  test.each(faults)("$name is a failure", async ({ reply, reason }) => {
    const server = await start((request, send) => {
      for (const text of reply?.(request.get("Thread") ?? "") ?? []) send(text);
    });
    const verdict = await judge({
      addresses: [server.address],
      timeoutMs: reason.source.includes("time-out") ? 150 : 5000,
      retries: 0,
    });
    expect(verdict).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(reason) as string,
    });
    if (verdict.status === "failed")
      expect(verdict.reason).toMatch(/^[ -~]{1,200}$/);
  });

  test("answers any part of the right answer is a failure", async () => {
    let length = 0;
    const server = await start((request, reply) => {
      reply(right(request.get("Thread") ?? "").slice(0, length));
    });
    for (length = 0; length < right("12345").length - 1; length += 1)
      expect(
        await judge({ addresses: [server.address], retries: 0 }),
      ).toMatchObject({ status: "failed" });
  });

  test("answers whatever bytes is a failure", async () => {
    let bytes: Uint8Array = new Uint8Array();
    const server = await start((_request, reply) => {
      reply(bytes);
    });
    const fragments = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc
          .constantFrom("Code: 200\n", "PV: 2.1\n", "Count: 0\n", "\n", "Diag")
          .map((text) => Buffer.from(text)),
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(fragments, async (chunks) => {
        bytes = Buffer.concat(chunks);
        const verdict = await judge({
          addresses: [server.address],
          retries: 0,
          timeoutMs: 2000,
        });
        return verdict.status === "failed";
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test("answers another question first, and twice, is heard out", async () => {
    const server = await start((request, reply) => {
      const thread = request.get("Thread") ?? "";
      reply(checkReply(String(((Number(thread) + 7) % 60_000) + 1024), 9));
      reply(checkReply(thread, 0));
      reply(checkReply(thread, 9));
    });
    expect(await judge({ addresses: [server.address] })).toMatchObject({
      status: "done",
      findings: [],
    });
  });

  test("is not there is skipped with auto, and else failed", async () => {
    const addresses = [await unusedUdpPort()];
    const started = Date.now();
    expect(await judge({ addresses, enabled: "auto" })).toMatchObject({
      status: "skipped",
      reason: "not running",
    });
    expect(await judge({ addresses })).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/^port closed \(udp:127/) as string,
    });
    expect(Date.now() - started).toBeLessThan(1000);
  });

  test("stands elsewhere is not asked with auto", async () => {
    const address = { kind: "udp", host: "192.0.2.1", port: 9 } as const;
    expect(
      await judge({ addresses: [address], enabled: "auto" }),
    ).toMatchObject({ status: "skipped" });
  });
});

test("the deadline ends it at once", async () => {
  const server = await start(() => undefined);
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort();
  }, 50);
  const started = Date.now();
  expect(
    await judge({ addresses: [server.address] }, message, controller.signal),
  ).toMatchObject({ status: "failed", reason: "deadline" });
  expect(Date.now() - started).toBeLessThan(500);
});

describe("reporting", () => {
  const open = (server: FakePyzord, report: boolean) =>
    pyzor.open(
      { ...pyzor.defaults, addresses: [server.address], options: { report } },
      defaultLimits,
    );
  const ok: Answer = (request, reply) => {
    reply(
      `Code: 200\nDiag: OK\nPV: 2.1\nThread: ${request.get("Thread") ?? ""}\n\n`,
    );
  };

  test("is there only where it was asked for", async () => {
    const server = await start(ok);
    expect("report" in open(server, false)).toBe(false);
    expect("report" in open(server, true)).toBe(true);
  });

  test("names the spec of the digest", async () => {
    const server = await start(ok);
    const scanner = open(server, true);
    await scanner.report?.(Buffer.from(message), "spam", noDeadline());
    await scanner.report?.(Buffer.from(message), "ham", noDeadline());
    const sent = server.requests.map((request) =>
      ["Op", "Op-Digest", "Op-Spec"].map((field) => request.get(field)),
    );
    expect(sent).toEqual([
      ["report", digest, "20,3,60,3"],
      ["whitelist", digest, "20,3,60,3"],
    ]);
  });

  test("is not done a second time, whatever comes of it", async () => {
    const server = await start((_request, reply) => {
      reply("garbage");
    });
    await expect(
      open(server, true).report?.(Buffer.from(message), "spam", noDeadline()),
    ).rejects.toThrow("reply not understood");
    expect(server.requests.length).toBe(1);
  });

  test("a message of which nothing counts is refused", async () => {
    const server = await start(ok);
    await expect(
      open(server, true).report?.(Buffer.from("x\n"), "spam", noDeadline()),
    ).rejects.toThrow("nothing in it that could be counted");
    expect(server.requests).toEqual([]);
  });
});

test("a ping names the protocol", async () => {
  const server = await start((request, reply) => {
    reply(
      `Code: 200\nDiag: OK\nPV: 2.1\nThread: ${request.get("Thread") ?? ""}\n\n`,
    );
  });
  const scanner = pyzor.open(
    { ...pyzor.defaults, addresses: [server.address] },
    defaultLimits,
  );
  expect(await scanner.ping(noDeadline())).toEqual({
    version: "pyzord, protocol 2.1",
    databaseAt: null,
  });
  expect(server.requests[0]?.get("Op")).toBe("ping");
  expect(server.requests[0]?.has("Op-Digest")).toBe(false);
});
