import { expect, test } from "vitest";
import { claimsAuthservId } from "../../src/mime/authserv-id.ts";

const id = "mx.example.test";

test.each([
  " mx.example.test; spf=pass",
  "mx.example.test;none",
  " MX.Example.TEST; none",
  " mx.example.test. ; none",
  " mx.example.test 1; none",
  "\n\tmx.example.test\n 1;\n none",
  "\r\n mx.example.test;\r\n none",
  " (a (nested; \\) comment)) mx.example.test (b) 1; none",
  " mx.(not the end)example.test; none",
  ' "mx.example.test"; none',
  ' "mx\\.example.test" 2; none',
  " mx.example.test",
])("%j is ours", (value) => {
  expect(claimsAuthservId(value, id)).toBe(true);
});

test.each([
  "",
  " ; none",
  " ();none",
  ' ""; none',
  " (mx.example.test",
  ' "mx.example',
  " mx.exa\0mple.test; none",
  " mx.exam\xadple.test; none",
  " mx.exam\r",
  " mx.exam\r ple.test; none",
])("%j cannot be read, so it is not believed", (value) => {
  expect(claimsAuthservId(value, id)).toBe(true);
});

test.each([
  " mx.other.example; spf=pass",
  " mx.example.test.other.example; none",
  " example.test; none",
  " x-mx.example.test; none",
  " spf=pass (mx.example.test) smtp.mailfrom=example.org; dkim=none",
  " mx.other.example (mx.example.test); none",
  " mx.other.example; none (caf\xc3\xa9)",
])("%j is somebody else's", (value) => {
  expect(claimsAuthservId(value, id)).toBe(false);
});

test("a value of megabytes takes linear time", () => {
  const cost = (megabytes: number): number => {
    const value = "(\\(".repeat((megabytes * 1024 * 1024) / 3);
    const start = process.cpuUsage();
    claimsAuthservId(value, id);
    return process.cpuUsage(start).user;
  };
  cost(1);
  expect(cost(8)).toBeLessThan(4_000_000);
});
