import fc from "fast-check";
import { expect, test } from "vitest";

import { findingKinds } from "../../src/verdict.ts";
import type { EntryHead } from "../../src/quarantine/entry.ts";
import { formatHead, headEnd } from "../../src/quarantine/format-head.ts";
import { DamagedEntry, parseHead } from "../../src/quarantine/parse-head.ts";
import { sampleEntry } from "./sample-entry.ts";

function sampleHead(changes: Partial<EntryHead> = {}): EntryHead {
  const { bytes, ...rest } = sampleEntry();
  return { ...rest, size: bytes.length, sha256: "0".repeat(64), ...changes };
}

function headText(head: EntryHead): string {
  const text = Buffer.from(formatHead(head)).toString("latin1");
  expect(text.endsWith(`\n${headEnd}`)).toBe(true);
  return text.slice(0, -headEnd.length);
}

/** Buffers and Uint8Arrays alike. */
function plain(head: EntryHead): unknown {
  return {
    ...head,
    envelope: {
      sender: [...head.envelope.sender],
      recipients: head.envelope.recipients.map((bytes) => [...bytes]),
    },
  };
}

test("a head is read back as it was written", () => {
  expect(plain(parseHead(headText(sampleHead())))).toEqual(plain(sampleHead()));
});

test("a head in which all that can be absent is absent is read back", () => {
  const head = sampleHead({
    text: null,
    subject: null,
    spam: null,
    findings: [],
    scanners: [],
    envelope: { sender: new Uint8Array(), recipients: [] },
    peer: {
      uid: 0,
      trusted: false,
      ip: null,
      host: null,
      helo: null,
      relayClient: false,
      user: null,
      policy: null,
      judgeSpam: null,
    },
  });
  expect(plain(parseHead(headText(head)))).toEqual(plain(head));
});

test("hostile bytes in every place survive, and add no line", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  const optional = fc.option(text);
  const address = fc.uint8Array({ maxLength: 60 });
  const number = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((n) => n + 0);
  fc.assert(
    fc.property(
      fc.record({
        text: optional,
        rule: text,
        policy: text,
        subject: fc.option(
          fc
            .uint8Array({ maxLength: 60 })
            .map((b) => Buffer.from(b).toString("latin1")),
        ),
        envelope: fc.record({
          sender: address,
          recipients: fc.array(address, { maxLength: 5 }),
        }),
        peer: fc.record({
          uid: fc.nat(),
          trusted: fc.boolean(),
          ip: optional,
          host: optional,
          helo: optional,
          relayClient: fc.boolean(),
          user: optional,
          policy: optional,
          judgeSpam: fc.option(fc.boolean()),
        }),
        findings: fc.array(
          fc.record({
            source: text,
            kind: fc.constantFrom(...findingKinds),
            name: text,
            part: fc.option(fc.nat()),
            score: fc.option(number),
          }),
          { maxLength: 3 },
        ),
      }),
      (changes) => {
        const head = sampleHead(changes);
        const written = headText(head);
        expect(written).toMatch(/^(X-Qsift-[A-Za-z0-9-]+: [\x20-\x7E]*\n)+$/);
        expect(plain(parseHead(written))).toEqual(plain(head));
      },
    ),
  );
});

test("100,000 recipients are written and read back in a moment", () => {
  const recipients = Array.from({ length: 100_000 }, (_, n) =>
    Buffer.from(`recipient-${n}@example.test`),
  );
  const head = sampleHead({
    envelope: { sender: new Uint8Array(), recipients },
  });
  const start = performance.now();
  const read = parseHead(headText(head));
  expect(read.envelope.recipients).toHaveLength(100_000);
  expect(Buffer.from(read.envelope.recipients[99_999] ?? []).toString()).toBe(
    "recipient-99999@example.test",
  );
  expect(performance.now() - start).toBeLessThan(5000);
});

test.each([
  ["another version", /Quarantine: 1/, "Quarantine: 2"],
  ["an ID that is a path", /ID: \S+/, "ID: ../../x"],
  ["no sender", /X-Qsift-Sender: .*\n/, ""],
  ["two senders", /(X-Qsift-Sender: .*\n)/, "$1$1"],
  ["a recipient that is not xtext", /<carol>/, "<carol+>"],
  ["a recipient without brackets", /<carol>/, "carol"],
  ["an unknown folder", /Folder: virus/, "Folder: __proto__"],
  ["a size that is no number", /Bytes: \d+/, "Bytes: many"],
  ["a foreign line", /X-Qsift-Text:/, "Text:"],
])("a head with %s is damaged", (_, what, by) => {
  const text = headText(sampleHead());
  const changed = text.replace(what, by);
  expect(changed).not.toBe(text);
  expect(() => parseHead(changed)).toThrow(DamagedEntry);
});

test("fields of a later version are ignored", () => {
  const text = headText(sampleHead());
  expect(plain(parseHead(`${text}X-Qsift-Later: 1\n`))).toEqual(
    plain(sampleHead()),
  );
});
