// Mutated messages: whatever comes, there is a Message, within its limits.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expand } from "./expand-all.ts";
import { mime } from "../../src/extractors/mime.ts";
import { defaultLimits } from "../../src/limits.ts";
import { ambiguousMessages } from "./mime/ambiguous-messages.ts";

const limits = { ...defaultLimits, parts: 100, findings: 50 };

const seeds = ambiguousMessages.map(({ message }) =>
  message.toString("latin1"),
);

/** Pieces that mean something in mail, put anywhere. */
const insertion = fc.oneof(
  fc.constantFrom(
    "\n",
    "\r",
    "\r\n",
    " ",
    "\0",
    "--!!\n",
    "--??\n",
    "--b--\n",
    "\n--b\n",
    "=",
    "; boundary=b",
    "Content-Type: multipart/digest; boundary=b\n",
    "Content-Transfer-Encoding: base64\n",
    "(",
    '"',
  ),
  fc.string({ unit: "binary-ascii", maxLength: 5 }),
);

const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 40 }), insertion), {
      maxLength: 8,
    }),
    fc.nat(),
  )
  .map(([first, second, edits, cut]) => {
    const at = cut % (first.length + 1);
    let text = edits.length % 2 === 0 ? first : first.slice(0, at) + second;
    for (const [place, removed, inserted] of edits) {
      const start = place % (text.length + 1);
      text = text.slice(0, start) + inserted + text.slice(start + removed);
    }
    return Buffer.from(text, "latin1");
  });

describe("expand, with mutated messages", () => {
  it("always gives a whole Message within its limits", async () => {
    await fc.assert(
      fc.asyncProperty(mutated, async (message) => {
        const { parts, findings } = await expand(message, limits, [mime]);
        expect(parts[0]?.content).toBe(message);
        expect(parts.length).toBeLessThanOrEqual(limits.parts);
        expect(findings.length).toBeLessThanOrEqual(limits.findings);
        for (const [id, part] of parts.entries()) {
          expect(part.id).toBe(id);
          expect(part.parent ?? -1).toBeLessThan(id);
          expect(part.size).toBe(part.content.length);
        }
        for (const { name, part } of findings) {
          expect(name).not.toMatch(/-failed$/);
          expect(part ?? 0).toBeLessThan(parts.length);
        }
        expect(new Set(parts.map(({ place }) => place)).size).toBe(
          parts.length,
        );
      }),
      { numRuns: Number(process.env.QSIFT_FUZZ_RUNS ?? 1000) },
    );
  });
});
