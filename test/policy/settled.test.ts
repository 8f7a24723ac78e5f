import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/policy/default-policy.ts";
import { isSettled } from "../../src/policy/settled.ts";
import { decideAll, eicar, spamd } from "./decide-example.ts";
import { done, rule } from "./example.ts";

const virus = decideAll({ verdicts: [done("clamd", { findings: [eicar] })] });
const spam = decideAll({ verdicts: [spamd(99)] });
const clean = decideAll({ verdicts: [done("clamd")] });
const policies = [defaultPolicy];

describe("the decision is settled", () => {
  test("where a finding refuses the message for everybody", () => {
    expect(isSettled(virus, policies, [])).toBe(true);
  });

  test.each([
    ["nothing was found", clean],
    ["only a score refuses it, which another judge may put right", spam],
    ["some recipients get it", [...virus, ...clean]],
    ["nobody has decided anything", []],
  ])("not where %s", (_title, decisions) => {
    expect(isSettled(decisions, policies, [])).toBe(false);
  });

  test("not where a policy wants all scanners to be waited for", () => {
    const patient = { ...defaultPolicy, stopEarly: false };
    expect(isSettled(virus, [defaultPolicy, patient], [])).toBe(false);
  });

  test("not where a rule that looks at findings could still let it through", () => {
    const match = { finding: { name: "x" } };
    expect(isSettled(virus, policies, [rule({ match, action: "tag" })])).toBe(
      false,
    );
    expect(
      isSettled(virus, policies, [rule({ match, action: "reject" })]),
    ).toBe(true);
    expect(
      isSettled(virus, policies, [
        rule({ match: { sender: ["a.test"] }, action: "tag" }),
      ]),
    ).toBe(true);
  });
});
