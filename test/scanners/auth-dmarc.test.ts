import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
} from "vitest";
import { startDns, type DnsServer } from "../backends/dns.ts";
import { openAuth, said, scanWith, type Arrival } from "./auth-scan.ts";
import { dkimSign, makeKey, received } from "./auth-sign.ts";

let dns: DnsServer;
beforeAll(async () => {
  dns = await startDns();
  // Loads mailauth.
  await openAuth(dns.address).ping(new AbortController().signal);
}, 60_000);
afterAll(() => dns.close());
beforeEach(() => {
  dns.moods = {};
});

const own = makeKey("example.org", "one");
const sub = makeKey("mail.example.org", "sub");
const other = makeKey("other.example", "two");
const keys = Object.fromEntries([own.record, sub.record, other.record]);

const from = (author: string): string =>
  `From: ${author}\r\nTo: bob@example.test\r\nSubject: x\r\n\r\nbody\r\n`;

async function dmarc(
  mail: string,
  policy: string,
  { spf = "v=spf1 -all", ...arrival }: Arrival & { spf?: string } = {},
) {
  dns.zone = {
    ...keys,
    "TXT _dmarc.example.org": [policy],
    "TXT example.org": [spf],
    "TXT mail.example.org": [spf],
    "TXT other.example": ["v=spf1 +all"],
  };
  const { results, findings } = said(
    await scanWith(openAuth(dns.address), received(mail), arrival),
  );
  return {
    result: results.find((one) => one.startsWith("dmarc="))?.slice(6),
    findings: findings.filter((name) => name.startsWith("dmarc-")),
  };
}

const ann = from("ann@example.org");
const strict = "v=DMARC1; p=reject; adkim=s; aspf=s";

describe("DMARC", () => {
  test.each([
    ["none", "dmarc-fail"],
    ["quarantine", "dmarc-fail-quarantine"],
    ["reject", "dmarc-fail-reject"],
    ["Reject", "dmarc-fail-reject"],
    ["nonsense", "dmarc-fail"],
  ])("a fail names the policy p=%s", async (p, finding) => {
    const { result, findings } = await dmarc(ann, `v=DMARC1; p=${p}`);
    expect(result).toMatch(/^fail \(p=\w+\) header\.from=example\.org$/);
    expect(findings).toEqual([finding]);
  });

  test.each([
    ["SPF of the author's domain", ann, { spf: "v=spf1 +all" }],
    ["DKIM of the author's domain", dkimSign(ann, own), {}],
    ["DKIM of a domain below it", dkimSign(ann, sub), {}],
    ["DKIM of the domain above it", dkimSign(from("a@x.example.org"), own), {}],
    [
      "both, the author's name in any form",
      dkimSign(from('"a@evil.example" <ann@EXAMPLE.org> (x@y.z)'), own),
      {},
    ],
  ])("passes by %s", async (_, mail, options) => {
    const { result, findings } = await dmarc(
      mail,
      "v=DMARC1; p=reject",
      options,
    );
    expect(result).toMatch(/^pass \(p=reject\) /);
    expect(findings).toEqual([]);
  });

  test.each([
    [
      "SPF of another domain",
      ann,
      "v=DMARC1; p=reject",
      { sender: "x@other.example" },
    ],
    ["DKIM of another domain", dkimSign(ann, other), "v=DMARC1; p=reject", {}],
    ["DKIM of a domain below, strictly", dkimSign(ann, sub), strict, {}],
    [
      "SPF of a domain below, strictly",
      ann,
      strict,
      { sender: "x@mail.example.org", spf: "v=spf1 +all" },
    ],
  ])("does not pass by %s", async (_, mail, policy, options) => {
    const { findings } = await dmarc(mail, policy, options);
    expect(findings).toEqual(["dmarc-fail-reject"]);
  });

  test("strictly, the same domain passes", async () => {
    expect((await dmarc(dkimSign(ann, own), strict)).result).toMatch(/^pass/);
    expect((await dmarc(ann, strict, { spf: "v=spf1 +all" })).result).toMatch(
      /^pass/,
    );
  });

  test("sub-domains have a policy of their own", async () => {
    const { findings } = await dmarc(
      from("a@x.example.org"),
      "v=DMARC1; p=none; sp=quarantine",
    );
    expect(findings).toEqual(["dmarc-fail-quarantine"]);
  });

  test.each(["", "v=DMARC2; p=reject", "v=spf1 -all"])(
    "%j is no policy",
    async (policy) => {
      const { result, findings } = await dmarc(ann, policy);
      expect(result).toBe("none header.from=example.org");
      expect(findings).toEqual([]);
    },
  );

  test.each([
    ["two authors", from("ann@example.org, eve@other.example")],
    ["two From fields", `From: eve@other.example\r\n${ann}`],
    ["no From", ann.replace("From:", "Sender:")],
    ["no address", from("Ann")],
    ["a group", from("friends:;")],
    ["an address literal", from("ann@[192.0.2.1]")],
    ["a hidden domain", from('"ann@example.org"@')],
  ])("%s: nobody to ask for", async (_, mail) => {
    const { result, findings } = await dmarc(mail, "v=DMARC1; p=reject");
    expect(result).toBe("permerror");
    expect(findings).toEqual(["dmarc-permerror"]);
  });

  test("a local part with an @ does not hide the domain", async () => {
    const { findings } = await dmarc(
      from('"a@other.example"@example.org'),
      "v=DMARC1; p=reject",
    );
    expect(findings).toEqual(["dmarc-fail-reject"]);
  });
});

describe("what DNS leaves open", () => {
  test("the policy", async () => {
    dns.moods = { "_dmarc.example.org": "servfail" };
    const { findings } = await dmarc(ann, "v=DMARC1; p=reject");
    expect(findings).toEqual(["dmarc-temperror"]);
  });

  test("the author's key or record: not a fail yet", async () => {
    dns.moods = { "one._domainkey.example.org": "servfail" };
    const { findings } = await dmarc(dkimSign(ann, own), "v=DMARC1; p=reject");
    expect(findings).toEqual(["dmarc-temperror"]);
  });

  test("somebody else's keys and records make no difference", async () => {
    dns.moods = { "other.example": "silent" };
    let mail = ann;
    for (let i = 0; i < 9; i += 1) mail = dkimSign(mail, other);
    const { findings } = await dmarc(mail, "v=DMARC1; p=reject", {
      sender: "eve@other.example",
    });
    expect(findings).toEqual(["dmarc-fail-reject"]);
  });
});
