import { expect, test } from "vitest";
import { isLocal } from "../../src/scanners/address.ts";
import { scanners } from "../../src/scanners/index.ts";

test("every scanner has its own name", () => {
  const names = scanners.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
});

test("by default nothing leaves this machine, and a failure defers", () => {
  for (const { defaults } of scanners) {
    expect(defaults.addresses.every(isLocal)).toBe(true);
    expect(defaults.onFailure).toBe("defer");
    expect(defaults.timeoutMs).toBeGreaterThan(0);
  }
});
