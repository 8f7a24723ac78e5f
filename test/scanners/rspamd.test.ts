import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import type { Mail } from "../../src/mail.ts";
import { formatAddress } from "../../src/scanners/address.ts";
import { rspamd } from "../../src/scanners/rspamd.ts";
import type {
  OpenScanner,
  Report,
  Subject,
} from "../../src/scanners/scanner.ts";
import {
  chunkedReply,
  httpReply,
  rspamdClean,
  rspamdCleanReply,
  serveRspamd,
} from "../fakes/scanner-rspamd.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

let server: FakeServer | null = null;
afterEach(async () => {
  await server?.stop();
  server = null;
});

interface Request {
  readonly head: string;
  readonly body: Buffer;
}

async function open(
  reply: string,
  options: Record<string, unknown> = {},
  requests: Request[] = [],
): Promise<OpenScanner> {
  const fake = await listen("unix", (socket) => {
    serveRspamd(socket, (head, body) => {
      requests.push({ head, body });
      socket.end(Buffer.from(reply, "latin1"));
    });
  });
  server = fake;
  return rspamd.open(
    {
      ...rspamd.defaults,
      addresses: [fake.address],
      retries: 0,
      options: {
        ...rspamd.defaults.options,
        controller: formatAddress(fake.address),
        ...options,
      },
    },
    defaultLimits,
  );
}

async function reportOf(
  change: Record<string, unknown>,
  options: Record<string, unknown> = {},
): Promise<Report> {
  const text = JSON.stringify({ ...rspamdClean, ...change });
  const scanner = await open(httpReply(text), options);
  return scanner.scan(subjectOf("x"), noDeadline());
}

function subjectWith(change: {
  peer?: Partial<Mail["peer"]>;
  sender?: string;
  recipients?: string[];
  bytes?: Uint8Array;
}): Subject {
  const { mail, message } = subjectOf(change.bytes ?? "x");
  const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
  return {
    mail: {
      ...mail,
      peer: { ...mail.peer, ...change.peer },
      envelope: {
        sender: bytes(change.sender ?? ""),
        recipients: (change.recipients ?? []).map(bytes),
      },
    },
    message,
  };
}

describe("the request", () => {
  async function headOf(subject: Subject): Promise<string[]> {
    const requests: Request[] = [];
    const scanner = await open(rspamdCleanReply, {}, requests);
    await scanner.scan(subject, noDeadline());
    await server?.stop();
    return requests[0]?.head.split("\r\n") ?? [];
  }

  test("carries the envelope, the peer and the message as it was received", async () => {
    const bytes = Buffer.concat([
      Buffer.from("Subject: \xE9\0\r\n\n\r", "latin1"),
      Buffer.alloc(600_000, "\xC3\xA9"),
    ]);
    const requests: Request[] = [];
    const scanner = await open(rspamdCleanReply, {}, requests);
    const subject = subjectWith({
      peer: {
        ip: "192.0.2.7",
        host: "mx.example.org",
        helo: "[192.0.2.7]",
        user: "ann@example.org",
      },
      sender: "bounce+a=b@example.org",
      recipients: ["bob@example.test", "postmaster"],
      bytes,
    });
    await scanner.scan(subject, noDeadline());
    expect(requests.length).toBe(1);
    expect(requests[0]?.head.split("\r\n")).toEqual([
      "POST /checkv2 HTTP/1.1",
      "Host: localhost",
      "Connection: close",
      `Content-Length: ${bytes.length}`,
      "From: <bounce+a=b@example.org>",
      "Rcpt: <bob@example.test>",
      "Rcpt: <postmaster>",
      "IP: 192.0.2.7",
      "Helo: [192.0.2.7]",
      "Hostname: mx.example.org",
      "User: ann@example.org",
      "Queue-Id: test",
      "",
      "",
    ]);
    expect(requests[0]?.body.equals(bytes)).toBe(true);
  });

  test("names the null sender", async () => {
    expect(await headOf(subjectWith({}))).toContain("From: <>");
  });

  test.each([
    "a\r\nIP: 127.0.0.1",
    "a\nb@example.org",
    "a\0b@example.org",
    "j\xE9r@example.org",
    '"a b"@example.org',
    "a b@example.org",
    "a,b@example.org",
    "a@example.org>,<b@example.org",
    "a@b@example.org",
  ])("leaves out what is not plainly one value: %j", async (text) => {
    const head = await headOf(
      subjectWith({
        peer: { ip: text, host: text, helo: text, user: text },
        sender: text,
        recipients: [text, "bob@example.test"],
      }),
    );
    const isWord = /^[!-~]+$/.test(text);
    expect(head.slice(4)).toEqual([
      "Rcpt: <bob@example.test>",
      ...(isWord ? [`User: ${text}`] : []),
      "Queue-Id: test",
      "",
      "",
    ]);
  });

  test("names a hundred recipients at most", async () => {
    const recipients = Array.from({ length: 5000 }, (_, i) => `u${i}@x.test`);
    const head = await headOf(subjectWith({ recipients }));
    expect(head.filter((line) => line.startsWith("Rcpt:")).length).toBe(100);
  });

  test("is the same for another copy, and not for another envelope", async () => {
    const scanner = await open(rspamdCleanReply);
    const keyOf = (sender: string, id = "1", text = "x"): string | null => {
      const { mail } = subjectWith({ sender });
      const { message } = subjectOf(text, [partOf(0, Buffer.from(text))]);
      return scanner.key?.({ mail: { ...mail, id }, message }) ?? null;
    };
    expect(keyOf("a@x.test")).not.toBeNull();
    expect(keyOf("a@x.test", "2")).toBe(keyOf("a@x.test", "1"));
    expect(keyOf("b@x.test")).not.toBe(keyOf("a@x.test"));
    expect(keyOf("a@x.test", "1", "y")).not.toBe(keyOf("a@x.test"));
    expect(scanner.key?.(subjectOf("x"))).toBeNull();
  });
});

describe("the verdict", () => {
  test("is scaled so that rspamd's threshold is 5, rules too; the action is information", async () => {
    const symbols = {
      BAD: { score: 9.5 },
      GOOD: { score: -1.899999 },
      ZERO: { score: 0 },
      __proto__x: { score: 0 },
    };
    const report = await reportOf({
      score: 7.599999,
      action: "add header",
      symbols,
    });
    expect(report).toEqual({
      score: 2.533,
      version: "rspamd/3.4",
      fields: [{ name: "X-Qsift-Rspamd-Action", value: "add header" }],
      findings: [
        ["BAD", 3.167],
        ["GOOD", -0.633],
        ["ZERO", 0],
        ["__proto__x", 0],
      ].map(([name, score]) => ({
        source: "rspamd",
        kind: "spam",
        name,
        part: null,
        score,
      })),
    });
  });

  test("may come in chunks", async () => {
    const scanner = await open(chunkedReply(JSON.stringify(rspamdClean)));
    const report = await scanner.scan(subjectOf("x"), noDeadline());
    expect(report.score).toBe(0.4);
  });

  test.each([
    [15, 5],
    [45, 15],
    [-3, -1],
    [-0, 0],
  ])("of %d is %d", async (score, expected) => {
    expect((await reportOf({ score })).score).toBe(expected);
  });

  test("keeps a symbol of any name", async () => {
    const text = JSON.stringify({ ...rspamdClean, symbols: "RAW" }).replace(
      '"RAW"',
      '{"__proto__":{"score":3},"constructor":{"score":3},"a b\\n":{"score":0}}',
    );
    const scanner = await open(httpReply(text));
    const { findings } = await scanner.scan(subjectOf("x"), noDeadline());
    expect(findings.map(({ name }) => name)).toEqual([
      "__proto__",
      "constructor",
      "a_b\\x0A",
    ]);
  });

  test("names viruses by the options of the configured symbols, whatever else is said", async () => {
    const symbols = {
      CLAM_VIRUS: { score: 0, options: ["Evil.A", "Evil B", 1] },
      CLAM_VIRUS_FAIL: { score: 0 },
      CLAM_VIRUS_ENCRYPTED: { score: 0, options: ["x"] },
      CLAM_VIRUS_MACRO: { score: 0 },
      OTHER_VIRUS: { score: 0, options: ["Evil.C"] },
    };
    for (const action of ["no action", "soft reject"]) {
      const { findings } = await reportOf({ symbols, action, time_real: 20 });
      await server?.stop();
      expect(findings.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
        "virus Evil.A",
        "virus Evil_B",
        "encrypted CLAM_VIRUS_ENCRYPTED",
        "macro CLAM_VIRUS_MACRO",
        "spam OTHER_VIRUS",
      ]);
    }
    const virus_symbols = ["OTHER_VIRUS"];
    const other = await reportOf(
      { symbols: { OTHER_VIRUS: { score: 0 } } },
      { virus_symbols },
    );
    expect(other.findings[0]).toMatchObject({
      kind: "virus",
      name: "OTHER_VIRUS",
    });
  });

  test("is rspamd's threshold at least where it rejects, and past every band for its test pattern", async () => {
    const rejected = await reportOf({ score: 3, action: "reject" });
    expect(rejected.score).toBe(5);
    expect(rejected.findings.at(-1)).toMatchObject({
      kind: "spam",
      name: "rspamd-reject",
      score: 4,
    });
    await server?.stop();
    expect((await reportOf({ score: 90, action: "reject" })).score).toBe(30);
    await server?.stop();
    const gtube = { score: 15, action: "reject", is_skipped: true };
    expect((await reportOf(gtube)).score).toBe(1000);
  });

  test("is none where rspamd did not judge to the end", async () => {
    const failures: [Record<string, unknown>, string][] = [
      [{ action: "soft reject" }, "rspamd asks to try again later"],
      [
        {
          action: "soft reject",
          messages: { smtp_message: "Try\r\nagain" },
        },
        'rspamd asks to try again later: "Try\\x0D\\x0Aagain"',
      ],
      [{ is_skipped: true }, "rspamd skipped the message (no action)"],
      [
        { time_real: 8.004 },
        "partial score (8.004 s, rspamd's task_timeout is 8 s)",
      ],
      [
        { symbols: { CLAM_VIRUS_FAIL: { score: 0 } } },
        "rspamd's virus scanner failed (CLAM_VIRUS_FAIL)",
      ],
    ];
    for (const [change, text] of failures) {
      await expect(reportOf(change)).rejects.toMatchObject({ message: text });
      await server?.stop();
    }
    const options = { task_timeout_s: 60, virus_symbols: [] };
    const symbols = { CLAM_VIRUS_FAIL: { score: 0 } };
    expect(await reportOf({ time_real: 9, symbols }, options)).toMatchObject({
      score: 0.4,
    });
  });
});

describe("ping", () => {
  test("tells the version", async () => {
    const scanner = await open(httpReply("pong\r\n"));
    expect(await scanner.ping(noDeadline())).toEqual({
      version: "rspamd/3.4",
      databaseAt: null,
    });
  });

  test.each(["", "ping", "pong\r\npong\r\n"])(
    "fails on %j",
    async (body: string) => {
      const scanner = await open(httpReply(body));
      await expect(scanner.ping(noDeadline())).rejects.toThrow("expected pong");
    },
  );
});

describe("learning", () => {
  let folder = "";
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const message = Buffer.from("Subject: x\n\ny\n");

  test("tells the controller the message with its password", async () => {
    folder = await mkdtemp(join(tmpdir(), "qsift-test-"));
    const password_file = join(folder, "password");
    await writeFile(password_file, "not a secret\n");
    const requests: Request[] = [];
    const scanner = await open(
      httpReply('{"success":true}'),
      { password_file },
      requests,
    );
    await scanner.learn?.(message, "spam", noDeadline());
    await scanner.learn?.(message, "ham", noDeadline());
    expect(requests.map(({ head }) => head.split("\r\n")[0])).toEqual([
      "POST /learnspam HTTP/1.1",
      "POST /learnham HTTP/1.1",
    ]);
    expect(requests[0]?.head).toContain("\r\nPassword: not a secret\r\n");
    expect(requests[0]?.body.equals(message)).toBe(true);
  });

  test.each([
    ["208 Already reported", '{"success":true}'],
    ["404 <1@x.test> has been already learned as spam, ignore it", "{}"],
  ])("is done where the controller says %j", async (status, body) => {
    const scanner = await open(httpReply(body, status));
    await scanner.learn?.(message, "spam", noDeadline());
    expect(server?.taken()).toBe(1);
  });

  test.each(["401 Unauthorized", "204 Not needed", "500 error"])(
    "fails where the controller says %j",
    async (status) => {
      const scanner = await open(httpReply("{}", status));
      await expect(
        scanner.learn?.(message, "ham", noDeadline()),
      ).rejects.toThrow(`not learned: "${status} {}"`);
    },
  );

  test("fails without a usable password file, and asks nobody", async () => {
    folder = await mkdtemp(join(tmpdir(), "qsift-test-"));
    const password_file = join(folder, "password");
    const scanner = await open(rspamdCleanReply, { password_file });
    await expect(scanner.learn?.(message, "ham", noDeadline())).rejects.toThrow(
      "password_file can't be read",
    );
    await writeFile(password_file, "a\r\nIP: 127.0.0.1\r\n");
    await expect(scanner.learn?.(message, "ham", noDeadline())).rejects.toThrow(
      "expected one line of printable ASCII",
    );
    expect(server?.taken()).toBe(0);
  });
});
