import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenScanner } from "../../src/scanners/scanner.ts";
import { startDns, type DnsServer, type Zone } from "../backends/dns.ts";
import { auth } from "../../src/scanners/auth.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import {
  arrivalOf,
  openAuth,
  said,
  scanWith,
  type Arrival,
} from "./auth-scan.ts";

let dns: DnsServer;
let scanner: OpenScanner;
beforeAll(async () => {
  dns = await startDns();
  // Large: loads mailauth.
  scanner = openAuth(dns.address);
  await scanner.ping(new AbortController().signal);
}, 60_000);
afterAll(() => dns.close());

const message = Buffer.from("From: ann@example.org\nSubject: x\n\nbody\n");

/** The result for SPF, with a zone of its own so that nothing is kept from another case. */
async function spf(
  zone: Zone,
  arrival: Arrival = {},
): Promise<{ result: string; findings: string[] }> {
  dns.zone = zone;
  dns.asked.length = 0;
  const fresh = openAuth(dns.address);
  const { results, findings } = said(await scanWith(fresh, message, arrival));
  const found = results.find((one) => one.startsWith("spf=")) ?? "";
  return {
    result: found.slice("spf=".length),
    findings: findings.filter((name) => name.startsWith("spf-")),
  };
}

const record = (...values: string[]): Zone => ({ "TXT example.org": values });

describe("SPF", () => {
  test.each([
    ["v=spf1 ip4:192.0.2.0/24 -all", "pass", []],
    ["v=spf1 ip4:198.51.100.1 -all", "fail", ["spf-fail"]],
    ["v=spf1 ~all", "softfail", ["spf-softfail"]],
    ["v=spf1 ?all", "neutral", []],
    ["v=spf1 ip4:198.51.100.1", "neutral", []],
    ["v=spf2 -all", "none", []],
    ["v=spf1 nonsense -all", "permerror", ["spf-permerror"]],
    ["v=spf1 ip4:300.1.1.1 -all", "permerror", ["spf-permerror"]],
    ["v=spf1 a:%{x}.example.org -all", "permerror", ["spf-permerror"]],
  ])("%j is %s", async (text, result, findings) => {
    expect(await spf(record("something else", text))).toEqual({
      result: `${result} smtp.mailfrom=example.org`,
      findings,
    });
  });

  test("two records are a mistake that stays", async () => {
    const { result } = await spf(record("v=spf1 +all", "v=spf1 -all"));
    expect(result).toMatch(/^permerror /);
  });

  test("a long record comes by TCP", async () => {
    const others = "x".repeat(600);
    const { result } = await spf(record(others, "v=spf1 ip4:192.0.2.25 -all"));
    expect(result).toMatch(/^pass /);
    expect(dns.asked).toContain("tcp TXT example.org");
  });

  test("a, mx, exists, ptr and include are asked for", async () => {
    const zone: Zone = {
      "TXT example.org": [
        "v=spf1 a:a.example.org exists:%{ir}.l.example.org mx ptr include:other.example -all",
      ],
      "A a.example.org": ["198.51.100.7"],
      "MX example.org": ["10 mx.example.org", "5 mx2.example.org"],
      "A mx.example.org": ["198.51.100.8"],
      "AAAA mx2.example.org": ["2001:db8:0:0:0:0:0:1"],
      "PTR 25.2.0.192.in-addr.arpa": ["host.example.net"],
      "A host.example.net": ["192.0.2.25"],
      "TXT other.example": ["v=spf1 ip4:192.0.2.25 -all"],
    };
    expect((await spf(zone)).result).toMatch(/^pass /);
    expect(dns.asked).toEqual(
      expect.arrayContaining([
        "A 25.2.0.192.l.example.org",
        "MX example.org",
        "PTR 25.2.0.192.in-addr.arpa",
        "TXT other.example",
      ]),
    );
  });

  test("IPv6 clients are known", async () => {
    const { result } = await spf(record("v=spf1 ip6:2001:db8::/32 -all"), {
      peer: { ip: "2001:db8::25" },
    });
    expect(result).toMatch(/^pass /);
  });

  test("more than ten lookups are too many", async () => {
    const zone: Record<string, string[]> = {
      "TXT example.org": ["v=spf1 include:i1.example.org -all"],
    };
    for (let i = 1; i < 20; i++)
      zone[`TXT i${i}.example.org`] = [
        `v=spf1 include:i${i + 1}.example.org -all`,
      ];
    expect((await spf(zone)).result).toMatch(/^permerror /);
    expect(dns.asked.length).toBeLessThan(20);
  });

  test("records that include each other end", async () => {
    const zone: Zone = {
      "TXT example.org": ["v=spf1 include:b.example.org -all"],
      "TXT b.example.org": ["v=spf1 include:example.org -all"],
    };
    expect((await spf(zone)).result).toMatch(/^permerror /);
  });

  test("a record whose macros make endless names costs little", async () => {
    const started = process.cpuUsage();
    const { result } = await spf(
      record(`v=spf1 exists:a.${"%{l}".repeat(900)}! -all`),
      { sender: `${"a".repeat(128)}@example.org` },
    );
    expect(result).toMatch(/^permerror /);
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });

  test("the null sender's HELO name is checked instead", async () => {
    const zone: Zone = { "TXT mx.example.org": ["v=spf1 ip4:192.0.2.25 -all"] };
    expect((await spf(zone, { sender: "" })).result).toBe(
      "pass smtp.helo=mx.example.org",
    );
    expect((await spf(zone, { sender: "", peer: { helo: null } })).result).toBe(
      "none",
    );
  });

  test.each(["ann", "ann@[192.0.2.25]", "ann@local", "ann@ex\0ample.org", "@"])(
    "there is nothing to ask about %j",
    async (sender) => {
      expect((await spf({}, { sender })).result).toBe("none");
      expect(dns.asked.filter((one) => !one.includes("_dmarc"))).toEqual([]);
    },
  );
});

describe("name servers in trouble", () => {
  test.each(["servfail", "refused", "garbage", "silent"] as const)(
    "that answer %s leave it open, in time",
    async (mood) => {
      dns.moods = { "": mood };
      try {
        const started = Date.now();
        expect(await spf(record("v=spf1 -all"))).toEqual({
          result: "temperror smtp.mailfrom=example.org",
          findings: ["spf-temperror"],
        });
        expect(Date.now() - started).toBeLessThan(3000);
      } finally {
        dns.moods = {};
      }
    },
  );

  test("an include that nobody answers for is not a fail", async () => {
    dns.moods = { "other.example": "servfail" };
    try {
      const { result } = await spf(record("v=spf1 include:other.example -all"));
      expect(result).toMatch(/^temperror /);
    } finally {
      dns.moods = {};
    }
  });

  test("that fall silent after the first answer cost two time-outs", async () => {
    const many = Array.from({ length: 9 }, (_, i) => `a:s${i}.slow.example`);
    dns.moods = { "slow.example": "silent" };
    try {
      const started = Date.now();
      const { result } = await spf(record(`v=spf1 ${many.join(" ")} -all`));
      expect(result).toMatch(/^temperror /);
      expect(Date.now() - started).toBeLessThan(2000);
    } finally {
      dns.moods = {};
    }
  });
});

test("answers are kept, and failures are not", async () => {
  dns.zone = record("v=spf1 -all");
  const kept = openAuth(dns.address);
  dns.moods = { "": "servfail" };
  expect(said(await scanWith(kept, message)).findings).toContain(
    "spf-temperror",
  );
  dns.moods = {};
  expect(said(await scanWith(kept, message)).findings).toContain("spf-fail");
  dns.asked.length = 0;
  expect(said(await scanWith(kept, message)).findings).toContain("spf-fail");
  expect(dns.asked).toEqual([]);
});

test("twenty messages at once ask once", async () => {
  dns.zone = record("v=spf1 -all");
  dns.asked.length = 0;
  const fresh = openAuth(dns.address);
  await Promise.all(Array.from({ length: 20 }, () => scanWith(fresh, message)));
  expect(dns.asked.filter((one) => one === "TXT example.org")).toHaveLength(1);
});

test.each([
  ["a relay client's", { relayClient: true }],
  ["an authenticated user's", { user: "ann" }],
  ["a local", { ip: null }],
])("%s mail is not checked, and says so", async (_, peer) => {
  dns.asked.length = 0;
  const report = await scanWith(scanner, message, { peer });
  expect(report.fields).toEqual([
    { name: "Authentication-Results", value: "mx.example.test; none" },
  ]);
  expect(report.findings).toEqual([]);
  expect(dns.asked).toEqual([]);
});

test("a message that is given up is left at once, whatever DNS does", async () => {
  dns.moods = { "": "silent" };
  const settings = { ...auth.defaults, timeoutMs: 200 };
  const ready = new ReadyScanner(
    openAuth(dns.address, { dns_timeout_s: 5 }),
    settings,
  );
  const subject = arrivalOf(message);
  const never = new AbortController();
  const started = Date.now();
  expect(await ready.judge(subject, never.signal)).toMatchObject({
    status: "failed",
    reason: "time-out after 0.2 s",
  });
  expect(Date.now() - started).toBeLessThan(1000);
  const left = ready.judge(subject, never.signal);
  never.abort();
  expect(await left).toMatchObject({ status: "failed" });
  dns.moods = {};
});

test("a ping fails where name servers don't answer", async () => {
  const signal = new AbortController().signal;
  expect(await scanner.ping(signal)).toMatchObject({ databaseAt: null });
  dns.moods = { "": "silent" };
  await expect(openAuth(dns.address).ping(signal)).rejects.toThrow(
    /^name servers don't answer \(127\.0\.0\.1:\d+\)$/,
  );
  dns.moods = {};
});
