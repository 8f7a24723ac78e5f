import fc from "fast-check";
import { describe, expect, test } from "vitest";

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
