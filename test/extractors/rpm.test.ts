import fc from "fast-check";
import { expect, test } from "vitest";

import { rpm } from "../../src/extractors/rpm.ts";
import {
  hello,
  helloText,
  mutations,
  open,
  recognizes,
} from "./archive-samples.ts";

function header(entries: number, data: Buffer): Buffer {
  const bytes = Buffer.alloc(16 + 16 * entries);
  bytes.write("\x8e\xad\xe8\x01", "latin1");
  bytes.writeUInt32BE(entries, 8);
  bytes.writeUInt32BE(data.length, 12);
  return Buffer.concat([bytes, data]);
}

const lead = Buffer.alloc(96);
lead.write("\xed\xab\xee\xdb\x03", "latin1");
// The signature header ends 3 bytes short of a multiple of eight.
const bytes = Buffer.concat([
  lead,
  header(1, Buffer.alloc(5)),
  Buffer.alloc(3),
  header(2, Buffer.alloc(11)),
  hello,
]);

test("an RPM package gives its payload", () => {
  expect(recognizes(rpm, bytes)).toBe(true);
  const { read, texts } = open(rpm, bytes, { filename: "tool-1.rpm" });
  expect(texts).toEqual([`payload.cpio: ${helloText}`]);
  expect(read[0]?.filename).toBe("tool-1.cpio");
});

test("one without a second header is unread", () => {
  for (const cut of [lead, bytes.subarray(0, 140)])
    expect(open(rpm, cut).entries).toMatchObject([
      { kind: "unread", reason: "malformed", name: "rpm-malformed" },
    ]);
});

test("no mutation of it throws", () => {
  fc.assert(
    fc.property(mutations(bytes), (mutation) => {
      if (recognizes(rpm, mutation)) open(rpm, mutation);
    }),
    { numRuns: 300 },
  );
});
