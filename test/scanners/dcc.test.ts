// What dccifd and dccproc are asked, and what is made of their counts. Whatever
// they may do wrong is in faults.test.ts.

import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { dcc } from "../../src/scanners/dcc.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import type {
  OpenScanner,
  ScannerSettings,
  Subject,
} from "../../src/scanners/scanner.ts";
import type { Verdict } from "../../src/verdict.ts";
import {
  dccReply,
  serveDccifd,
  type DccRequest,
} from "../fakes/scanner-dccifd.ts";
import {
  listen,
  unusedPort,
  type FakeServer,
} from "../fakes/scanner-server.ts";
import { noDeadline, subjectOf } from "./subject.ts";

const running: FakeServer[] = [];
let folder = "";
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Fake {
  readonly server: FakeServer;
  readonly requests: readonly DccRequest[];
}

async function start(
  reply: (request: DccRequest) => string | null,
): Promise<Fake> {
  const requests: DccRequest[] = [];
  const server = await listen("unix", (socket) => {
    serveDccifd(socket, (request) => {
      requests.push(request);
      const text = reply(request);
      if (text === null) socket.destroy();
      else socket.end(Buffer.from(text, "latin1"));
    });
  });
  running.push(server);
  return { server, requests };
}

const answering =
  (metrics: string, answer: "A" | "R" = "A") =>
  ({ recipients }: DccRequest): string =>
    dccReply(metrics, recipients.length, answer);

function open(
  given: Partial<ScannerSettings>,
): readonly [OpenScanner, ScannerSettings] {
  const settings = { ...dcc.defaults, ...given };
  return [dcc.open(settings, defaultLimits), settings];
}

function judge(
  given: Partial<ScannerSettings>,
  subject: Subject = mailTo("a@example.test"),
): Promise<Verdict> {
  return new ReadyScanner(...open(given)).judge(subject, noDeadline());
}

function mailTo(...recipients: string[]): Subject {
  const subject = subjectOf("Subject: x\n\nhello\n");
  return {
    ...subject,
    mail: {
      ...subject.mail,
      envelope: {
        sender: Buffer.from("s@example.org"),
        recipients: recipients.map((each) => Buffer.from(each, "latin1")),
      },
    },
  };
}

function from(
  subject: Subject,
  peer: Partial<Subject["mail"]["peer"]>,
): Subject {
  const { mail } = subject;
  return { ...subject, mail: { ...mail, peer: { ...mail.peer, ...peer } } };
}

describe("a request", () => {
  test("tells client, HELO, sender and recipients, then the message as it is", async () => {
    const { server, requests } = await start(answering("Body=1"));
    const subject = from(mailTo("a@example.test", "b@example.test"), {
      ip: "192.0.2.1",
      host: "mx.example.org",
      helo: "helo.example.org",
    });
    expect(await judge({ addresses: [server.address] }, subject)).toMatchObject(
      { status: "done", findings: [] },
    );
    expect(requests).toEqual([
      {
        options: ["header", "grey-off"],
        client: "192.0.2.1\rmx.example.org",
        helo: "helo.example.org",
        sender: "s@example.org",
        recipients: ["a@example.test", "b@example.test"],
        message: Buffer.from("Subject: x\n\nhello\n"),
      },
    ]);
  });

  test("has an empty client where none is known, and no host without a name", async () => {
    const { server, requests } = await start(answering("Body=1"));
    const addresses = [server.address];
    await judge({ addresses });
    await judge({ addresses }, from(mailTo(), { ip: "192.0.2.1" }));
    expect(requests.map(({ client }) => client)).toEqual(["", "192.0.2.1"]);
  });

  test("keeps one line a recipient, whatever bytes an address has", async () => {
    const { server, requests } = await start(answering("Body=1"));
    const subject = mailTo("a\n\nX: y", "", "<>", "c\rd", "\xe4@example.test");
    expect(await judge({ addresses: [server.address] }, subject)).toMatchObject(
      { status: "done" },
    );
    expect(requests[0]?.recipients).toEqual([
      "a??X: y",
      "unknown",
      "unknown",
      "c?d",
      "\xe4@example.test",
    ]);
    expect(requests[0]?.message.toString()).toBe("Subject: x\n\nhello\n");
  });

  test("counts nothing with query, and for mail that was counted on its way", async () => {
    const { server, requests } = await start(answering("Body=1"));
    const addresses = [server.address];
    await judge({ addresses, options: { query: true } });
    const field = {
      name: "x-DCC-Other-Metrics",
      value: " host 1; Body=1",
      start: 0,
      end: 1,
    };
    const subject = mailTo("a@example.test");
    await judge(
      { addresses },
      { ...subject, message: { ...subject.message, header: [field] } },
    );
    for (const { options } of requests)
      expect(options).toEqual(["header", "grey-off", "query"]);
  });

  test("counts nothing on a second try", async () => {
    let isFirst = true;
    const { server, requests } = await start((request) => {
      const reply = isFirst ? null : answering("Body=1")(request);
      isFirst = false;
      return reply;
    });
    expect(await judge({ addresses: [server.address] })).toMatchObject({
      status: "done",
    });
    expect(requests.map(({ options }) => options.includes("query"))).toEqual([
      false,
      true,
    ]);
  });

  test("is put for each copy, as each is a delivery that counts", async () => {
    const { server, requests } = await start(answering("Body=1"));
    const scanner = new ReadyScanner(...open({ addresses: [server.address] }));
    await Promise.all(
      Array.from({ length: 5 }, () =>
        scanner.judge(mailTo("a@example.test"), noDeadline()),
      ),
    );
    expect(requests.length).toBe(5);
  });
});

describe("counts", () => {
  test.each([
    ["Body=1 Fuz1=1 Fuz2=1", {}, false],
    ["Body=16777199 Fuz1=999999", {}, false],
    ["Body=many Fuz1=many Fuz2=many", {}, true],
    ["Body=1 Fuz1=many", {}, true],
    ["Body=1 Fuz2=many", {}, true],
    ["Body=1 Fuz1=ok Fuz2=ok2", { fuz1_min: 1, fuz2_min: 1 }, false],
    ["Body=9", { body_min: 10 }, false],
    ["Body=10", { body_min: 10 }, true],
    ["Body=many", { body_min: 10 }, true],
    ["Body=1 Fuz1=30", { fuz1_min: 30 }, true],
    ["Body=1 Fuz2=30", { fuz1_min: 30 }, false],
    ["Body=1 rep=89%", {}, false],
    ["Body=1 rep=90%", {}, true],
    ["Body=1 rep=50%", { rep_min_percent: 50 }, true],
    ["bulk Body=1", {}, true],
    ["bulk rep Body=1 rep=5%", {}, true],
    ["IP=ok Body=many", {}, false],
    ["env_From=ok bulk Body=many", {}, false],
    ["From=1 Message-ID=many Received=3 Body=1", {}, false],
  ])("%s with %j", async (metrics, options, isFound) => {
    const { server } = await start(answering(metrics));
    expect(await judge({ addresses: [server.address], options })).toMatchObject(
      {
        status: "done",
        findings: isFound
          ? [{ source: "dcc", kind: "bulk", name: "DCC_CHECK", part: null }]
          : [],
        score: null,
        fields: [
          {
            name: "X-DCC-Test-Metrics",
            value: `host.example 1234; ${metrics}`,
          },
        ],
      },
    );
  });

  test("of a folded field are read as of one line", async () => {
    const { server } = await start(answering("Body=1\n\tFuz1=1\n\tFuz2=many"));
    expect(await judge({ addresses: [server.address] })).toMatchObject({
      findings: [{ name: "DCC_CHECK" }],
      fields: [{ value: "host.example 1234; Body=1 Fuz1=1 Fuz2=many" }],
    });
  });

  test("do not matter where the daemon itself rejects", async () => {
    const { server } = await start(answering("Body=2", "R"));
    expect(await judge({ addresses: [server.address] })).toMatchObject({
      findings: [{ name: "DCC_CHECK" }],
    });
  });

  test("an empty brand is one", async () => {
    const { server } = await start(() =>
      dccReply("Body=1", 1).replace("X-DCC-Test-", "X-DCC--"),
    );
    expect(await judge({ addresses: [server.address] })).toMatchObject({
      status: "done",
      fields: [{ name: "X-DCC--Metrics" }],
    });
  });
});

describe("a report", () => {
  test("says spam, and is there only where it was asked for", async () => {
    const { server, requests } = await start(answering("Body=many"));
    const addresses = [server.address];
    const [silent] = open({ addresses });
    expect("report" in silent).toBe(false);
    const [scanner] = open({ addresses, options: { report: true } });
    await scanner.report?.(Buffer.from("x\n\ny\n"), "spam", noDeadline());
    expect(requests).toMatchObject([
      {
        options: ["header", "grey-off", "spam"],
        recipients: ["unknown"],
        message: Buffer.from("x\n\ny\n"),
      },
    ]);
    await expect(
      scanner.report?.(Buffer.from("x\n\ny\n"), "ham", noDeadline()),
    ).rejects.toThrow("no way to take a report back");
    expect(requests.length).toBe(1);
  });
});

test("a ping counts nothing and names the server", async () => {
  const { server, requests } = await start(answering("Body=0"));
  const [scanner] = open({ addresses: [server.address] });
  expect(await scanner.ping(noDeadline())).toEqual({
    version: "DCC, server 1234",
    databaseAt: null,
  });
  expect(requests).toMatchObject([
    { options: ["header", "grey-off", "query"], recipients: [] },
  ]);
});

describe("dccproc", () => {
  const field = "X-DCC-Test-Metrics: host.example 1234;";

  /** A program that notes its arguments and its input, and does as it is told. */
  async function program(script: string): Promise<string> {
    folder = await mkdtemp(join(tmpdir(), "qsift-dccproc-"));
    const path = join(folder, "dccproc");
    await writeFile(
      path,
      `#!/bin/sh\nprintf '%s|' "$@" >"${folder}/args"\ncat >"${folder}/input"\n${script}\n`,
    );
    await chmod(path, 0o755);
    return path;
  }
  const noted = (what: "args" | "input"): Promise<string> =>
    readFile(join(folder, what), "latin1");

  test("is run where there is no dccifd", async () => {
    const path = await program(`echo '${field} bulk Body=7'`);
    const addresses = [await unusedPort()];
    const subject = from(mailTo("a@example.test", "-b@example.test"), {
      ip: "192.0.2.1",
    });
    expect(
      await judge({ addresses, options: { program: path } }, subject),
    ).toMatchObject({
      status: "done",
      findings: [{ kind: "bulk", name: "DCC_CHECK" }],
      fields: [
        { name: "X-DCC-Test-Metrics", value: "host.example 1234; bulk Body=7" },
      ],
    });
    expect(await noted("args")).toBe(
      "-H|-x|0|-a|192.0.2.1|-f|s@example.org|-t|2|",
    );
    expect(await noted("input")).toBe("Subject: x\n\nhello\n");
  });

  test("is not run where dccifd fails otherwise", async () => {
    const path = await program(`echo '${field} Body=1'`);
    const { server } = await start(() => "T\n\n");
    const addresses = [server.address];
    expect(
      await judge({ addresses, options: { program: path } }),
    ).toMatchObject({
      status: "failed",
      reason: "dccifd has no answer from DCC",
    });
    await expect(noted("args")).rejects.toThrow("ENOENT");
  });

  test("counts nothing with query", async () => {
    const path = await program(`echo '${field} Body=1'`);
    const addresses = [await unusedPort()];
    await judge({ addresses, options: { program: path, query: true } });
    expect(await noted("args")).toBe("-H|-x|0|-R|-f|s@example.org|-Q|");
  });

  test.each([
    ["exit 0", /^reply not understood/],
    [`echo '${field} Body=1'; exit 67`, /^dccproc: exit code 67/],
    [`echo 'no server' >&2; exit 74`, /^dccproc: exit code 74: "no server"/],
    [`printf '%s' '${field} Body=1'`, /^reply not understood/],
    [`echo '${field}'`, /^expected a count of the body/],
    [`echo '${field} Body=1'; echo more`, /^reply not understood/],
    [`echo 'X-DCC: nothing'`, /^reply not understood/],
    ["kill -9 $$", /^dccproc: killed by SIGKILL/],
    ["yes", /^said more than/],
    ["sleep 60", /^time-out after/],
  ])("that does %j fails", async (script, reason) => {
    const path = await program(script);
    expect(
      await judge({
        addresses: [await unusedPort()],
        options: { program: path },
        timeoutMs: reason.source.includes("time-out") ? 300 : 10_000,
      }),
    ).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(reason) as string,
    });
  });

  test("that is missing too is skipped with auto, and else failed", async () => {
    const addresses = [await unusedPort()];
    const options = { program: "/nonexistent/dccproc" };
    expect(await judge({ addresses, options, enabled: "auto" })).toMatchObject({
      status: "skipped",
      reason: "not running",
    });
    expect(await judge({ addresses, options, enabled: true })).toMatchObject({
      status: "failed",
      reason: "no such program (/nonexistent/dccproc)",
    });
  });
});
