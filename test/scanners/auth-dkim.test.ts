import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sealMessage } from "mailauth";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
  vi,
} from "vitest";
import { startDns, type DnsServer } from "../backends/dns.ts";
import { openAuth, said, scanWith } from "./auth-scan.ts";
import { dkimSign, makeKey, received } from "./auth-sign.ts";

let dns: DnsServer;
beforeAll(async () => {
  dns = await startDns();
  // Loads mailauth.
  await openAuth(dns.address).ping(new AbortController().signal);
}, 60_000);
afterAll(() => dns.close());
beforeEach(() => {
  dns.zone = Object.fromEntries([own.record, other.record, weak.record]);
  dns.moods = {};
  dns.asked.length = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
});

const own = makeKey("example.org", "one");
const other = makeKey("other.example", "two");
const weak = makeKey("example.org", "weak", 512);

const message =
  'From: "Ann  A." <ann@example.org>\r\nTo: bob@example.test\r\nSubject: a\r\n\tfolded  subject\r\n\r\nHello  there \r\n\r\n.\r\n\r\n\r\n';

async function check(bytes: Buffer | string, signal?: AbortSignal) {
  const { results, findings } = said(
    await scanWith(
      openAuth(dns.address),
      typeof bytes === "string" ? received(bytes) : bytes,
      signal === undefined ? {} : { signal },
    ),
  );
  const of = (method: string): string[] =>
    results.filter((one) => one.startsWith(`${method}=`));
  return { dkim: of("dkim"), dmarc: of("dmarc")[0], arc: of("arc"), findings };
}

describe("DKIM", () => {
  test.each([
    { canonicalization: "relaxed" },
    { canonicalization: "simple" },
    { signed: "from:from:to:subject:date" },
    { tags: "t=1000000000; " },
    { length: 18 + 7 },
  ] as const)("a good signature passes: %j", async (options) => {
    const { dkim, findings } = await check(dkimSign(message, own, options));
    expect(dkim).toEqual([
      "dkim=pass header.d=example.org header.s=one header.a=rsa-sha256",
    ]);
    expect(findings).toEqual([]);
  });

  test("a message of CRLF lines is the same", async () => {
    const signed = Buffer.from(dkimSign(message, own), "latin1");
    expect((await check(signed)).dkim[0]).toMatch(/^dkim=pass /);
  });

  test("mail without one has none", async () => {
    const { dkim, findings } = await check(message);
    expect(dkim).toEqual(["dkim=none"]);
    expect(findings).toEqual([]);
  });

  const signed = (...options: Parameters<typeof dkimSign>[2][]) =>
    dkimSign(message, own, options[0]);
  test.each([
    ["a changed body", signed().replace("there", "where"), "fail", "fail"],
    ["a changed field", signed().replace("bob@", "eve@"), "fail", "fail"],
    [
      "a From that is not signed",
      signed({ signed: "to:subject" }),
      "permerror",
      "permerror",
    ],
    ["SHA-1", signed({ digest: "sha1" }), "permerror", "permerror"],
    ["no version", signed().replace("v=1;", ""), "permerror", "permerror"],
    [
      "a domain without key",
      signed().replace("s=one", "s=none"),
      "permerror",
      "permerror",
    ],
    ["a weak key", dkimSign(message, weak), "policy", "permerror"],
    [
      "a body of which only a part is signed",
      signed({ length: 5 }),
      "policy",
      "permerror",
    ],
    [
      "more said to be signed than there is",
      signed({ length: 9999 }),
      "pass",
      null,
    ],
    ["one that is over", signed({ tags: "x=1000; " }), "neutral", "permerror"],
    [
      "an algorithm that nobody knows",
      signed().replace("a=rsa-sha256", "a=rot13-crc8"),
      "permerror",
      "permerror",
    ],
  ])("%s: not what it seems", async (_, mail, result, finding) => {
    const log = vi.spyOn(console, "log");
    const { dkim, findings } = await check(mail);
    expect(dkim).toHaveLength(1);
    expect(dkim[0]).toMatch(new RegExp(`^dkim=${result} `));
    expect(findings.filter((name) => name.startsWith("dkim-"))).toEqual(
      finding === null ? [] : [`dkim-${finding}`],
    );
    expect(log).not.toHaveBeenCalled();
  });

  test("one good signature is enough, whatever others are there", async () => {
    const mail = dkimSign(dkimSign(message, own), other).replace(
      "s=two",
      "s=none",
    );
    const { dkim, findings } = await check(mail);
    expect(dkim.map((one) => one.split(" ")[0])).toEqual([
      "dkim=permerror",
      "dkim=pass",
    ]);
    expect(findings).toEqual([]);
  });

  test("keys that nobody answers for leave it open, in time", async () => {
    dns.moods = { "example.org": "silent", "other.example": "servfail" };
    let mail = message;
    for (let i = 0; i < 5; i += 1) mail = dkimSign(dkimSign(mail, own), other);
    const started = Date.now();
    const { findings } = await check(mail);
    expect(findings).toContain("dkim-temperror");
    expect(Date.now() - started).toBeLessThan(3000);
  });

  test("a thousand signatures are not looked at, ten are", async () => {
    let mail = dkimSign(message, own);
    const [first = ""] = mail.split("\r\nFrom:");
    mail = `${`${first}\r\n`.repeat(999)}${mail}`;
    const started = process.cpuUsage();
    const { dkim, findings } = await check(mail);
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
    expect(dkim).toHaveLength(11);
    expect(dkim[10]).toBe('dkim=policy reason="990 more not looked at"');
    expect(findings).toContain("dkim-too-many-signatures");
    expect(dns.asked.filter((one) => one.includes("_domainkey"))).toHaveLength(
      1,
    );
  });

  test("a signature may cover fields that are not looked at", async () => {
    const top = "DKIM-Signature: v=1\r\n";
    const mail = dkimSign(`${top.repeat(20)}${message}`, own, {
      signed: "from:dkim-signature",
    });
    expect((await check(mail)).dkim[0]).toMatch(/^dkim=pass /);
  });
});

describe("hostile headers", () => {
  const separators = `DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=a.b; s=c; h=from; bh=x${";".repeat(15_000)}\r\n`;

  test.each([
    ["long runs of separators", separators.repeat(10).trimEnd()],
    [
      "very many tags",
      `DKIM-Signature: ${"a=1; ;".repeat(2600)}\r\nDKIM-Signature: ${"a=;".repeat(5000)}`,
    ],
    ["a long h=", `DKIM-Signature: v=1; h=${"a:".repeat(8000)}; d=a.b; s=c`],
    ["lines without end", `X: y${"\r\n\tz".repeat(200_000)}`],
    ["many fields", "A: b\r\n".repeat(4000).trimEnd()],
    ["many ARC fields", "ARC-Seal: i=1; a=b\r\n".repeat(4000).trimEnd()],
    ["a large ARC field", `ARC-Seal: i=1; ${"a=b;".repeat(50_000)}`],
    ["a long From", `Sender: x\r\nFrom: ${'"(<'.repeat(50_000)}`],
    ["a From of quotes", `From: ${'"(<,:;'.repeat(1600)}`],
  ])("%s: costs little and passes nothing", async (_, fields) => {
    const started = process.cpuUsage();
    const result = await check(`${fields}\r\n${message}`);
    expect(process.cpuUsage(started).user).toBeLessThan(1_500_000);
    expect(JSON.stringify(result)).not.toContain("=pass");
  });

  test("a header above a megabyte is an error that stays, not none", async () => {
    const { dkim, findings } = await check(
      `${`X: ${"y".repeat(900)}\r\n`.repeat(1300)}${dkimSign(message, own)}`,
    );
    expect(dkim).toEqual(['dkim=permerror reason="header too large"']);
    expect(findings).toEqual(["dkim-permerror", "dmarc-permerror"]);
  });

  test("nothing of a message becomes a property of all objects", async () => {
    await check(
      `ARC-Authentication-Results: i=1; a.b; spf=pass __proto__.hostile=yes\r\nARC-Seal: i=1; __proto__=x; a=rsa-sha256\r\nDKIM-Signature: __proto__=1; constructor=2; v=1\r\n${message}`,
    );
    expect("hostile" in {}).toBe(false);
  });

  test("values cannot leave their place in the field", async () => {
    const { dkim } = await check(
      `DKIM-Signature: v=1; a=x"; dkim=pass (\\; c=relaxed/relaxed; d=a b";c; s=(x); h=from\r\n${message}`,
    );
    expect(dkim).toHaveLength(1);
    expect(dkim[0]).toMatch(
      /^dkim=permerror reason="[\w ]+"( header\.[das]="?[\w.?@ ]+"?)*$/,
    );
  });

  test("a body of one line of megabytes is read once, and can be left", async () => {
    const signed = dkimSign(`${message}${"x ".repeat(2_000_000)}`, own);
    const started = process.cpuUsage();
    expect((await check(signed)).dkim[0]).toMatch(/^dkim=pass /);
    expect(process.cpuUsage(started).user).toBeLessThan(3_000_000);
    const left = AbortSignal.abort(new Error("left"));
    await expect(check(signed, left)).rejects.toThrow("left");
  });
});

describe("ARC", () => {
  async function seal(mail: string, i: number, cv: string): Promise<string> {
    const fields = await sealMessage(Buffer.from(mail, "latin1"), {
      signingDomain: other.domain,
      selector: other.selector,
      privateKey: other.privateKey.export({ type: "pkcs8", format: "pem" }),
      authResults: `relay.example; spf=pass smtp.mailfrom=a@b.c; dkim=pass`,
      cv,
      i,
    } as Parameters<typeof sealMessage>[1]);
    return `${fields.toString("latin1")}${mail}`;
  }

  test("a chain passes, and its seals are not taken for DKIM", async () => {
    const { arc, dkim, findings } = await check(await seal(message, 1, "none"));
    expect(arc).toEqual(["arc=pass"]);
    expect(dkim).toEqual(["dkim=none"]);
    expect(findings).toEqual([]);
  });

  test("a chain of two passes", async () => {
    const first = await seal(message, 1, "none");
    const { arc } = await check(await seal(first, 2, "pass"));
    expect(arc).toEqual(["arc=pass"]);
  });

  test.each([
    ["results that were changed", "spf=pass", "spf=fail"],
    ["a body that was changed", "Hello", "Hallo"],
    ["an instance that is missing", "ARC-Seal", "X-Seal"],
  ])("%s break it", async (_, from, to) => {
    const mail = (await seal(message, 1, "none")).replace(from, to);
    const { arc, findings } = await check(mail);
    expect(arc).toEqual(["arc=fail"]);
    expect(findings).toEqual(["arc-fail"]);
  });

  test("a key that nobody answers for leaves it open", async () => {
    const mail = await seal(message, 1, "none");
    dns.moods = { "other.example": "servfail" };
    const { arc, findings } = await check(mail);
    expect(arc).toEqual(['arc=fail reason="no answer from DNS"']);
    expect(findings).toEqual(["arc-temperror"]);
  });
});

test("mailauth is loaded by nothing that is loaded before a message is checked", () => {
  const source = readFileSync(
    join(import.meta.dirname, "../../src/scanners/auth.ts"),
    "utf8",
  );
  for (const [, type, file] of source.matchAll(
    /^import (type )?[^;"]*from "(\.\/auth-[^"]*)"/gm,
  ))
    expect(type, file).toBe("type ");
  expect(source).toContain('import("./auth-check.ts")');
});
