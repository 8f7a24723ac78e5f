import { expect, test } from "vitest";
import { nearestName } from "../src/nearest-name.ts";

test.each([
  ["rejekt", "reject"],
  ["reject_", "reject"],
  ["rejcet", "reject"],
  ["Reject", "reject"],
  ["qarantin", "quarantine"],
  ["tg", "tag"],
  ["xyz", null],
  ["address", null],
  ["", null],
])("for %j it is %j", (found, expected) => {
  expect(nearestName(found, ["tag", "quarantine", "reject"])).toBe(expected);
});
