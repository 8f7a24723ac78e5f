import { expect, test } from "vitest";
import { chargingParts } from "../../src/extractors/ole-parts.ts";
import { openWith } from "./open-with.ts";

test("an entry past the limit of parts is not yielded, and remarks are free", () => {
  const extractor = {
    format: "x",
    recognizes: () => true,
    entries: chargingParts(function* ({ bytes }) {
      for (;;) {
        yield { kind: "remark", finding: "macro", name: "m" };
        yield {
          kind: "read",
          place: "p",
          filename: null,
          declaredType: null,
          content: bytes,
        };
      }
    }),
  };
  const { read, limit } = openWith(extractor, "x", { limits: { parts: 3 } });
  expect(read).toHaveLength(3);
  expect(limit).toBe("parts");
});
