import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { claimsAuthservId } from "../../src/mime/authserv-id.ts";
import { applyEdits, findOwnFields, undoEdits } from "../../src/mime/edits.ts";
import { isOwnField } from "../../src/policy/own-fields.ts";

const top = Buffer.from("X-Qsift-ID: 1\nX-Qsift-Verdict: queue\n");

function edited(message: Buffer): Buffer {
  const renamed = findOwnFields(message, isOwnField);
  return Buffer.concat([...applyEdits(message, { top, renamed })]);
}

describe("our fields", () => {
  test.each([
    "X-Spam-Flag: YES",
    "x-spam-flag : YES",
    "X-SPAM-FLAG\t\t: YES",
    "X-Spam-Flag\n : YES",
    "X-Spam-Flag(really): YES",
    "X-Spam-Flag\0: YES",
    "\0X-Spam-Flag: YES",
    "X-Spam\x7f-Flag: YES",
    "X-Qsift-Verdict: queue; clamd=done",
    "X-Received-X-Spam-Flag: YES",
  ])("are renamed when they come in: %j", (field) => {
    const message = Buffer.from(`Subject: x\n${field}\n\nbody\n`, "latin1");
    const text = edited(message).toString("latin1");
    expect(text).toContain(`\nX-Received-${field}\n`);
    expect(undoEdits(Buffer.from(text, "latin1"))).toEqual(message);
  });

  test("behind a byte order mark or a bare CR are renamed", () => {
    for (const before of ["\xef\xbb\xbf", "Subject: x\r"])
      expect(
        edited(Buffer.from(`${before}X-Spam-Flag: YES\n\n`, "latin1")).toString(
          "latin1",
        ),
      ).toMatch(/X-Received-(\xef\xbb\xbf)?X-Spam-Flag/);
  });

  test("in the body are left alone", () => {
    const message = Buffer.from("Subject: x\n\nX-Spam-Flag: YES\n");
    expect(edited(message)).toEqual(Buffer.concat([top, message]));
  });
});

describe("a field's value", () => {
  const values = (text: string): string[] => {
    const found: string[] = [];
    findOwnFields(Buffer.from(text, "latin1"), (_, value) => {
      found.push(value());
      return false;
    });
    return found;
  };
  test.each([
    ["A: b\n", [" b"]],
    ["A: b\r\n", [" b"]],
    ["A: b\n c\n\td\nE: f", [" b\n c\n\td", " f"]],
    ["A: b\r\n c\r\n\r\nX: y\n", [" b\r\n c"]],
    ["A : b", [" b"]],
    ["A\n : b", [" b"]],
    ["A:\n\n", [""]],
    ["A: b\rE: f\n", [" b\r", " f"]],
    ["A: b\r c\n", [" b\r c"]],
    ["A (x:y): b\n", [""]],
  ])("of %j", (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test("of very many fields costs linear time", () => {
    const cost = (count: number): number => {
      const text = "Authentication-Results:\r\tx\r".repeat(count);
      const start = process.cpuUsage();
      values(text);
      return process.cpuUsage(start).user;
    };
    cost(1000);
    expect(cost(100_000)).toBeLessThan(3_000_000);
  });
});

describe("Authentication-Results", () => {
  test("in our name are renamed, of others not, and undone exactly", () => {
    const message = Buffer.from(
      'authentication-results: mx.other.example; none\nAuthentication-Results\n : (x)\n "mx.example.test" 1; spf=pass\nSubject: x\n\nAuthentication-Results: mx.example.test; none\n',
    );
    const block = Buffer.from(
      "X-Qsift-ID: 1\nAuthentication-Results: mx.example.test;\n\tspf=fail\nX-Qsift-Verdict: queue\n",
    );
    const renamed = findOwnFields(
      message,
      (name, value) =>
        isOwnField(name) ||
        (name.toLowerCase() === "authentication-results" &&
          claimsAuthservId(value(), "mx.example.test")),
    );
    const result = Buffer.concat([
      ...applyEdits(message, { top: block, renamed }),
    ]);
    expect(result.toString()).toBe(
      block.toString() +
        message
          .toString()
          .replace(
            "Authentication-Results\n :",
            "X-Received-Authentication-Results\n :",
          ),
    );
    expect(undoEdits(result)?.toString()).toBe(message.toString());
  });
});

test("undoing gives back any message, byte for byte", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "X-Spam-Flag",
      "x-qsift-id",
      "X-Received-",
      "X-Qsift-Verdict",
      ":",
      " ",
      "\n",
      "\r",
      "\r\n",
      "\n\n",
      "\t",
      "(",
      "\0",
      "Subject: x",
    ),
    fc.string({ maxLength: 5 }),
    fc.constant("y".repeat(200)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const message = Buffer.from(pieces.join(""), "latin1");
      const undone = undoEdits(edited(message));
      expect(undone !== null && message.equals(undone)).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test("a message that never was edited is told apart", () => {
  expect(undoEdits(Buffer.from("Subject: x\n\nbody\n"))).toBeNull();
});

test("a header of 10 MB without a colon takes linear time", () => {
  const cost = (megabytes: number): number => {
    const message = Buffer.alloc(megabytes * 1024 * 1024, "y\ry");
    const start = process.cpuUsage();
    findOwnFields(message, isOwnField);
    return process.cpuUsage(start).user;
  };
  cost(1);
  expect(cost(10)).toBeLessThan(3_000_000);
});
