import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // A message that is never settled is a failure, not a wait without end.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
