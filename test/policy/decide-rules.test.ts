import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/policy/default-policy.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { decideAll, decideOne, eicar, spamd } from "./decide-example.ts";
import { done, failed, rule } from "./example.ts";

describe("rules", () => {
  const exe = { parts: [{ filename: "a.exe" }] };
  const part = { filename: ["*.exe"] };

  test("the first that matches decides, with its text", () => {
    const rules = [
      rule({ name: "zip", match: { part: { filename: ["*.zip"] } } }),
      rule({ name: "exe", match: { part }, text: "no programs" }),
      rule({ name: "later", match: { part }, action: "queue" }),
    ];
    expect(decideOne({ message: exe, config: { rules } })).toMatchObject({
      action: "reject",
      rule: "default/exe",
      text: "no programs",
    });
  });

  test("decide before findings, scores and failures do", () => {
    const rules = [rule({ match: { part }, action: "queue" })];
    expect(
      decideOne({
        message: exe,
        verdicts: [
          done("clamd", { findings: [eicar] }),
          spamd(100),
          failed("other"),
        ],
        config: { rules },
      }),
    ).toMatchObject({ action: "queue", tagged: false });
  });

  test("that tag show their own name", () => {
    const rules = [rule({ name: "exe", match: { part }, action: "tag" })];
    expect(decideOne({ message: exe, config: { rules } })).toMatchObject({
      action: "queue",
      tagged: true,
      tags: [{ source: "policy", kind: "policy", name: "exe" }],
    });
  });

  test("that hold name the folder, and others have none", () => {
    const held = rule({
      match: { part },
      action: "quarantine",
      folder: "bulk",
    });
    expect(
      decideOne({ message: exe, config: { rules: [held] } }),
    ).toMatchObject({ action: "quarantine", folder: "bulk", text: null });
    const deferred = rule({ match: { part }, action: "defer" });
    expect(
      decideOne({ message: exe, config: { rules: [deferred] } }),
    ).toMatchObject({ action: "defer", folder: null });
  });

  test("about a recipient decide for that recipient alone", () => {
    const rules = [
      rule({
        name: "allowed",
        match: { part, recipient: ["b@example.test"] },
        action: "queue",
      }),
      rule({ name: "exe", match: { part, recipient: ["example.test"] } }),
    ];
    const mail = {
      recipients: ["a@example.test", "b@example.test", "c@other.test"],
    };
    expect(
      decideAll({ mail, message: exe, config: { rules } }).map(
        ({ recipients, action, rule }) => [recipients, action, rule],
      ),
    ).toEqual([
      [[1], "queue", "default/allowed"],
      [[0], "reject", "default/exe"],
      [[2], "queue", "default/none"],
    ]);
  });

  test("about findings see only those of the policy's own scanners", () => {
    const rules = [rule({ match: { finding: { kind: "virus" } } })];
    const policies: Policy[] = [
      {
        ...defaultPolicy,
        name: "unscanned",
        match: { recipient: ["free.test"] },
        scanners: [],
      },
      defaultPolicy,
    ];
    expect(
      decideAll({
        mail: { recipients: ["a@free.test", "b@example.test"] },
        verdicts: [done("clamd", { findings: [eicar] })],
        config: { rules, policies },
      }).map(({ recipients, action, policy }) => [recipients, action, policy]),
    ).toEqual([
      [[0], "queue", "unscanned"],
      [[1], "reject", "default"],
    ]);
  });
});
