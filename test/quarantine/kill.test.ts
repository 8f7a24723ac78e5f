// Killed with SIGKILL at random moments: whatever was answered for is there,
// whole, and released at most once. `npm run soak` does more of it.

import { join } from "node:path";
import { expect, test } from "vitest";

import { killRun } from "./kill-run.ts";

test("of 200 random kills none loses, doubles or damages a message", async () => {
  const root = join(import.meta.dirname, "..", "..");
  const { said } = await killRun(root, 200);
  // Something was under way when they came.
  expect(said["held"]).toBeGreaterThan(200);
  expect(said["released"]).toBeGreaterThan(20);
  expect(said["deleted"]).toBeGreaterThan(20);
}, 300_000);
