import { describe, expect, test } from "vitest";
import { decideOne, eicar, onFailure } from "./decide-example.ts";
import { done, failed, finding, skipped } from "./example.ts";

describe("a scanner that failed", () => {
  test("defers the message where nothing else is said", () => {
    expect(decideOne({ verdicts: [failed("clamd")] })).toMatchObject({
      action: "defer",
      rule: "default/scanner.clamd.failed",
      text: "message cannot be checked now, try again later",
    });
  });

  test("with on_failure = queue the message is delivered, tagged", () => {
    expect(
      decideOne({ verdicts: [failed("clamd")], config: onFailure("queue") }),
    ).toMatchObject({
      action: "queue",
      tagged: true,
      rule: "default/scanner.clamd.failed",
    });
  });

  test.each([
    ["clamd", "virus"],
    ["spamd", "spam"],
  ])("with on_failure = quarantine %s's is held in %s", (name, folder) => {
    expect(
      decideOne({
        verdicts: [failed(name), done("clamd")],
        config: onFailure("quarantine"),
      }),
    ).toMatchObject({ action: "quarantine", folder });
  });

  test("does not save a virus that another one found", () => {
    expect(
      decideOne({
        verdicts: [failed("spamd"), done("clamd", { findings: [eicar] })],
      }),
    ).toMatchObject({ action: "reject", rule: "default/on.virus" });
  });

  test("defers before mail is tagged, and is held before it is deferred", () => {
    const macro = { findings: [finding("macro", "vba", "ole")] };
    expect(
      decideOne({ message: macro, verdicts: [failed("clamd")] }).action,
    ).toBe("defer");
    const limit = { findings: [finding("limit", "parts", "mime")] };
    expect(
      decideOne({ message: limit, verdicts: [failed("clamd")] }).action,
    ).toBe("quarantine");
  });

  test("is not one that was skipped", () => {
    expect(decideOne({ verdicts: [skipped("clamd")] }).rule).toBe(
      "default/none",
    );
  });

  test("is one that is switched on and of which nothing was heard", () => {
    expect(
      decideOne({ verdicts: [], config: onFailure("defer") }),
    ).toMatchObject({ action: "defer", rule: "default/scanner.clamd.failed" });
  });

  test("does not matter to a policy that does not use it", () => {
    expect(
      decideOne({
        verdicts: [failed("spamd"), done("clamd")],
        policy: { scanners: ["clamd"] },
      }).rule,
    ).toBe("default/none");
    expect(
      decideOne({
        mail: { peer: { relayClient: true } },
        verdicts: [failed("spamd"), done("clamd")],
      }).rule,
    ).toBe("default/none");
  });

  test("cannot be named so that settings are looked up on a prototype", () => {
    expect(decideOne({ verdicts: [failed("constructor")] })).toMatchObject({
      action: "defer",
      rule: "default/scanner.constructor.failed",
    });
  });
});
