import { describe, expect, it } from "vitest";
import { expand } from "./expand-all.ts";
import { mime } from "../../src/extractors/mime.ts";
import { defaultLimits } from "../../src/limits.ts";
import { mimeRemarks } from "../../src/mime/remarks.ts";
import { ambiguousMessages, payload } from "./mime/ambiguous-messages.ts";

const open = (message: Uint8Array) => expand(message, defaultLimits, [mime]);

describe("a message that readers read differently", () => {
  for (const { title, message, remark } of ambiguousMessages)
    it(`shows its payload: ${title}`, async () => {
      const { parts, findings } = await open(message);
      const contents = parts.map(({ content }) =>
        Buffer.from(content).toString("latin1"),
      );
      expect(contents).toContain(payload.toString("latin1"));
      const names = findings
        .filter(({ kind }) => kind === "malformed")
        .map(({ name }) => name);
      if (remark === null) expect(names).toEqual([]);
      else expect(names).toContain(remark);
    });

  it("is told by remarks of the public table only", async () => {
    for (const { message } of ambiguousMessages) {
      const { findings } = await open(message);
      for (const { kind, name } of findings)
        if (kind === "malformed") expect(mimeRemarks).toHaveProperty(name);
    }
  });
});
