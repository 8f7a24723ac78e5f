import { expect, test } from "vitest";
import { isOwnField } from "../../src/policy/own-fields.ts";

test.each([
  "X-Qsift-ID",
  "x-qsift-anything",
  "X-VIRUS-SCANNED",
  "X-Spam-Flag",
  "X-Spam-Status ",
  "X-Spam-Level\t",
  " X-Spam-Score",
  "X-Received-X-Spam-Flag",
  "x-received-",
])("%j is ours or bears the prefix", (name) => {
  expect(isOwnField(name)).toBe(true);
});

test.each([
  "Subject",
  "Received",
  "X-Received",
  "X-Spam-Report",
  "X-Qsift",
  "X- Spam-Flag",
  "__proto__",
  "",
])("%j is somebody else's", (name) => {
  expect(isOwnField(name)).toBe(false);
});
