import { expect, test } from "vitest";
import { inNetworks, isNetwork } from "../../src/policy/networks.ts";

test.each([
  ["192.0.2.0/24", "192.0.2.255", true],
  ["192.0.2.0/24", "192.0.3.0", false],
  ["192.0.2.77/24", "192.0.2.1", true],
  ["192.0.2.1", "192.0.2.1", true],
  ["192.0.2.1", "192.0.2.2", false],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["192.0.2.0/24", "::ffff:192.0.2.9", true],
  ["2001:db8::/32", "2001:DB8:ffff::1", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["fe80::/10", "fe80::1%eth0", true],
  ["192.0.2.0/24", "unknown", false],
  ["192.0.2.0/24", "", false],
  ["192.0.2.0/24", "192.0.2.1 ", false],
])("%s holds %j: %j", (network, ip, expected) => {
  expect(inNetworks([network], ip)).toBe(expected);
});

test("a client without an address is in no network", () => {
  expect(inNetworks(["0.0.0.0/0", "::/0"], null)).toBe(false);
});

test("any network of several is enough", () => {
  expect(inNetworks(["192.0.2.0/24", "::1"], "::1")).toBe(true);
});

test.each([
  "192.0.2.0/33",
  "192.0.2/24",
  "::/129",
  "example.org",
  "1.2.3.4/",
  "1.2.3.4/8/8",
  "1.2.3.4/-1",
  "fe80::1%eth0",
])("%j is no network", (text) => {
  expect(isNetwork(text)).toBe(false);
});
