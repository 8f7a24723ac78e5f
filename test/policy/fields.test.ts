import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Decision } from "../../src/decision.ts";
import {
  addedFields,
  formatFields,
  replacesField,
  replacesSubject,
} from "../../src/policy/fields.ts";
import { isOwnField } from "../../src/policy/own-fields.ts";
import { findingKinds, type Finding, type Verdict } from "../../src/verdict.ts";
import { done, failed, finding, skipped } from "./example.ts";

const decision = (given: Partial<Decision> = {}): Decision => ({
  recipients: [0],
  action: "queue",
  tagged: false,
  policy: "default",
  rule: "default/none",
  folder: null,
  text: null,
  spam: null,
  subjectTag: null,
  tags: [],
  ...given,
});

const spam = (score: number, ...tests: string[]) => ({
  score,
  required: 5,
  isSpam: score >= 5,
  tests,
});

const format = (
  given: Partial<Parameters<typeof formatFields>[0]> = {},
): string =>
  Buffer.from(
    formatFields({
      id: "id1",
      decision: decision(),
      verdicts: [],
      findings: [],
      subject: null,
      added: [],
      ...given,
    }),
  ).toString("latin1");

const names = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => /^[^ \t]/.test(line))
    .map((line) => line.slice(0, line.indexOf(":")));

const tagged = (score: number, subjectTag: string | null = null) =>
  decision({ tagged: true, spam: spam(score, "A"), subjectTag });

test("plain mail gets its ID, and how every scanner fared", () => {
  expect(
    format({
      verdicts: [
        done("rules"),
        failed("spamd", "time-out"),
        skipped("clamd", "not running"),
      ],
    }),
  ).toBe(
    "X-Qsift-ID: id1\n" +
      "X-Qsift-Verdict: queue; rules=done; spamd=failed (time-out); clamd=skipped (not running)\n",
  );
});

test("all fields together stand in their order, the verdict last", () => {
  const clamd: Verdict = {
    status: "done",
    scanner: "clamd",
    findings: [],
    score: null,
    version: "ClamAV 1.4.3/27800",
    ms: 1,
  };
  expect(
    format({
      decision: tagged(7.25, "[SPAM] "),
      verdicts: [clamd, done("spamd")],
      findings: [finding("macro", "vba-macro")],
      subject: " Hello",
    }),
  ).toBe(
    [
      "X-Qsift-ID: id1",
      "Subject: [SPAM] Hello",
      "X-Virus-Scanned: by qsift with clamd (ClamAV 1.4.3/27800)",
      "X-Spam-Flag: YES",
      "X-Spam-Status: Yes, score=7.3 required=5.0 tests=A",
      "X-Spam-Level: *******",
      "X-Spam-Score: 7.3",
      "X-Qsift-Finding: macro vba-macro",
      "X-Qsift-Verdict: tag; clamd=done; spamd=done",
      "",
    ].join("\n"),
  );
});

test("mail counts as scanned for viruses only where clamd is done", () => {
  expect(names(format({ verdicts: [failed("clamd"), done("spamd")] }))).toEqual(
    ["X-Qsift-ID", "X-Qsift-Verdict"],
  );
});

describe("the spam fields", () => {
  const lines = (score: number, given: Partial<Decision["spam"]> = {}) =>
    format({ decision: decision({ spam: { ...spam(score), ...given } }) })
      .split("\n")
      .slice(1, -2);

  test("say so where mail was judged and is no spam", () => {
    expect(lines(-1.04)).toEqual([
      "X-Spam-Flag: NO",
      "X-Spam-Status: No, score=-1.0 required=5.0 tests=none",
      "X-Spam-Level:",
      "X-Spam-Score: -1.0",
    ]);
  });

  test("never round a score up into spam", () => {
    expect(lines(4.96)[1]).toBe(
      "X-Spam-Status: No, score=4.9 required=5.0 tests=none",
    );
  });

  test("write no negative nought and at most fifty stars", () => {
    expect(lines(-0.01)[3]).toBe("X-Spam-Score: 0.0");
    expect(lines(1000)[2]).toBe(`X-Spam-Level: ${"*".repeat(50)}`);
  });

  test("name no requirement where mail is never tagged", () => {
    expect(lines(3, { required: null, isSpam: false })[1]).toBe(
      "X-Spam-Status: No, score=3.0 tests=none",
    );
  });

  test("fold long lists of tests after commas", () => {
    const tests = Array.from({ length: 200 }, (_, i) => `SOME_TEST_${i}`);
    const text = format({ decision: decision({ spam: spam(9, ...tests) }) });
    for (const line of text.split("\n")) expect(line.length).toBeLessThan(79);
    expect(text).toContain("SOME_TEST_9,");
    expect(text).toContain("...");
    expect(text).not.toContain("SOME_TEST_199");
  });
});

test("findings are shown once each, twenty at most, on tagged mail alone", () => {
  const findings = Array.from({ length: 60 }, (_, i) =>
    finding("malformed", `defect-${i >> 1}`),
  );
  const count = (text: string) =>
    names(text).filter((name) => name === "X-Qsift-Finding").length;
  expect(count(format({ decision: decision(), findings }))).toBe(0);
  expect(
    count(format({ decision: decision({ tagged: true }), findings })),
  ).toBe(20);
  expect(
    count(
      format({
        decision: decision({ tagged: true }),
        findings: findings.slice(0, 4),
      }),
    ),
  ).toBe(2);
});

test("the Subject is left alone without a tag, and where nothing is tagged as spam", () => {
  for (const other of [
    tagged(9),
    tagged(9, ""),
    tagged(1, "[SPAM] "),
    decision({ spam: spam(9), subjectTag: "[SPAM] " }),
  ]) {
    expect(replacesSubject(other)).toBe(false);
    expect(names(format({ decision: other, subject: " x" }))).not.toContain(
      "Subject",
    );
  }
  expect(replacesSubject(tagged(9, "[SPAM] "))).toBe(true);
});

test("the verdict stays on one line of at most 998 bytes", () => {
  const verdicts = Array.from({ length: 50 }, (_, i) =>
    failed(`scanner${i}`, "x".repeat(200)),
  );
  const line = format({ verdicts }).split("\n").at(-2) ?? "";
  expect(line.length).toBeLessThanOrEqual(998);
  expect(line.endsWith("; ...")).toBe(true);
});

test("a reason cannot add items or fields to the verdict", () => {
  expect(
    format({ verdicts: [failed("spamd", "x; clamd=done\nSubject: y")] }),
  ).toBe(
    "X-Qsift-ID: id1\n" +
      "X-Qsift-Verdict: queue; spamd=failed (x, clamd=done\\x0ASubject: y)\n",
  );
});

test("whatever comes in, what goes out are whole fields of our own", () => {
  const hostile = fc.string({ unit: "binary", maxLength: 150 });
  const subject = fc
    .uint8Array({ maxLength: 300 })
    .map((array) => Buffer.from(array).toString("latin1"));
  const hostileFinding = fc.record<Finding>({
    source: hostile,
    kind: fc.constantFrom(...findingKinds),
    name: hostile,
    part: fc.constant(null),
    score: fc.constant(null),
  });
  const verdict = fc
    .tuple(fc.boolean(), hostile, hostile)
    .map(([isDone, text, version]): Verdict =>
      isDone
        ? {
            status: "done",
            scanner: "clamd",
            findings: [],
            score: null,
            version,
            ms: 1,
          }
        : { status: "failed", scanner: text, reason: version, ms: 1 },
    );
  fc.assert(
    fc.property(
      hostile,
      fc.array(hostile, { maxLength: 8 }),
      fc.array(hostileFinding, { maxLength: 5 }),
      fc.array(verdict, { maxLength: 12 }),
      fc.option(subject),
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
      (id, tests, findings, verdicts, value, score) => {
        const text = format({
          id,
          decision: decision({
            tagged: true,
            spam: spam(score, ...tests),
            subjectTag: "[SPAM] ",
          }),
          verdicts,
          findings,
          subject: value,
        });
        expect(text.endsWith("\n")).toBe(true);
        const lines = text.slice(0, -1).split("\n");
        for (const line of lines) {
          expect(line).not.toMatch(/^[ \t]*$|\r|\0/);
          expect(line.length).toBeLessThanOrEqual(998);
        }
        const all = names(text);
        for (const name of all)
          expect(name === "Subject" || isOwnField(name)).toBe(true);
        expect(all[0]).toBe("X-Qsift-ID");
        expect(all.indexOf("X-Qsift-Verdict")).toBe(all.length - 1);
        expect(lines.at(-1)).toMatch(/^X-Qsift-Verdict: tag[ -~]*$/);
      },
    ),
    { numRuns: 100 },
  );
});

describe("fields of the scanners themselves", () => {
  const results =
    "mx.example.test; spf=pass smtp.mailfrom=example.org; dkim=pass header.d=example.org header.s=one header.a=rsa-sha256; dmarc=pass (p=reject) header.from=example.org";

  test("stand before the verdict, folded at blanks", () => {
    const text = format({
      added: [
        { name: "Authentication-Results", value: results },
        { name: "X-DCC-example-Metrics", value: "mx 1102; Body=2" },
      ],
    });
    expect(names(text)).toEqual([
      "X-Qsift-ID",
      "Authentication-Results",
      "X-DCC-example-Metrics",
      "X-Qsift-Verdict",
    ]);
    for (const line of text.split("\n"))
      expect(line.length).toBeLessThanOrEqual(78);
    expect(text.replaceAll("\n\t", " ")).toContain(
      `\nAuthentication-Results: ${results}\n`,
    );
  });

  test("of any value have no line that is too long, and end where they should", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary", maxLength: 200 }),
          fc.integer({ min: 900, max: 9000 }).map((n) => "y".repeat(n)),
          fc.array(fc.constantFrom("a ", "\n", "\r", "b", "\t"), {
            maxLength: 500,
          }),
        ),
        (value) => {
          const text = format({
            added: [{ name: "X-Other", value: String(value) }],
          });
          const lines = text.split("\n");
          for (const line of lines)
            expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
          expect(names(text)).toEqual([
            "X-Qsift-ID",
            "X-Other",
            "X-Qsift-Verdict",
          ]);
          expect(text).not.toMatch(/[^ -~\n\t]/);
        },
      ),
    );
  });

  const saying = (name: string): Verdict => ({
    status: "done",
    scanner: "other",
    findings: [],
    score: null,
    version: null,
    fields: [{ name, value: "x" }],
    ms: 1,
  });

  test.each([
    "X-Qsift-Verdict",
    "x-spam-flag",
    "X-Received-From",
    "Subject",
    "From",
    "X-A: b\nX-C",
    "X-",
  ])("under the name %j are left out", (name) => {
    expect(addedFields([saying(name)])).toEqual([]);
  });

  test("come of scanners that are done", () => {
    expect(
      addedFields([saying("X-DCC-Other"), failed("x", "y"), done("z")]),
    ).toEqual([{ name: "X-DCC-Other", value: "x" }]);
  });

  test("make incoming ones of the same name doubtful, but other hosts' results", () => {
    const added = [
      { name: "X-DCC-Other", value: "x" },
      { name: "Authentication-Results", value: "x" },
    ];
    expect(replacesField(added, "x-dcc-other")).toBe(true);
    expect(replacesField(added, "X-DCC-Others")).toBe(false);
    expect(replacesField(added, "authentication-results")).toBe(false);
  });
});
