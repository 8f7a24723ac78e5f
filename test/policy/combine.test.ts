import { describe, expect, test } from "vitest";

import type { Action, Decision, Folder } from "../../src/decision.ts";
import { combine } from "../../src/policy/combine.ts";

function decision(action: Action, folder: Folder | null = null): Decision {
  return {
    recipients: [0],
    action,
    tagged: false,
    policy: "p",
    rule: "p/none",
    folder,
    text: null,
    spam: null,
    subjectTag: null,
    tags: [],
  };
}
const queue = decision("queue");
const defer = decision("defer");
const held = decision("quarantine", "spam");
const virus = decision("reject", "virus");
const policy = decision("reject", "policy");

describe("groups of recipients", () => {
  test("are all deferred where one is", () => {
    for (const others of [[], [queue], [virus], [held, queue]])
      expect(combine([...others, defer], "hold").kind).toBe("defer");
  });
  test("are deferred where there are none: nothing was decided", () => {
    expect(combine([], "hold")).toEqual({ kind: "defer", decision: null });
  });
  test("are rejected where all are, whatever is said of some", () => {
    for (const onPartialReject of ["hold", "queue", "reject"] as const)
      expect(combine([virus, policy], onPartialReject)).toEqual({
        kind: "reject",
        decision: virus,
      });
  });
  test("that are rejected beside others are held, rejected or queued as configured", () => {
    expect(combine([policy, queue], "hold")).toEqual({
      kind: "split",
      held: [{ decision: policy, folder: "policy" }],
      queued: [queue],
    });
    expect(combine([policy, queue], "reject").kind).toBe("reject");
    expect(combine([policy, queue], "queue")).toEqual({
      kind: "split",
      held: [],
      queued: [{ ...policy, action: "queue", tagged: true }, queue],
    });
  });
  test("with a virus are held even where others are queued all the same", () => {
    expect(combine([virus, policy, held], "queue")).toEqual({
      kind: "split",
      held: [
        { decision: virus, folder: "virus" },
        { decision: held, folder: "spam" },
      ],
      queued: [{ ...policy, action: "queue", tagged: true }],
    });
  });
});
