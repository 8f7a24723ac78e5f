import { expect, test } from "vitest";
import { defaultPolicy } from "../../src/policy/default-policy.ts";
import { skipReason, wantsScanner } from "../../src/policy/scanner-use.ts";
import { exampleMail } from "./example.ts";

const spamd = { name: "spamd", judges: "spam" } as const;
const clamd = { name: "clamd", judges: "virus" } as const;
const peer = (given: NonNullable<Parameters<typeof exampleMail>[0]>["peer"]) =>
  exampleMail(given === undefined ? {} : { peer: given }).peer;

test.each([
  [{}, true],
  [{ relayClient: true }, false],
  [{ relayClient: true, judgeSpam: true }, true],
  [{ relayClient: true, judgeSpam: false }, false],
  [{ judgeSpam: false }, false],
  [{ judgeSpam: true }, true],
])("for a peer with %j spamd is wanted: %j", (given, expected) => {
  expect(wantsScanner(defaultPolicy, peer(given), spamd)).toBe(expected);
  expect(wantsScanner(defaultPolicy, peer(given), clamd)).toBe(true);
});

test("a policy's list of scanners leaves the others out", () => {
  const policy = { ...defaultPolicy, scanners: ["clamd"] };
  expect(wantsScanner(policy, peer({}), clamd)).toBe(true);
  expect(wantsScanner(policy, peer({}), spamd)).toBe(false);
});

test("a skipped scanner's reason says why, and one policy is enough to want it", () => {
  const without = { ...defaultPolicy, scanners: [] };
  const reason = (
    policies: (typeof defaultPolicy)[],
    given: Parameters<typeof peer>[0],
  ) => skipReason(policies, peer(given), spamd);
  expect(reason([without, defaultPolicy], {})).toBeNull();
  expect(reason([without], {})).toBe("not in policy");
  expect(reason([defaultPolicy], { relayClient: true })).toBe("relay client");
  expect(reason([defaultPolicy], { judgeSpam: false })).toBe(
    "QS_SPAMASSASSIN=off",
  );
});
