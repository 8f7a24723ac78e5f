import { expect, test } from "vitest";

import { exitCodeAfterQueue, isPermanent } from "../../src/qmail/exit-codes.ts";

test("no code but qmail-queue's own 11, 31 and 115 ever makes us answer for good", () => {
  for (let code = 0; code < 256; code++) {
    const ours = exitCodeAfterQueue({ code, signal: null });
    expect(isPermanent(ours), String(code)).toBe([11, 31, 115].includes(code));
    expect(ours === 0, String(code)).toBe(code === 0);
  }
});

test("a death by any signal is temporary", () => {
  for (const signal of ["SIGKILL", "SIGSEGV", "SIGTERM"])
    expect(exitCodeAfterQueue({ code: null, signal })).toBe(81);
});
