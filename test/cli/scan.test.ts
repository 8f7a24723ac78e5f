import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

import { ConfigError } from "../../src/config-error.ts";
import type { Decision } from "../../src/decision.ts";
import type { Judgement } from "../../src/judge.ts";
import { defaultLimits } from "../../src/limits.ts";
import type { Mail } from "../../src/mail.ts";
import { UnknownPolicy } from "../../src/policy/unknown-policy.ts";
import type { Services } from "../../src/cli/services.ts";
import {
  fakeConfig,
  fakeDecision,
  fakeJudgement,
  fakePart,
  qsift,
} from "./fake-process.ts";

const folder = mkdtempSync(join(tmpdir(), "qsift-scan-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, bytes = "Subject: x\n\nbody\n"): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function judging(changes: Partial<Judgement>): Partial<Services> {
  return {
    judge: (mail) => Promise.resolve(fakeJudgement(mail, changes)),
  };
}

function deciding(...decisions: Partial<Decision>[]): Partial<Services> {
  return judging({ decisions: decisions.map(fakeDecision) });
}

test.each([
  ["queue", 0],
  ["reject", 31],
  ["defer", 71],
  ["quarantine", 99],
] as const)(
  "one file's action %s is exit code %d",
  async (action, exitCode) => {
    const services = deciding({ action });
    const path = file("one.eml");
    expect((await qsift(["scan", path], { services })).exitCode).toBe(exitCode);
    const json = await qsift(["scan", "--json", path], { services });
    expect(json.exitCode).toBe(exitCode);
    expect(JSON.parse(json.out)).toMatchObject({ file: path, action });
  },
);

test("with two files the exit code only says whether both were scanned", async () => {
  const services = deciding({ action: "reject" });
  const files = [file("a.eml"), file("b.eml")];
  const ran = await qsift(["scan", "--json", ...files], { services });
  expect(ran.exitCode).toBe(0);
  expect(ran.out.trim().split("\n")).toHaveLength(2);
});

test.each([
  ["queued and held", ["queue", "quarantine"], "hold", "queue"],
  ["queued and refused", ["queue", "reject"], "hold", "queue"],
  ["held and refused", ["quarantine", "reject"], "hold", "quarantine"],
  ["deferred and queued", ["queue", "defer"], "hold", "defer"],
  ["all refused", ["reject", "reject"], "queue", "reject"],
  ["refused for some, so for all", ["queue", "reject"], "reject", "reject"],
  ["refused for some, so queued", ["quarantine", "reject"], "queue", "queue"],
] as const)(
  "recipients %s: %j with %s is %s",
  async (_, actions, onPartialReject, expected) => {
    const decisions = actions.map((action, n) => ({
      action,
      recipients: [n],
      rule: `default/${n}`,
    }));
    const ran = await qsift(
      ["scan", "--json", "--to", "a@x", "--to", "b@x", file("mixed.eml")],
      {
        services: {
          ...deciding(...decisions),
          readConfig: () => Promise.resolve(fakeConfig({ onPartialReject })),
        },
      },
    );
    expect(JSON.parse(ran.out)).toMatchObject({
      action: expected,
      recipients: [
        { recipient: "a@x", action: actions[0], rule: "default/0" },
        { recipient: "b@x", action: actions[1], rule: "default/1" },
      ],
    });
  },
);

test("the JSON form has every documented key and nothing else", async () => {
  const services = judging({
    decisions: [
      fakeDecision({
        recipients: [0],
        action: "reject",
        rule: "default/on.virus",
        text: "virus",
        spam: { score: 7.2, required: 5, isSpam: true, tests: [] },
      }),
    ],
    message: {
      header: [],
      parts: [
        fakePart(),
        fakePart({ id: 1, parent: 0, place: "1", filename: "a.exe" }),
      ],
      findings: [
        { source: "mime", kind: "malformed", name: "m", part: 0, score: null },
      ],
    },
    verdicts: [
      {
        status: "done",
        scanner: "clamd",
        version: "ClamAV 1.4",
        score: null,
        ms: 2.06,
        findings: [
          { source: "clamd", kind: "virus", name: "V", part: 1, score: null },
        ],
      },
      { status: "failed", scanner: "spamd", reason: "time-out", ms: 5000 },
    ],
  });
  const path = file("keys.eml");
  const ran = await qsift(["scan", "--json", "--to", "b@x", path], {
    services,
  });
  expect(JSON.parse(ran.out)).toEqual({
    file: path,
    id: "20261122-120000-00000000",
    action: "reject",
    tagged: false,
    policy: "default",
    rule: "default/on.virus",
    score: 7.2,
    text: "virus",
    recipients: [
      {
        recipient: "b@x",
        action: "reject",
        tagged: false,
        policy: "default",
        rule: "default/on.virus",
      },
    ],
    findings: [
      { source: "mime", kind: "malformed", name: "m", part: 0, score: null },
      { source: "clamd", kind: "virus", name: "V", part: 1, score: null },
    ],
    verdicts: [
      {
        scanner: "clamd",
        status: "done",
        reason: null,
        version: "ClamAV 1.4",
        ms: 2.1,
      },
      {
        scanner: "spamd",
        status: "failed",
        reason: "time-out",
        version: null,
        ms: 5000,
      },
    ],
    parts: [
      {
        id: 0,
        parent: null,
        place: "",
        filename: null,
        declaredType: "text/plain",
        detectedType: "text/plain",
        size: 5,
        sha256: "ab".repeat(32),
      },
      {
        id: 1,
        parent: 0,
        place: "1",
        filename: "a.exe",
        declaredType: "text/plain",
        detectedType: "text/plain",
        size: 5,
        sha256: "ab".repeat(32),
      },
    ],
    ms: 1.2,
  });
  expect(ran.err).toBe("");
});

test("envelope, environment and bytes reach the filter; the default sender is null", async () => {
  const mails: Mail[] = [];
  const environments: unknown[] = [];
  const judgeOnly: Partial<Services> = {
    judge: (mail) => {
      mails.push(mail);
      return Promise.resolve(fakeJudgement(mail));
    },
  };
  const services: Partial<Services> = {
    readPeer: (env) => {
      environments.push({ ...env });
      return Promise.reject(new Error("seen"));
    },
  };
  await qsift(["scan", "--from", "a@x", "--to", "b@x", "--to", "c", "-"], {
    services: judgeOnly,
    stdin: "bytes",
  });
  await qsift(["scan", file("null.eml")], { services: judgeOnly });
  await qsift(["scan", "--env", "RELAYCLIENT=", "--env", "A=b=c", "-"], {
    services,
  });
  const [first, second] = mails;
  expect(Buffer.from(first?.bytes ?? []).toString()).toBe("bytes");
  expect(Buffer.from(first?.envelope.sender ?? []).toString()).toBe("a@x");
  expect(first?.envelope.recipients).toHaveLength(2);
  expect(second?.envelope.sender).toHaveLength(0);
  expect(second?.envelope.recipients).toEqual([]);
  expect(environments).toEqual([{ RELAYCLIENT: "", A: "b=c" }]);
});

test("an unreadable file is a line with its error and exit code 1", async () => {
  const missing = join(folder, "missing.eml");
  const json = await qsift(["scan", "--json", missing, file("there.eml")]);
  expect(json.exitCode).toBe(1);
  const [first = "", second = ""] = json.out.split("\n");
  expect(JSON.parse(first)).toEqual({ file: missing, error: "no such file" });
  expect(JSON.parse(second)).toMatchObject({ action: "queue" });
  const text = await qsift(["scan", missing]);
  expect(text.exitCode).toBe(1);
  expect(text.err).toBe(`qsift: ${missing}: no such file\n`);
  expect((await qsift(["scan", folder])).err).toContain("is a folder");
});

test("a file above the limit is not read on", async () => {
  const limits = { ...defaultLimits, messageBytes: 100 };
  const ran = await qsift(["scan", "/dev/zero"], {
    services: { readConfig: () => Promise.resolve(fakeConfig({ limits })) },
  });
  expect(ran.exitCode).toBe(1);
  expect(ran.err).toContain("larger than 100 bytes");
});

test("what fails inside for one file does not stop the next", async () => {
  let n = 0;
  const ran = await qsift(["scan", "--json", file("a.eml"), file("b.eml")], {
    services: {
      judge: (mail) =>
        n++ === 0
          ? Promise.reject(new Error("bug"))
          : Promise.resolve(fakeJudgement(mail)),
    },
  });
  expect(ran.exitCode).toBe(1);
  expect(ran.out.split("\n").map((line) => line.includes('"action"'))).toEqual([
    false,
    true,
    false,
  ]);
});

test("a wrong configuration is exit code 55, and says where", async () => {
  const place = { file: "/q.toml", line: 3, column: 1, key: "queu" };
  const ran = await qsift(["scan", file("x.eml")], {
    services: {
      readConfig: () => Promise.reject(new ConfigError(place, "unknown key")),
    },
  });
  expect(ran.exitCode).toBe(55);
  expect(ran.err).toBe("qsift: /q.toml:3:1: queu: unknown key\n");
  expect(ran.out).toBe("");
});

test("an unknown QSIFT_POLICY is exit code 55", async () => {
  const ran = await qsift(["scan", file("x.eml")], {
    services: {
      judge: () => Promise.reject(new UnknownPolicy("x", ["default"])),
    },
  });
  expect(ran.exitCode).toBe(55);
  expect(ran.err).toContain("QSIFT_POLICY");
});

test("root becomes the qsift user before mail is read", async () => {
  const ran = await qsift(["scan", file("x.eml")], {
    services: {
      readConfig: () => Promise.reject(new Error("nothing was read yet")),
    },
  });
  expect(ran.err).toContain("nothing was read yet");
  expect(ran.became).toEqual([{ kind: "qsift" }]);
});

test("the text form shows the tree, the scanners and the rule that decided", async () => {
  const ran = await qsift(["scan", "--to", "b@x", file("tree.eml")], {
    services: judging({
      message: {
        header: [],
        findings: [],
        parts: [
          fakePart({ declaredType: "multipart/mixed", size: 12_345 }),
          fakePart({ id: 1, parent: 0, place: "1" }),
          fakePart({
            id: 2,
            parent: 0,
            place: "2",
            filename: "a.zip",
            declaredType: "image/png",
            detectedType: "application/zip",
          }),
          fakePart({ id: 3, parent: 2, place: "2/a.zip/b.exe" }),
        ],
      },
      verdicts: [
        {
          status: "done",
          scanner: "clamd",
          version: "ClamAV 1.4",
          score: null,
          ms: 12,
          findings: [
            { source: "clamd", kind: "virus", name: "V", part: 3, score: null },
            {
              source: "clamd",
              kind: "spam",
              name: "S",
              part: null,
              score: 2.5,
            },
          ],
        },
        { status: "failed", scanner: "spamd", reason: "time-out", ms: 5000 },
      ],
      decisions: [
        fakeDecision({
          recipients: [0],
          action: "reject",
          rule: "default/on.virus",
          text: "virus found",
        }),
      ],
    }),
  });
  expect(ran.out).toBe(
    [
      join(folder, "tree.eml"),
      "  message  multipart/mixed  12.3 kB",
      "  ├─ 1  text/plain  5 B",
      "  └─ 2 a.zip  image/png, looks like application/zip  5 B",
      "     └─ 2/a.zip/b.exe  text/plain  5 B",
      "          ! virus V (clamd)",
      "  of the whole message",
      "    spam S 2.5 (clamd)",
      "  scanners",
      "    clamd    done          12 ms  ClamAV 1.4",
      "    spamd    failed      5000 ms  time-out",
      "  decision",
      "    reject by default/on.virus, policy default, 1.2 ms",
      "    says: virus found",
      "    for b@x: reject by default/on.virus",
      "",
    ].join("\n"),
  );
});

test("nothing from mail reaches the terminal as an escape sequence or a new line", async () => {
  const evil = "a\x1b[2J\r\nX: y\u202Egpj";
  const ran = await qsift(["scan", "--to", evil, file("evil.eml")], {
    services: judging({
      message: {
        header: [],
        findings: [
          { source: evil, kind: "spam", name: evil, part: 0, score: null },
        ],
        parts: [
          fakePart({
            place: evil,
            filename: evil,
            declaredType: evil,
            detectedType: evil,
          }),
        ],
      },
      verdicts: [{ status: "failed", scanner: evil, reason: evil, ms: 1 }],
      decisions: [
        fakeDecision({ recipients: [0], text: evil, rule: evil, policy: evil }),
      ],
    }),
  });
  expect(ran.out).toContain("a\\x1B[2J\\x0D\\x0AX: y");
  expect(ran.out).not.toMatch(/[\x1b\r\u202E]/);
  expect(ran.out).not.toMatch(/^X: y/m);
});

test("a message of 10,000 parts is shown in part, in JSON whole", async () => {
  const parts = Array.from({ length: 10_000 }, (_, id) =>
    fakePart({ id, parent: id === 0 ? null : id - 1 }),
  );
  const services = judging({ message: { header: [], findings: [], parts } });
  const text = await qsift(["scan", file("deep.eml")], { services });
  expect(text.out).toContain("and 9800 more parts");
  const json = await qsift(["scan", "--json", file("deep.eml")], { services });
  expect(JSON.parse(json.out)).toMatchObject({ parts: { length: 10_000 } });
});

test("colours are for terminals without NO_COLOR", async () => {
  const path = file("colours.eml");
  expect((await qsift(["scan", path])).out).not.toContain("\x1b[");
  const terminal = await qsift(["scan", path], { isTerminal: true });
  expect(terminal.out).toContain("\x1b[");
  const refused = await qsift(["scan", path], {
    isTerminal: true,
    env: { NO_COLOR: "1" },
  });
  expect(refused.out).not.toContain("\x1b[");
});

test("progress is shown on standard error, for many files on a terminal", async () => {
  const files = [file("p1.eml"), file("p2.eml")];
  const shown = await qsift(["scan", ...files], { isTerminal: true });
  expect(shown.err).toContain("scanning 2/2");
  expect((await qsift(["scan", ...files])).err).toBe("");
});

test("scanning ends when the reader of the output has gone", async () => {
  let judged = 0;
  const files = ["1", "2", "3"].map((name) => file(`${name}.eml`));
  await qsift(["scan", ...files], {
    readsUntil: 1,
    services: {
      judge: (mail) => {
        judged += 1;
        return Promise.resolve(fakeJudgement(mail));
      },
    },
  });
  expect(judged).toBe(1);
});
