import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/policy/default-policy.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Finding } from "../../src/verdict.ts";
import { decideAll, decideOne, eicar, spamd } from "./decide-example.ts";
import { done, finding, rule, skipped } from "./example.ts";

const bands = { tag: 5, quarantine: 8, reject: 12 };

test("mail about which nothing is said is queued, untagged", () => {
  expect(decideOne({ verdicts: [done("clamd"), spamd(1.2)] })).toEqual({
    recipients: [0],
    action: "queue",
    tagged: false,
    policy: "default",
    rule: "default/none",
    folder: null,
    text: null,
    spam: { score: 1.2, required: 5, isSpam: false, tests: [] },
    subjectTag: null,
    tags: [],
  });
});

describe("on", () => {
  test("a virus is refused, with its name in the text", () => {
    expect(
      decideOne({ verdicts: [done("clamd", { findings: [eicar] })] }),
    ).toMatchObject({
      action: "reject",
      rule: "default/on.virus",
      text: "virus found: Eicar-Test-Signature",
      folder: "virus",
      tags: [eicar],
    });
  });

  test("what expansion found counts as what scanners found does", () => {
    expect(
      decideOne({
        message: { findings: [finding("encrypted", "zip-encrypted", "zip")] },
      }),
    ).toMatchObject({
      action: "queue",
      tagged: true,
      rule: "default/on.encrypted",
      tags: [{ name: "zip-encrypted" }],
    });
  });

  test("a limit holds the message in its own folder", () => {
    expect(
      decideOne({ message: { findings: [finding("limit", "parts", "mime")] } }),
    ).toMatchObject({
      action: "quarantine",
      folder: "limit",
      rule: "default/on.limit",
      text: null,
    });
  });

  test("a finding may be treated by its name, but a virus is a virus", () => {
    const opened = finding("policy", "password-in-message", "zip");
    const other = finding("policy", "double-extension", "mime");
    expect(decideOne({ message: { findings: [opened] } })).toMatchObject({
      action: "queue",
      tagged: true,
      rule: "default/on_finding.password-in-message",
    });
    expect(decideOne({ message: { findings: [opened, other] } })).toMatchObject(
      {
        action: "reject",
        rule: "default/on.policy",
      },
    );
    expect(
      decideOne({
        verdicts: [done("clamd", { findings: [eicar] })],
        policy: { onFinding: { [eicar.name]: "queue" } },
      }).action,
    ).toBe("reject");
  });

  test("the strongest of several findings decides, and all that matter can be shown", () => {
    const findings = [
      finding("macro", "vba", "ole"),
      finding("auth", "spf-fail", "auth"),
      finding("malformed", "mime-two-boundaries", "mime"),
    ];
    expect(decideOne({ message: { findings } })).toMatchObject({
      tagged: true,
      rule: "default/on.macro",
      tags: [findings[0], findings[2]],
    });
    expect(
      decideOne({
        message: { findings },
        policy: { on: { ...defaultPolicy.on, malformed: "defer" } },
      }),
    ).toMatchObject({
      action: "defer",
      rule: "default/on.malformed",
      folder: null,
    });
  });

  test("a spam finding that no score holds acts by its kind", () => {
    const phishing = finding("spam", "Heuristics.Phishing", "clamd");
    expect(
      decideOne({
        verdicts: [done("clamd", { findings: [phishing] }), spamd(0, "A")],
      }),
    ).toMatchObject({
      tagged: true,
      rule: "default/on.spam",
      tags: [phishing],
    });
    expect(decideOne({ verdicts: [spamd(0, "A")] })).toMatchObject({
      tagged: false,
      rule: "default/none",
    });
  });
});

describe("spam", () => {
  test.each([
    [4.9, "queue", false, "default/none"],
    [5, "queue", true, "default/spam.tag"],
    [8, "quarantine", false, "default/spam.quarantine"],
    [12, "reject", false, "default/spam.reject"],
    [1000, "reject", false, "default/spam.reject"],
  ])("a score of %d: %s, tagged %j", (score, action, tagged, by) => {
    expect(
      decideOne({ verdicts: [spamd(score)], policy: { spam: bands } }),
    ).toMatchObject({ action, tagged, rule: by });
  });

  test("a band that is not there does nothing", () => {
    expect(
      decideOne({
        verdicts: [spamd(100)],
        policy: { spam: { tag: null, quarantine: null, reject: null } },
      }),
    ).toMatchObject({
      action: "queue",
      tagged: false,
      spam: { isSpam: false },
    });
  });

  test("the Subject is tagged by score alone", () => {
    const policy = { subjectTag: "[SPAM] " };
    expect(decideOne({ verdicts: [spamd(6)], policy }).subjectTag).toBe(
      "[SPAM] ",
    );
    expect(
      decideOne({
        verdicts: [spamd(1)],
        message: { findings: [finding("macro", "vba", "ole")] },
        policy,
      }),
    ).toMatchObject({ tagged: true, subjectTag: null });
    expect(
      decideOne({ verdicts: [spamd(6)], policy: { subjectTag: "" } })
        .subjectTag,
    ).toBeNull();
  });

  test("the first judge that is done gives the score", () => {
    const rules = done("rules", { score: 7 });
    expect(decideOne({ verdicts: [rules, spamd(1)] }).spam?.score).toBe(1);
    expect(decideOne({ verdicts: [rules, skipped("spamd")] }).spam?.score).toBe(
      7,
    );
    expect(decideOne({ verdicts: [done("other", { score: 50 })] }).spam).toBe(
      null,
    );
  });

  test("a score that is no number is no score", () => {
    expect(decideOne({ verdicts: [spamd(NaN)] }).spam).toBeNull();
  });

  test("the built-in scanner judges last, and only where it found GTUBE", () => {
    const gtube = done("builtin", {
      score: 1000,
      findings: [finding("spam", "GTUBE", "builtin")],
    });
    expect(decideOne({ verdicts: [done("builtin")] }).spam).toBeNull();
    expect(decideOne({ verdicts: [gtube] })).toMatchObject({
      action: "reject",
      rule: "default/spam.reject",
      text: "message looks like spam",
      spam: { score: 1000, tests: ["GTUBE"] },
    });
    expect(decideOne({ verdicts: [gtube, spamd(2)] }).spam?.score).toBe(2);
  });

  test.each([
    [{ relayClient: true }, false],
    [{ relayClient: true, judgeSpam: true }, true],
    [{ judgeSpam: false }, false],
  ])("for a peer with %j spam is judged: %j", (peer, judged) => {
    const gtube = done("builtin", { score: 1000 });
    for (const verdict of [spamd(1000), gtube])
      expect(decideOne({ mail: { peer }, verdicts: [verdict] })).toMatchObject(
        judged ? { action: "reject" } : { action: "queue", spam: null },
      );
  });

  test("a virus from a relay client is refused all the same", () => {
    expect(
      decideOne({
        mail: { peer: { relayClient: true } },
        verdicts: [done("clamd", { findings: [eicar] })],
      }).action,
    ).toBe("reject");
  });
});

test("every recipient is in exactly one decision, whatever the rules", () => {
  const recipients = Array.from({ length: 50 }, (_, i) => `u@d${i % 7}.test`);
  const policies: Policy[] = [
    {
      ...defaultPolicy,
      name: "p",
      match: { recipient: ["d1.test", "d2.test"] },
    },
    defaultPolicy,
  ];
  const rules = [
    rule({ name: "r1", match: { recipient: ["d2.test", "d3.test"] } }),
    rule({ name: "r2", match: { recipient: ["d4.test"] }, action: "tag" }),
  ];
  const decisions = decideAll({
    mail: { recipients },
    config: { policies, rules },
  });
  expect(
    decisions.flatMap(({ recipients }) => recipients).sort((a, b) => a - b),
  ).toEqual(recipients.map((_, i) => i));
});

test("an envelope without recipients gets one decision", () => {
  const mail = { recipients: [] };
  expect(decideOne({ mail })).toMatchObject({
    recipients: [],
    action: "queue",
  });
  expect(
    decideOne({ mail, verdicts: [done("clamd", { findings: [eicar] })] })
      .action,
  ).toBe("reject");
  const rules = [rule({ match: { sender: ["example.org"] } })];
  expect(decideOne({ mail, config: { rules } }).rule).toBe("default/example");
});

test("a virus name cannot break out of the SMTP text", () => {
  const nasty: Finding = finding("virus", `a\r\n250 ok${"x".repeat(500)}`);
  const { text } = decideOne({
    verdicts: [done("clamd", { findings: [nasty] })],
  });
  expect(text).toMatch(/^[ -~]{1,100}$/);
});
