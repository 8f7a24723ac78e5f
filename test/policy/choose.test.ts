import { expect, test } from "vitest";
import { choosePolicies } from "../../src/policy/choose.ts";
import { defaultPolicy } from "../../src/policy/default-policy.ts";
import type { PeerMatch, Policy } from "../../src/policy/policy.ts";
import { UnknownPolicy } from "../../src/policy/unknown-policy.ts";
import { exampleMail } from "./example.ts";

const named = (name: string, match: PeerMatch): Policy => ({
  ...defaultPolicy,
  name,
  match,
});

const chosen = (
  mail: Parameters<typeof exampleMail>[0],
  ...policies: Policy[]
) =>
  choosePolicies(exampleMail(mail), [...policies, defaultPolicy]).map(
    ({ policy, recipients }) => [policy.name, recipients],
  );

test("the first policy that matches a recipient is that recipient's", () => {
  expect(
    chosen(
      {
        recipients: ["a@one.test", "b@two.test", "c@three.test", "d@one.test"],
      },
      named("one", { recipient: ["one.test"] }),
      named("both", { recipient: ["one.test", "two.test"] }),
    ),
  ).toEqual([
    ["one", [0, 3]],
    ["both", [1]],
    ["default", [2]],
  ]);
});

test("policies that nobody gets are left out", () => {
  expect(chosen({}, named("x", { sender: ["elsewhere.test"] }))).toEqual([
    ["default", [0]],
  ]);
});

test("all conditions of a match must hold", () => {
  const policy = named("x", {
    relayClient: true,
    client: ["192.0.2.0/24"],
    sender: ["example.org"],
  });
  expect(chosen({ peer: { relayClient: true } }, policy)).toEqual([["x", [0]]]);
  for (const mail of [
    { peer: { relayClient: false } },
    { peer: { relayClient: true, ip: "198.51.100.1" } },
    { peer: { relayClient: true }, sender: "" },
  ])
    expect(chosen(mail, policy)).toEqual([["default", [0]]]);
});

test("relay_client = false is a condition too", () => {
  const policy = named("x", { relayClient: false });
  expect(chosen({ peer: { relayClient: true } }, policy)).toEqual([
    ["default", [0]],
  ]);
});

test("an authenticated user is one with a name", () => {
  const policy = named("x", { authenticated: true });
  expect(chosen({ peer: { user: "alice" } }, policy)).toEqual([["x", [0]]]);
  expect(chosen({ peer: { user: "" } }, policy)).toEqual([["default", [0]]]);
});

test("QSIFT_POLICY names the policy for all, whatever its match", () => {
  expect(
    chosen(
      { peer: { policy: "strict" }, recipients: ["a@x.test", "b@y.test"] },
      named("one", { recipient: ["x.test"] }),
      named("strict", { relayClient: true }),
    ),
  ).toEqual([["strict", [0, 1]]]);
});

test("an unknown QSIFT_POLICY is an error that names it printably", () => {
  expect(() => chosen({ peer: { policy: "stirct\n" } })).toThrow(UnknownPolicy);
  expect(() => chosen({ peer: { policy: "stirct\n" } })).toThrow(
    'QSIFT_POLICY: expected one of default; found "stirct\\x0A"',
  );
});

test("an envelope without recipients has a policy all the same", () => {
  expect(
    chosen(
      { recipients: [], sender: "" },
      named("one", { recipient: ["x.test"] }),
      named("null", { sender: ["<>"] }),
    ),
  ).toEqual([["null", []]]);
});

test("100,000 recipients are grouped quickly", () => {
  const recipients = Array.from(
    { length: 100_000 },
    (_, i) => `user${i}@d${i % 500}.example.test`,
  );
  const mail = exampleMail({ recipients });
  const policies = Array.from({ length: 20 }, (_, i) =>
    named(`p${i}`, { recipient: [`d${i}.example.test`] }),
  );
  const started = performance.now();
  const groups = choosePolicies(mail, [...policies, defaultPolicy]);
  expect(performance.now() - started).toBeLessThan(5000);
  expect(groups).toHaveLength(21);
  expect(groups.at(-1)?.recipients).toHaveLength(96_000);
});
