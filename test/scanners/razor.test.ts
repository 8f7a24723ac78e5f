// The scanner against the real razor-check with a server on loopback, and what
// is made of logs that no server of ours can provoke.

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
} from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import type { ProgramEnd } from "../../src/scanners/process.ts";
import { parseCheck, parseReport } from "../../src/scanners/razor-reply.ts";
import { razor } from "../../src/scanners/razor.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import type { OpenScanner } from "../../src/scanners/scanner.ts";
import type { Verdict } from "../../src/verdict.ts";
import {
  startRazor,
  type FakeRazor,
  type RazorMode,
} from "../fakes/scanner-razor-server.ts";
import { noDeadline, subjectOf } from "./subject.ts";

const installed = existsSync("/usr/bin/razor-check");

const head = "From: a@example.org\nSubject: minutes\n";
const spam = `${head}\n${"Buy this at http://spam.example.org/ today, it is cheap. ".repeat(5)}\n`;
const ham = `${head}\n${"We met, and we agreed on all that was to be agreed on. ".repeat(5)}\n`;

describe.skipIf(!installed)(
  installed ? "razor" : "razor (not installed)",
  () => {
    let folder = "";
    let server: FakeRazor;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "qsift-razor-"));
      server = await startRazor(folder);
    });
    beforeEach(() => {
      server.mode = "normal";
      server.listed.clear();
    });
    afterAll(async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    });

    function ready(timeoutMs = 20_000, changes: object = {}): ReadyScanner {
      const settings = {
        ...razor.defaults,
        enabled: true,
        timeoutMs,
        options: {
          ...razor.defaults.options,
          home: server.home,
          report: true,
          ...changes,
        },
      };
      return new ReadyScanner(razor.open(settings, defaultLimits), settings);
    }
    const open = (changes: object = {}): OpenScanner =>
      ready(20_000, changes).scanner;
    const judge = (
      text: string | Uint8Array,
      timeoutMs?: number,
      changes?: object,
    ): Promise<Verdict> =>
      ready(timeoutMs, changes).judge(subjectOf(text), noDeadline());
    const report = (text: string, as: "spam" | "ham") =>
      open().report?.(Buffer.from(text), as, noDeadline());

    test("does not know a mail until it is reported, nor after that is taken back", async () => {
      expect(await judge(spam)).toMatchObject({ status: "done", findings: [] });
      await report(spam, "spam");
      expect(await judge(spam)).toMatchObject({
        status: "done",
        score: null,
        findings: [{ source: "razor", kind: "bulk", name: "RAZOR2_CHECK" }],
      });
      expect(await judge(ham)).toMatchObject({ status: "done", findings: [] });
      await report(spam, "ham");
      expect(await judge(spam)).toMatchObject({ status: "done", findings: [] });
    });

    test("finds one listed part among others", async () => {
      await report(spam, "spam");
      const [, body = ""] = spam.split("\n\n");
      const two = `${head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nother text\n\n--b\n\n${body}\n--b--\n`;
      expect(await judge(two)).toMatchObject({
        status: "done",
        findings: [{ name: "RAZOR2_CHECK" }],
      });
    });

    test("reads one mail, whatever its first line is", async () => {
      await report(spam, "spam");
      const mailbox = `From a@example.org Mon Jan  6 10:00:00 2025\n${spam}\nFrom b@example.org Mon Jan  6 10:00:00 2025\n${ham}`;
      const verdict = await judge(mailbox);
      expect(verdict.status).toBe("done");
      expect(await judge(`From x\n${spam}`)).toMatchObject({
        status: "done",
        findings: [{ name: "RAZOR2_CHECK" }],
      });
    });

    test.each([
      ["0 bytes", ""],
      ["a header only", head],
      ["blank lines only", "\n\n  \n"],
      [
        "NUL, 8-bit and bare CR",
        Buffer.from(`${head}\n\0\xFF\r\r\nx`, "latin1"),
      ],
      ["512 KiB", `${head}\n${"words and more words\n".repeat(24_000)}`],
    ])("judges a message of %s", async (_title, text) => {
      expect(await judge(text)).toMatchObject({ status: "done", findings: [] });
    });

    test.each([
      ["err", /^no verdict: "mail 1\.0 e=4 sig=.*got err 210/],
      ["nonsense", /./],
      ["partial", /./],
      ["closing", /./],
      ["silent", /^time-out/],
    ] as const satisfies [RazorMode, RegExp][])(
      "fails with a server that is %s",
      async (mode, reason) => {
        server.mode = mode;
        const verdict = await judge(spam, mode === "silent" ? 1500 : 6000);
        expect(verdict.status).toBe("failed");
        if (verdict.status === "failed") expect(verdict.reason).toMatch(reason);
      },
    );

    test("copes with a greeting that means nothing, if the queries are answered", async () => {
      await report(spam, "spam");
      server.mode = "garbage";
      expect(await judge(spam)).toMatchObject({
        status: "done",
        findings: [{ name: "RAZOR2_CHECK" }],
      });
    });

    test("ends the agent within 100 ms when the scan is given up", async () => {
      server.mode = "silent";
      const controller = new AbortController();
      const scan = open().scan(subjectOf(spam), controller.signal);
      scan.catch(() => undefined);
      while (server.open() === 0) await sleep(10);
      const reason = new Error("given up");
      const started = performance.now();
      controller.abort(reason);
      await expect(scan).rejects.toBe(reason);
      expect(performance.now() - started).toBeLessThan(100);
      // The agent's end closes its connection.
      while (server.open() > 0 && performance.now() - started < 2000)
        await sleep(5);
      expect(performance.now() - started).toBeLessThan(1000);
    });

    test("fails without its folder, and is absent without its program", async () => {
      expect(await judge(spam, 5000, { home: "/nowhere" })).toMatchObject({
        status: "failed",
        reason:
          "no access to home /nowhere: make it as this user, razor-admin -home=/nowhere -create",
      });
      await expect(
        open({ program: "/nowhere/razor-check" }).scan(
          subjectOf(spam),
          noDeadline(),
        ),
      ).rejects.toMatchObject({ reason: "absent" });
    });

    test("reports only where that is switched on, and says when it is not taken", async () => {
      await expect(
        open({ report: false }).report?.(
          Buffer.from(spam),
          "spam",
          noDeadline(),
        ),
      ).rejects.toThrow("expected report = true");
      server.mode = "err";
      await expect(report(spam, "spam")).rejects.toThrow(
        /exit code 2|no verdict/,
      );
      expect(server.listed.size).toBe(0);
    });

    test("tells its version", async () => {
      const { version, databaseAt } = await open().ping(noDeadline());
      expect(version).toMatch(/^Razor Agents \d/);
      expect(databaseAt).toBeNull();
    });
  },
);

// No server needed: any program can stand in for the agent.
describe("an agent that", () => {
  const line = (text: string): string =>
    `Nov 22 04:02:53.995863 check[120]: [ 6] ${text}\n`;
  const asked = line("mail 1.0 e4 sig: abc");
  const notFound = line("mail 1.0 e=4 sig=abc: sig not found.");
  const isNot = line("mail 1 is not known spam.");
  const isSpam = line("mail 1 is known spam.");
  const finished = line("razor-check finished successfully.");
  const end = (exitCode: number | null, stdout: string): ProgramEnd => ({
    exitCode,
    signal: exitCode === null ? "SIGSEGV" : null,
    stdout: Buffer.from(stdout),
    stderr: Buffer.alloc(0),
    tookInput: true,
  });
  const whole = asked + notFound + isNot + finished;

  test("has its answer for every signature has judged", () => {
    expect(parseCheck(end(1, whole))).toBe(false);
    expect(parseCheck(end(0, asked + isSpam + finished))).toBe(true);
  });

  test.each([
    ["ends without a word and 0", end(0, "")],
    ["ends without a word and 1", end(1, "")],
    ["ends without a word and 2", end(2, "")],
    ["crashes after its verdict", end(null, whole)],
    ["ends with another code", end(3, whole)],
    ["ends with 0 and the words for 1", end(0, whole)],
    ["ends with 1 and the words for 0", end(1, asked + isSpam + finished)],
    ["was cut off", end(1, asked + notFound + isNot)],
    ["has no answer", end(1, asked + isNot + finished)],
    [
      "has an answer to another question",
      end(
        1,
        asked + line("mail 1.0 e=8 sig=abc: sig not found.") + isNot + finished,
      ),
    ],
    [
      "has an error for one signature of two",
      end(
        1,
        whole.replace(
          notFound,
          notFound + line("mail 1.0 e=8 sig=x: got err 210 for query:"),
        ),
      ),
    ],
    ["has no verdict", end(1, asked + notFound + finished)],
    [
      "digested a text and asked nothing",
      end(
        1,
        line("computing sigs for mail 1.0, len 7") +
          line("No queries, no spam") +
          finished,
      ),
    ],
    [
      "has it all in a Subject",
      end(1, line(`mail 1 Subject: ${whole.replaceAll("\n", "\r")}`)),
    ],
    ["says something else", end(1, "<html>mail 1 is not known spam.</html>\n")],
  ])("%s has judged nothing", (_title, ended) => {
    expect(() => parseCheck(ended)).toThrow();
  });

  test.each([
    ["without a word", end(0, "")],
    ["refused", end(0, line("mail 1.0, eng 4: Server did not accept report."))],
  ])("ends with 0 %s has reported nothing", (_title, ended) => {
    expect(() => {
      parseReport(ended, "report");
    }).toThrow();
  });
});
