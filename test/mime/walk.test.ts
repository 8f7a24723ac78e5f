import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/budget.ts";
import { defaultLimits } from "../../src/limits.ts";
import { walkMessage } from "../../src/mime/walk.ts";
import { ambiguousMessages } from "../extractors/mime/ambiguous-messages.ts";

/** Bytes that are neither in a leaf nor told as syntax. */
function unaccounted(message: Uint8Array): number {
  const seen = new Uint8Array(message.length);
  for (const item of walkMessage(
    message,
    new Budget(defaultLimits, message.length),
  ))
    if ("range" in item && item.range !== null)
      seen.fill(1, item.range.from, item.range.to);
  return seen.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
}

describe("walkMessage", () => {
  // Accounted for means: in the raw range of a leaf, or in one told as header,
  // delimiter (with the line end before it), preamble or epilogue.
  it("accounts for every byte of every ambiguous message", () => {
    for (const { title, message } of ambiguousMessages)
      expect([title, unaccounted(message)]).toEqual([title, 0]);
  });

  it("accounts for a body of white space after an odd delimiter", () => {
    const message = "Content-Type: multipart/mixed; boundary=a\n--ab\n\n\r\n";
    expect(unaccounted(Buffer.from(message))).toBe(0);
  });

  it("accounts for every byte of messages put together at random", () => {
    const piece = fc.constantFrom(
      "Content-Type: multipart/mixed; boundary=a\n",
      'Content-Type: multipart/digest; boundary="b"\n',
      "Content-Type: message/rfc822\n",
      "Content-Transfer-Encoding: base64\n",
      "\n",
      "\r\n",
      "\r",
      " \n",
      "--a\n",
      "--b\n",
      "--a--\n",
      " --a\n",
      "--ab\n",
      "--b--",
      "aGVsbG8=\n",
      "text",
      "\xEF\xBB\xBF",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(unaccounted(Buffer.from(pieces.join(""), "latin1"))).toBe(0);
      }),
      { numRuns: Number(process.env.QSIFT_FUZZ_RUNS ?? 1000) },
    );
  });

  it("gives unencoded content as a view into the message", () => {
    const message = Buffer.from("A: b\n\ntext");
    const items = [...walkMessage(message, new Budget(defaultLimits, 100))];
    const leaf = items.find((item) => item.kind === "leaf");
    expect(leaf?.content.buffer).toBe(message.buffer);
  });
});
