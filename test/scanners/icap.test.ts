import { afterEach, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { icap } from "../../src/scanners/icap.ts";
import type { OpenScanner, Report } from "../../src/scanners/scanner.ts";
import { icapCleanReply, icapReply, serveIcap } from "../fakes/scanner-icap.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

const running: FakeServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

interface Request {
  readonly head: string;
  readonly body: Buffer;
}

/** Answers to the requests in turn, the last one to all that follow. */
async function open(
  replies: readonly string[],
  requests: Request[] = [],
  change: { maxBytes?: number; service?: string } = {},
): Promise<OpenScanner> {
  const server = await listen("tcp", (socket) => {
    serveIcap(socket, (head, body) => {
      const reply = replies[requests.length] ?? replies.at(-1) ?? "";
      requests.push({ head, body });
      socket.end(Buffer.from(reply, "latin1"));
    });
  });
  running.push(server);
  return icap.open(
    {
      ...icap.defaults,
      addresses: [server.address],
      retries: 0,
      maxBytes: change.maxBytes ?? icap.defaults.maxBytes,
      options: { service: change.service ?? "/avscan" },
    },
    defaultLimits,
  );
}

async function reportOf(reply: string): Promise<Report> {
  const scanner = await open([reply]);
  return scanner.scan(subjectOf("x"), noDeadline());
}

const forbidden = "HTTP/1.0 403 Forbidden\r\nServer: Fake\r\n\r\n";

describe("the request", () => {
  test("has the message as it was received, behind the heads that it states the places of", async () => {
    const message = Buffer.concat([
      Buffer.from("Subject: \xE9\0\r\n\n\r0\r\n\r\n", "latin1"),
      Buffer.alloc(600_000, "\xC3\xA9"),
    ]);
    const requests: Request[] = [];
    const scanner = await open([icapCleanReply], requests, {
      service: "/virus_scan?allow204=on",
    });
    await scanner.scan(subjectOf(message), noDeadline());
    expect(requests.length).toBe(1);
    const [icapHead = "", request = "", response = ""] =
      requests[0]?.head.split(/(?<=\r\n\r\n)/) ?? [];
    const address = running[0]?.address;
    const host = address?.kind === "tcp" ? `127.0.0.1:${address.port}` : "";
    expect(icapHead.split("\r\n")).toEqual([
      `RESPMOD icap://${host}/virus_scan?allow204=on ICAP/1.0`,
      `Host: ${host}`,
      "Allow: 204",
      "Connection: close",
      `Encapsulated: req-hdr=0, res-hdr=${request.length}, res-body=${request.length + response.length}`,
      "",
      "",
    ]);
    expect(response).toBe(
      `HTTP/1.1 200 OK\r\nContent-Type: message/rfc822\r\nContent-Length: ${message.length}\r\n\r\n`,
    );
    expect(requests[0]?.body.equals(message)).toBe(true);
  });

  test("comes for each decoded part too, once for each content, without the sender's names and types", async () => {
    const bytes = Buffer.from("Subject: x\n\nplain\n");
    const rest = { declaredType: "image/png", filename: "evil.png" };
    const parts = [
      partOf(0, bytes),
      partOf(1, bytes.subarray(12), { detectedType: "text/plain" }),
      partOf(2, Buffer.from("two"), rest),
      partOf(3, Buffer.from("two"), rest),
      partOf(4, Buffer.from("in two"), { ...rest, parent: 2 }),
      partOf(5, Buffer.alloc(0)),
      partOf(6, Buffer.from("0\r\n\r\n")),
      partOf(7, Buffer.alloc(100)),
    ];
    const requests: Request[] = [];
    const scanner = await open([icapCleanReply], requests, { maxBytes: 99 });
    const report = await scanner.scan(subjectOf(bytes, parts), noDeadline());
    expect(requests.map(({ body }) => body.toString())).toEqual([
      bytes.toString(),
      "two",
      "0\r\n\r\n",
    ]);
    expect(requests.map(({ head }) => /^GET (\S+)/m.exec(head)?.[1])).toEqual([
      "http://localhost/message",
      "http://localhost/part/2",
      "http://localhost/part/6",
    ]);
    for (const { head } of requests.slice(1)) {
      expect(head).toContain("\r\nContent-Type: application/octet-stream\r\n");
      expect(head).not.toMatch(/evil|png/);
    }
    expect(report.findings).toEqual([
      {
        source: "icap",
        kind: "limit",
        name: "icap-part-over-max-bytes",
        part: 7,
        score: null,
      },
    ]);
  });

  test("is not made for the parts of a message that is infected as a whole", async () => {
    const requests: Request[] = [];
    const scanner = await open(
      [icapReply("X-Virus-ID: Evil\r\n", forbidden, "no")],
      requests,
    );
    const parts = [partOf(0, Buffer.from("x")), partOf(1, Buffer.from("y"))];
    const report = await scanner.scan(subjectOf("x", parts), noDeadline());
    expect(requests.length).toBe(1);
    expect(report.findings).toMatchObject([{ name: "Evil", part: null }]);
  });
});

describe("the verdict", () => {
  test("204 is clean, with the server's name and the state of its signatures", async () => {
    expect(await reportOf(icapCleanReply)).toEqual({
      findings: [],
      score: null,
      version: "Fake/1 fake-2",
    });
    expect(await reportOf("ICAP/1.0 204 Unmodified\r\n\r\n")).toMatchObject({
      findings: [],
      version: null,
    });
  });

  test.each([
    ["X-Infection-Found: Type=0; Resolution=2; Threat=Evil.A;", "virus Evil.A"],
    ["x-infection-found: threat = Evil A", "virus Evil_A"],
    [
      "X-Infection-Found: Type=1; Resolution=1; Threat=Rule 3;",
      "policy Rule_3",
    ],
    [
      "X-Infection-Found: Type=2; Threat=Encrypted container;",
      "encrypted Encrypted_container",
    ],
    [
      "X-Infection-Found: Type=2; Threat=Container size;",
      "limit Container_size",
    ],
    ["X-Infection-Found: Type=0; Resolution=2", "virus unnamed"],
    ["X-Infection-Found:", "virus unnamed"],
    ["X-Virus-ID: Evil\xFF.B", "virus Evil\\xC3\\xBF.B"],
    ["X-Virus-ID:", "virus unnamed"],
    ["X-Violations-Found: 1\r\n\t-\r\n\tEvil.C\r\n\t0\r\n\t0", "virus Evil.C"],
    ["X-Violations-Found: 1", "virus unnamed"],
    ["X-Virus-ID: no threats", "virus icap-blocked"],
    ["X-Other: x", "virus icap-blocked"],
  ])("%j with a page of status 403", async (field, expected) => {
    const report = await reportOf(icapReply(`${field}\r\n`, forbidden, "no"));
    expect(report.findings.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      expected,
    ]);
  });

  test("a virus may be named in the page's header, or beside 204", async () => {
    const page = "HTTP/1.1 200 OK\r\nX-Virus-ID: Evil.D\r\n\r\n";
    expect((await reportOf(icapReply("", page, "ok"))).findings).toMatchObject([
      { kind: "virus", name: "Evil.D" },
    ]);
    const passed = "ICAP/1.0 204 Unmodified\r\nX-Virus-ID: Evil.E\r\n\r\n";
    expect((await reportOf(passed)).findings).toMatchObject([
      { kind: "virus", name: "Evil.E" },
    ]);
  });

  test("a virus that is told before all was sent counts, and clean does not", async () => {
    const message = Buffer.alloc(4_000_000, "x");
    const early = async (reply: string): Promise<Report> => {
      const server = await listen("tcp", (socket) => {
        socket.once("data", () => {
          socket.pause();
          socket.write(reply);
        });
      });
      running.push(server);
      const settings = { ...icap.defaults, addresses: [server.address] };
      return icap
        .open({ ...settings, retries: 0 }, defaultLimits)
        .scan(subjectOf(message), AbortSignal.timeout(500));
    };
    const infected = icapReply("X-Virus-ID: Evil\r\n", forbidden, "no");
    expect((await early(infected)).findings).toMatchObject([{ name: "Evil" }]);
    await expect(early(icapCleanReply)).rejects.toThrow(
      "connection closed or answered before all was sent",
    );
  });

  test("what a service that scans nothing answers is none", async () => {
    const echo = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    await expect(reportOf(icapReply("", echo, "x"))).rejects.toThrow(
      'expected a verdict, found 200 where clean is 204, with HTTP status "200 OK"',
    );
  });
});

describe("ping", () => {
  const pingWith = async (reply: string): Promise<unknown> => {
    const server = await listen("tcp", (socket) => {
      socket.once("data", (data: Buffer) => {
        expect(data.toString()).toMatch(
          /^OPTIONS icap:\/\/127\.0\.0\.1:\d+\/avscan ICAP\/1\.0\r\n/,
        );
        socket.end(reply);
      });
    });
    running.push(server);
    return icap
      .open(
        { ...icap.defaults, addresses: [server.address], retries: 0 },
        defaultLimits,
      )
      .ping(noDeadline());
  };
  const fields =
    'Service: Fake AV\r\nISTag: "fake-2"\r\nEncapsulated: null-body=0\r\n';

  test("tells the service and the state of its signatures", async () => {
    expect(
      await pingWith(
        `ICAP/1.0 200 OK\r\nMethods: REQMOD, RESPMOD\r\nAllow: 204\r\n${fields}\r\n`,
      ),
    ).toEqual({ version: "Fake AV fake-2", databaseAt: null });
  });

  test.each([
    ["404 Service not found", "Methods: RESPMOD\r\nAllow: 204\r\n"],
    ["200 OK", "Methods: REQMOD\r\nAllow: 204\r\n"],
    ["200 OK", "Methods: RESPMOD\r\n"],
    ["200 OK", "Methods: XRESPMOD\r\nAllow: 2040\r\n"],
  ])("fails on %s with %j", async (status, more) => {
    await expect(
      pingWith(`ICAP/1.0 ${status}\r\n${more}${fields}\r\n`),
    ).rejects.toThrow("expected a service that allows RESPMOD and 204");
  });
});
