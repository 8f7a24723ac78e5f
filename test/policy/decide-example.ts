// Runs decide() on an example with what a test is about given to it.

import { expect } from "vitest";
import type { Decision } from "../../src/decision.ts";
import { decide } from "../../src/policy/decide.ts";
import { defaultPolicy } from "../../src/policy/default-policy.ts";
import type { DecidingConfig } from "../../src/policy/decide.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Verdict } from "../../src/verdict.ts";
import {
  done,
  exampleConfig,
  exampleMail,
  exampleMessage,
  finding,
} from "./example.ts";

interface Case {
  mail?: Parameters<typeof exampleMail>[0];
  message?: Parameters<typeof exampleMessage>[0];
  verdicts?: readonly Verdict[];
  config?: Parameters<typeof exampleConfig>[0];
  policy?: Partial<Policy>;
}

export const decideAll = ({
  mail,
  message,
  verdicts,
  config,
  policy,
}: Case): Decision[] =>
  decide(
    exampleMail(mail),
    exampleMessage(message),
    verdicts ?? [],
    exampleConfig({
      ...(policy === undefined
        ? {}
        : { policies: [{ ...defaultPolicy, ...policy }] }),
      ...config,
    }),
  );

export const decideOne = (given: Case): Decision => {
  const decisions = decideAll(given);
  expect(decisions).toHaveLength(1);
  const [decision] = decisions;
  if (decision === undefined) throw new Error("no decision");
  return decision;
};

export const eicar = finding("virus", "Eicar-Test-Signature");
export const spamd = (score: number, ...names: string[]): Verdict =>
  done("spamd", {
    score,
    findings: names.map((name) => finding("spam", name, "spamd")),
  });
export const onFailure = (
  how: "defer" | "queue" | "quarantine",
): Partial<DecidingConfig> => ({
  scanners: {
    clamd: { enabled: true, onFailure: how, judges: "virus" as const },
    spamd: {
      enabled: "auto" as const,
      onFailure: how,
      judges: "spam" as const,
    },
  },
});
