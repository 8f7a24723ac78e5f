import { expect, test } from "vitest";
import { Budget } from "../src/budget.ts";
import { defaultLimits, LimitReached } from "../src/limits.ts";

const budget = () =>
  new Budget(
    { ...defaultLimits, expansionFreeBytes: 100, expansionRatio: 2 },
    10,
  );

function limitOf(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof LimitReached ? error.limit : String(error);
  }
}

test("a message may expand to what is free and by the ratio", () => {
  const one = budget();
  one.chargeBytes(120);
  expect(one.bytesLeft).toBe(0);
  expect(
    limitOf(() => {
      one.chargeBytes(1);
    }),
  ).toBe("expansionRatio");
});

test("a decoder's window counts as far as it is filled, and while it is there", () => {
  const one = budget();
  one.windowBytes = 1_000_000;
  expect(one.bytesLeft).toBe(120);
  one.chargeBytes(30);
  expect(one.bytesLeft).toBe(60);
  one.windowBytes = 0;
  expect(one.bytesLeft).toBe(90);
  one.windowBytes = 10;
  one.chargeBytes(50);
  expect(one.bytesLeft).toBe(30);
});

test("a budget that was used up stays so when the window is gone", () => {
  const one = budget();
  one.windowBytes = 1_000_000;
  expect(
    limitOf(() => {
      one.chargeBytes(61);
    }),
  ).toBe("expansionRatio");
  one.windowBytes = 0;
  expect(one.bytesLeft).toBeLessThanOrEqual(0);
});

test("one part has a limit of its own", () => {
  const one = new Budget({ ...defaultLimits, partBytes: 5 }, 0);
  expect(
    limitOf(() => {
      one.chargeBytes(6);
    }),
  ).toBe("partBytes");
});
