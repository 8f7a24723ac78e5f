// Messages made to cost, in the size in which they were sent to others, opened
// by every extractor. bench/linear-cost.mjs measures how the time grows. More
// of the kind, of a megabyte each: mime-cost.test.ts; a header of 10 MB without
// a colon, undone: ../mime/edits.test.ts.

import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import { expand } from "./expand-all.ts";
import { costCases } from "./threats-cost-messages.ts";

/** Several times what is wanted, for slow machines; what is not linear takes hours. */
const mostCpuMs = 5000;

describe("a message made to cost ends soon, and says which limit it reached", () => {
  test.each(costCases)("$count $title", async ({ count, make, limit }) => {
    const message = make(count);
    const before = process.cpuUsage();
    const { parts, findings } = await expand(message, defaultLimits);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(mostCpuMs);
    expect(parts[0]?.size).toBe(message.length);
    const limits = findings.filter(({ kind }) => kind === "limit");
    if (limit === null) expect(limits).toEqual([]);
    else expect(limits.map(({ name }) => name)).toContain(limit);
  });
});
