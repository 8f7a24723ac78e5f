import { expect, test } from "vitest";

import type { Decision } from "../../src/decision.ts";
import type { Mail } from "../../src/mail.ts";
import { entryId, isEntryId, makeEntry } from "../../src/quarantine/entry.ts";
import { sampleEntry } from "./sample-entry.ts";

test("the entries of one mail have different IDs, the first the mail's own", () => {
  expect([0, 1, 2].map((n) => entryId("a-1", n))).toEqual([
    "a-1",
    "a-1.2",
    "a-1.3",
  ]);
});

test.each([
  "",
  ".",
  "..",
  ".x",
  "-x",
  "a/b",
  "a\\b",
  "A",
  "a b",
  "a\n",
  "a:2,S",
  "a,1",
  "é",
  "a\0",
  "x".repeat(101),
])("%j is no ID", (id) => {
  expect(isEntryId(id)).toBe(false);
});

test("an entry has only the recipients of its decision", () => {
  const { id, receivedAt, peer, bytes } = sampleEntry();
  const mail: Mail = {
    id,
    receivedAt,
    peer,
    bytes,
    envelope: {
      sender: Buffer.from("s"),
      recipients: ["a", "b", "c"].map((name) => Buffer.from(name)),
    },
  };
  const decision: Decision = {
    recipients: [0, 2],
    action: "quarantine",
    tagged: false,
    policy: "p",
    rule: "p/r",
    folder: "spam",
    text: null,
    spam: null,
    tags: [],
    subjectTag: null,
  };
  const entry = makeEntry({
    mail,
    decision,
    folder: "undelivered",
    n: 1,
    findings: [],
    verdicts: [
      { status: "skipped", scanner: "spamd", reason: "too large", ms: 0 },
    ],
    subject: null,
  });
  expect(
    entry.envelope.recipients.map((bytes) => Buffer.from(bytes).toString()),
  ).toEqual(["a", "c"]);
  expect(entry.id).toBe(`${id}.2`);
  expect(entry.folder).toBe("undelivered");
  expect(entry.scanners).toEqual([
    {
      scanner: "spamd",
      status: "skipped",
      reason: "too large",
      version: null,
      score: null,
      ms: 0,
    },
  ]);
});
