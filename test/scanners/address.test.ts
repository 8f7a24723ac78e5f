import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatAddress,
  isLocal,
  parseAddress,
} from "../../src/scanners/address.ts";

describe("parseAddress", () => {
  test.each([
    ["unix:/run/x.sock", { kind: "unix", path: "/run/x.sock" }],
    ["/run/x.sock", { kind: "unix", path: "/run/x.sock" }],
    ["tcp:127.0.0.1:3310", { kind: "tcp", host: "127.0.0.1", port: 3310 }],
    ["tcp:[::1]:783", { kind: "tcp", host: "::1", port: 783 }],
    ["udp:127.0.0.1:24441", { kind: "udp", host: "127.0.0.1", port: 24441 }],
    ["tcp:Scan.example:1", { kind: "tcp", host: "scan.example", port: 1 }],
  ])("reads %s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  test.each([
    ["", "expected unix:/path, tcp:host:port or udp:host:port"],
    ["localhost:3310", "expected unix:/path, tcp:host:port or udp:host:port"],
    ["udp:host", "expected udp:host:port"],
    ["udp:::1:783", "expected an IPv6 address in brackets, udp:[::1]:port"],
    ["unix:run/x", "expected an absolute path"],
    ["unix:", "expected an absolute path"],
    ["unix:@abstract", "expected an absolute path"],
    [`/${"x".repeat(107)}`, "at most 107 bytes"],
    ["tcp:host", "expected tcp:host:port"],
    ["tcp::1", "expected tcp:host:port"],
    ["tcp:host:0", "with a port from 1 to 65535"],
    ["tcp:host:65536", "with a port from 1 to 65535"],
    ["tcp:host:1e3", "with a port from 1 to 65535"],
    ["tcp:::1:783", "expected an IPv6 address in brackets"],
    ["tcp:[host]:783", "expected an IPv6 address between the brackets"],
    ["tcp:a b:783", "expected a host name"],
  ])("refuses %j and says why", (text, reason) => {
    expect(() => parseAddress(text)).toThrow(reason);
    expect(() => parseAddress(text)).toThrow(`found ${JSON.stringify(text)}`);
  });

  test("reads back what formatAddress writes", () => {
    const addresses = fc.oneof(
      fc.record({
        kind: fc.constant("unix" as const),
        path: fc.stringMatching(/^\/[a-z:[\]/]{0,40}$/),
      }),
      fc.record({
        kind: fc.constantFrom("tcp" as const, "udp" as const),
        host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
        port: fc.integer({ min: 1, max: 65535 }),
      }),
    );
    fc.assert(
      fc.property(addresses, (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(
          address.kind === "unix"
            ? address
            : { ...address, host: address.host.toLowerCase() },
        );
      }),
    );
  });
});

test("isLocal holds for unix sockets and loopback alone", () => {
  const local = ["/x", "tcp:127.9.9.9:1", "tcp:[::1]:1", "udp:localhost:1"];
  const remote = ["tcp:127.example:1", "tcp:10.0.0.1:1", "udp:[::2]:1"];
  for (const text of local) expect(isLocal(parseAddress(text))).toBe(true);
  for (const text of remote) expect(isLocal(parseAddress(text))).toBe(false);
});
