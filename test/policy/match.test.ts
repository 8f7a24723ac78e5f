import { beforeAll, describe, expect, test } from "vitest";
import { RuleSubject } from "../../src/policy/match.ts";
import { loadRegexEngine } from "../../src/regex.ts";
import type { RuleMatch } from "../../src/policy/rule.ts";
import { exampleMail, exampleMessage, finding, rule } from "./example.ts";

beforeAll(loadRegexEngine);

const holds = (
  match: RuleMatch,
  message: Parameters<typeof exampleMessage>[0],
  mail: Parameters<typeof exampleMail>[0] = {},
): boolean => {
  const built = exampleMessage(message);
  return new RuleSubject(exampleMail(mail), built).matches(
    rule({ match }),
    built.findings,
  );
};

describe("the conditions on a part", () => {
  test("look at every reading of the name", () => {
    const match = { part: { filename: ["*.exe"] } };
    expect(holds(match, { parts: [{ filename: "a.EXE" }] })).toBe(true);
    expect(
      holds(match, {
        parts: [{ filename: "a.txt", otherFilenames: ["a.exe"] }],
      }),
    ).toBe(true);
    expect(holds(match, { parts: [{ filename: "a.exe.txt" }] })).toBe(false);
    expect(holds(match, { parts: [{ filename: null }] })).toBe(false);
  });

  test.each(["a.exe.", "a.exe ", "a.exe. . ", "a.exe\u00A0"])(
    "see through the end of %j, which Windows drops",
    (filename) => {
      expect(
        holds({ part: { filename: ["*.exe"] } }, { parts: [{ filename }] }),
      ).toBe(true);
    },
  );

  test("look at every reading of the declared type", () => {
    const match = { part: { declaredType: ["image/*"] } };
    expect(holds(match, { parts: [{ declaredType: "image/png" }] })).toBe(true);
    expect(holds(match, { parts: [{ otherTypes: ["image/gif"] }] })).toBe(true);
    expect(
      holds(match, {
        parts: [{ detectedType: "image/png", declaredType: null }],
      }),
    ).toBe(false);
  });

  test("take detected type and size as they are", () => {
    const part = { detectedType: "application/x-dosexec", size: 10 };
    const match = (minBytes: number) => ({
      part: { detectedType: ["application/x-dosexec"], minBytes },
    });
    expect(holds(match(10), { parts: [part] })).toBe(true);
    expect(holds(match(11), { parts: [part] })).toBe(false);
  });

  test("tell what came out of an archive from what MIME carried", () => {
    const inside = { parts: [{ place: "1.2/a.exe", filename: "a.exe" }] };
    const outside = { parts: [{ place: "1.2", filename: "a.exe" }] };
    const match = (insideArchive: boolean) => ({
      part: { filename: ["*.exe"], insideArchive },
    });
    expect(holds(match(true), inside)).toBe(true);
    expect(holds(match(true), outside)).toBe(false);
    expect(holds(match(false), inside)).toBe(false);
    expect(holds(match(false), outside)).toBe(true);
  });

  test("must all hold of one and the same part", () => {
    const match = {
      part: { filename: ["*.pdf"], detectedType: ["text/html"] },
    };
    expect(
      holds(match, {
        parts: [{ filename: "a.pdf" }, { detectedType: "text/html" }],
      }),
    ).toBe(false);
    expect(
      holds(match, {
        parts: [{ filename: "a.pdf", detectedType: "text/html" }],
      }),
    ).toBe(true);
  });

  test("search names by expression without regard to case", () => {
    const match = { part: { regex: "^invoice[0-9]+\\.PDF$" } };
    expect(holds(match, { parts: [{ filename: "Invoice12.pdf" }] })).toBe(true);
    expect(holds(match, { parts: [{ filename: "my invoice1.pdf" }] })).toBe(
      false,
    );
  });
});

describe("the condition on a header field", () => {
  const match = { header: { name: "subject", regex: "^Win a (car|boat)$" } };

  test("sees the unfolded value of any field of that name", () => {
    expect(
      holds(match, {
        header: [
          ["Subject", " something"],
          ["SUBJECT", " Win a\n boat"],
        ],
      }),
    ).toBe(true);
    expect(holds(match, { header: [["X-Subject", " Win a car"]] })).toBe(false);
    expect(holds(match, { header: [["Subject", " win a car"]] })).toBe(false);
  });

  test("reads the value as UTF-8, as the expression is", () => {
    const value = Buffer.from(" grüßeà").toString("latin1");
    expect(
      holds(
        { header: { name: "Subject", regex: "^gr.ßeà$" } },
        { header: [["Subject", value]] },
      ),
    ).toBe(true);
  });

  test("takes linear time on hostile values", () => {
    const time = (length: number): number => {
      const started = performance.now();
      holds(
        { header: { name: "x", regex: "(a*)*b" } },
        { header: [["x", "a".repeat(length)]] },
      );
      return performance.now() - started;
    };
    time(1000);
    expect(time(400_000)).toBeLessThan(2000);
  });
});

test("a condition on findings is for kind and name, and * matches any name", () => {
  const findings = [finding("macro", "vba-macro", "ole")];
  const match = (kind: "macro" | "virus", name: string) => ({
    finding: { kind, name },
  });
  expect(holds(match("macro", "*"), { findings })).toBe(true);
  expect(holds(match("macro", "VBA-*"), { findings })).toBe(true);
  expect(holds(match("virus", "*"), { findings })).toBe(false);
  expect(holds(match("macro", "xlm-*"), { findings })).toBe(false);
});

test("sender, client and the rest must all hold", () => {
  const match = {
    sender: ["example.org"],
    client: ["192.0.2.0/24"],
    part: { filename: ["*.exe"] },
  };
  const message = { parts: [{ filename: "a.exe" }] };
  expect(holds(match, message)).toBe(true);
  expect(holds(match, message, { sender: "x@elsewhere.test" })).toBe(false);
  expect(holds(match, message, { peer: { ip: null } })).toBe(false);
  expect(holds(match, {})).toBe(false);
});
