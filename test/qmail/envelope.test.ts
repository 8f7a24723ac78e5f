import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Envelope } from "../../src/mail.ts";
import {
  EnvelopeError,
  EnvelopeReader,
  formatEnvelope,
} from "../../src/qmail/envelope.ts";

function read(bytes: Uint8Array, chunk = bytes.length || 1): Envelope {
  const reader = new EnvelopeReader();
  for (let at = 0; at < bytes.length; at += chunk)
    if (reader.push(bytes.subarray(at, at + chunk))) break;
  return reader.finish();
}

const address = fc
  .uint8Array({ maxLength: 60 })
  .map((bytes) => Buffer.from(bytes.map((byte) => byte || 1)));

describe("an envelope", () => {
  test("is read back as it was written, in chunks of any size", () => {
    fc.assert(
      fc.property(
        address,
        fc.array(address, { maxLength: 20 }),
        fc.integer({ min: 1, max: 70 }),
        (sender, recipients, chunk) => {
          const envelope = read(formatEnvelope({ sender, recipients }), chunk);
          expect(Buffer.from(envelope.sender)).toEqual(sender);
          expect(envelope.recipients.map((one) => Buffer.from(one))).toEqual(
            recipients,
          );
        },
      ),
    );
  });

  test("cut anywhere is never taken for a whole one", () => {
    const bytes = formatEnvelope({
      sender: Buffer.from("a@example.org"),
      recipients: [Buffer.from("b@example.test"), Buffer.from("c")],
    });
    for (let length = 0; length < bytes.length; length++)
      expect(() => read(bytes.subarray(0, length))).toThrow(EnvelopeError);
  });

  test("keeps what it was given, whatever becomes of the buffer", () => {
    const bytes = Buffer.from("Fabc\0Tdef\0");
    const reader = new EnvelopeReader();
    reader.push(bytes.subarray(0, 3));
    const rest = Buffer.from(bytes.subarray(3));
    bytes.fill(0x78);
    reader.push(rest);
    reader.push(Buffer.from("\0"));
    expect(Buffer.from(reader.finish().sender).toString()).toBe("abc");
  });
});
