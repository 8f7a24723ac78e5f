import { describe, expect, test } from "vitest";

import { defaultPolicy } from "../../src/policy/default-policy.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { decideAll, decideOne } from "./decide-example.ts";
import { rule } from "./example.ts";

const careful: Policy = {
  ...defaultPolicy,
  name: "careful",
  match: { recipient: ["careful.test"] },
};
const policies = [careful, defaultPolicy];

test("a rule for a policy holds for the recipients that have it, and no others", () => {
  const rules = [rule({ match: { policy: ["careful"] } })];
  const decisions = decideAll({
    mail: { recipients: ["a@example.test", "b@careful.test"] },
    config: { policies, rules },
  });
  expect(decisions.map(({ recipients, rule }) => [recipients, rule])).toEqual([
    [[1], "careful/example"],
    [[0], "default/none"],
  ]);
});

describe("max_bytes", () => {
  test.each([
    [69, "default/example"],
    [70, "default/none"],
    [68, "default/none"],
  ])("with min_bytes it is an exact size: %i bytes", (size, expected) => {
    const match = { part: { minBytes: 69, maxBytes: 69, filename: ["*.com"] } };
    const decision = decideOne({
      message: { parts: [{ filename: "a.com", size }] },
      config: { rules: [rule({ match })] },
    });
    expect(decision.rule).toBe(expected);
  });
});
