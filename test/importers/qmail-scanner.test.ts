import { describe, expect, test } from "vitest";

import {
  importQmailScanner,
  type QmailScannerSources,
} from "../../src/importers/qmail-scanner.ts";
import { configOf, decisionFor, eicar, rulesPath, type Sent } from "./drive.ts";

const run = (
  given: {
    events?: string | Uint8Array;
    options?: string;
    required?: number;
  } = {},
) => {
  const source = (
    name: string,
    text: string | Uint8Array | undefined,
  ): QmailScannerSources["events"] =>
    text === undefined ? null : { name, bytes: Buffer.from(text) };
  return importQmailScanner({
    events: source("events", given.events),
    options: source("options", given.options),
    required: given.required ?? 5,
    rulesPath,
  });
};

const untranslated = async (
  given: Parameters<typeof run>[0],
): Promise<(readonly [number | null, string])[]> =>
  (await run(given)).notes
    .filter(({ kind }) => kind === "untranslated")
    .map(({ line, reason }) => [line, reason]);

const documented = [
  "# what is not allowed",
  "",
  ".pif\tSIZE=-1\tPIF files not allowed per Company security policy",
  "EICAR.COM\tSIZE=69\tEICAR Test Virus",
  "You are 0wNed\tPolicy-Subject:\tNasty emails not allowed",
  "",
].join("\n");

describe("the documented lines of quarantine-events.txt", () => {
  test("are all translated", async () => {
    const { notes } = await run({ events: documented });
    expect(notes).toEqual([]);
  });
  test("name their line in a comment", async () => {
    const { rules } = await run({ events: documented });
    expect(rules).toContain("# events, line 4: EICAR.COM<TAB>SIZE=69<TAB>");
  });

  const held = { action: "quarantine", folder: "policy" } as const;
  test.each<[string, Sent, object]>([
    [
      "a .pif of any size is held",
      { attachment: ["Photo.PIF", "x"] },
      { ...held, rule: "default/qms-3-pif" },
    ],
    [
      "a name that only contains .pif is not",
      { attachment: ["a.pif.txt", "x"] },
      { action: "queue" },
    ],
    [
      "EICAR.COM of 69 bytes is held",
      { attachment: ["eicar.com", "x".repeat(69)] },
      { ...held, rule: "default/qms-4-eicar-com" },
    ],
    [
      "EICAR.COM of 68 bytes is not",
      { attachment: ["eicar.com", "x".repeat(68)] },
      { action: "queue" },
    ],
    [
      "EICAR.COM of 70 bytes is not",
      { attachment: ["eicar.com", "x".repeat(70)] },
      { action: "queue" },
    ],
    [
      "a name that ends in EICAR.COM is not EICAR.COM",
      { attachment: ["my-eicar.com", "x".repeat(69)] },
      { action: "queue" },
    ],
    [
      "the Subject is held, whatever its case",
      { subject: "you are 0WNED" },
      { ...held, rule: "default/qms-5-you-are-0wned" },
    ],
    [
      "a Subject with more in it is not",
      { subject: "Re: You are 0wNed" },
      { action: "queue" },
    ],
    [
      "a virus is held",
      { virus: "Some.Virus" },
      { action: "quarantine", folder: "virus" },
    ],
    [
      "EICAR's string is held",
      { attachment: ["a.bin", eicar()] },
      { action: "quarantine", folder: "virus" },
    ],
    [
      "spam is tagged and delivered",
      { score: 40 },
      { action: "queue", tagged: true },
    ],
    ["all else is delivered", {}, { action: "queue", tagged: false }],
  ])("%s", async (_, sent, expected) => {
    const config = await configOf(await run({ events: documented }));
    expect(await decisionFor(config, sent)).toMatchObject(expected);
  });
  test("keep their reason for whoever refuses instead", async () => {
    const imported = await run({ events: documented });
    const config = await configOf({
      ...imported,
      rules: imported.rules.replaceAll('"quarantine"', '"reject"'),
    });
    expect(
      await decisionFor(config, { attachment: ["a.pif", "x"] }),
    ).toMatchObject({
      action: "reject",
      text: "PIF files not allowed per Company security policy",
    });
  });
});

describe("headers of quarantine-attachments.txt, and values that were made up", () => {
  const held = async (line: string, sent: Sent): Promise<boolean> => {
    const config = await configOf(await run({ events: `${line}\n` }));
    return (await decisionFor(config, sent)).action === "quarantine";
  };
  test("1.x has Virus- and holds as a virus", async () => {
    const config = await configOf(
      await run({ events: "I.*YOU\tVirus-Subject:\tworm\n" }),
    );
    expect(await decisionFor(config, { subject: "ILOVEYOU" })).toMatchObject({
      action: "quarantine",
      folder: "virus",
    });
  });
  test("alternatives are for the whole value", async () => {
    const line = "one|two\tPolicy-Subject:\tx";
    expect(await held(line, { subject: "two" })).toBe(true);
    expect(await held(line, { subject: "two more" })).toBe(false);
  });
  test.each([
    ["bad@example\\.com", "bad@example.com", true],
    ["bad@example\\.com", "bad@examplexcom", false],
    [".*@example.com", "any@example.com", true],
    ["^.*\\@example\\.com$", "any@sub.example.com", false],
  ])("MAILFROM %s and %s: %s", async (pattern, sender, expected) => {
    expect(await held(`${pattern}\tPolicy-MAILFROM:\tx`, { sender })).toBe(
      expected,
    );
  });
  test("RCPTTO is for that recipient", async () => {
    const line = "x@example\\.test\tPolicy-RCPTTO:\tx";
    expect(await held(line, { recipients: ["X@example.test"] })).toBe(true);
    expect(await held(line, { recipients: ["y@example.test"] })).toBe(false);
  });
  test.each([
    ["192\\.0\\.2\\.1", "192.0.2.1", true],
    ["192\\.0\\.2\\.1", "192.0.2.11", false],
    ["192\\.0\\.2\\..*", "192.0.2.200", true],
    ["10\\..*", "10.250.0.1", true],
    ["10\\..*", "100.0.0.1", false],
  ])("REMOTEIPADDR %s and %s: %s", async (pattern, ip, expected) => {
    expect(
      await held(`${pattern}\tPolicy-REMOTEIPADDR:\tx`, { peer: { ip } }),
    ).toBe(expected);
  });
  test.each([
    ["FILEDOUBLEBARRELED", "invoice.pdf.exe", "invoice.exe"],
    ["FILECLSID", "a.{00020D0B-0000-0000-C000-000000000046}", "a.{b}"],
    ["FILELENGTHTOOLONG", "n".repeat(256), "n".repeat(252)],
  ])("%s", async (name, bad, good) => {
    const line = `1\tPolicy-${name}:\tx`;
    expect(await held(line, { attachment: [bad, "x"] })).toBe(true);
    expect(await held(line, { attachment: [good, "x"] })).toBe(false);
    const { notes } = await run({ events: line });
    expect(notes).toMatchObject([{ kind: "different", line: 1 }]);
  });
  test("ZIPPASSWORDPROTECTED asks for findings of encrypted zips", async () => {
    const { rules } = await run({
      events: "1\tPolicy-ZIPPASSWORDPROTECTED:\tx",
    });
    expect(rules).toContain(
      'match = { finding = { kind = "encrypted", name = "zip-encrypted-*" } }',
    );
  });
});

test.each([
  ["no tabulators here", /three fields/],
  [".exe\tSIZE=-1", /three fields/],
  [".exe\tSIZE=many\tx", /expected SIZE=/],
  [".exe\tSIZE=-2\tx", /expected SIZE=/],
  ["*.exe\tSIZE=-1\tx", /whether a pattern was meant/],
  ["\tSIZE=-1\tx", /empty/],
  ["a\x1bb\tSIZE=-1\tx", /control characters/],
  ["(?=a)b\tPolicy-Subject:\tx", /RE2 cannot say it/],
  ["(a)\\1\tPolicy-Subject:\tx", /RE2 cannot say it/],
  ["a)(b\tPolicy-Subject:\tx", /RE2 cannot say it/],
  ["a\\vb\tPolicy-Subject:\tx", /\\v/],
  ["a{1001}\tPolicy-Subject:\tx", /RE2 cannot say it/],
  [`${"a".repeat(1001)}\tPolicy-Subject:\tx`, /more than 1000/],
  ["a.*@example.com\tPolicy-MAILFROM:\tx", /user@domain/],
  ["user@.*\tPolicy-MAILFROM:\tx", /user@domain/],
  ["192.168.1.*\tPolicy-REMOTEIPADDR:\tx", /octets/],
  ["999\\..*\tPolicy-REMOTEIPADDR:\tx", /octets/],
  ["1\tPolicy-CRYPTODETAILS:\tx", /not judged/],
])("the line %j is listed with its reason", async (line, reason) => {
  const found = await untranslated({ events: `# first\n${line}\n` });
  expect(found).toEqual([[2, expect.stringMatching(reason)]]);
});

test("of very many lines with expressions only the first thousand are taken", async () => {
  const lines = Array.from(
    { length: 1001 },
    (_, i) => `a${i}\tPolicy-Subject:\tx\n`,
  );
  expect(await untranslated({ events: lines.join("") })).toEqual([
    [1001, expect.stringMatching(/more than 1000/)],
  ]);
});

test("a reason in Latin-1 is no obstacle, a pattern in Latin-1 is", async () => {
  const events = Buffer.from(
    ".exe\tSIZE=-1\tno se permit\xeda\n\xed\tPolicy-Subject:\tx\n",
    "latin1",
  );
  const { rules, notes } = await run({ events });
  expect(rules).toContain("*.exe");
  expect(rules).not.toContain("text =");
  expect(notes).toMatchObject([{ line: 2, kind: "untranslated" }]);
});

describe("configure options", () => {
  const st =
    "#!/bin/sh\n./configure --domain localhost --log-details yes --scanners clamdscan,verbose_spamassassin \\\n" +
    "  --virus-to-delete yes --sa-quarantine 2.1 --sa-delete 4.2 --sa-reject no \\\n" +
    '  --sa-subject "SPAM:" --sa-alt yes --notify none && make install\n';

  test.each<[string, string, Sent, object]>([
    [
      "tagged from the required score",
      st,
      { score: 5 },
      { action: "queue", tagged: true, subjectTag: "SPAM: " },
    ],
    ["not below it", st, { score: 4.9 }, { action: "queue", tagged: false }],
    [
      "held from 2.1 above it",
      st,
      { score: 7.1 },
      { action: "quarantine", folder: "spam" },
    ],
    ["delivered below that", st, { score: 7 }, { action: "queue" }],
    [
      "held, not destroyed, from 4.2 above it",
      st,
      { score: 50 },
      { action: "quarantine", folder: "spam" },
    ],
    [
      "refused from there with --sa-reject yes",
      st.replace("reject no", "reject yes"),
      { score: 9.2 },
      { action: "reject" },
    ],
    [
      "held below that",
      st.replace("reject no", "reject yes"),
      { score: 9.1 },
      { action: "quarantine" },
    ],
    [
      "a virus is held, not destroyed",
      st,
      { virus: "V" },
      { action: "quarantine", folder: "virus" },
    ],
    [
      "--sa-delete alone holds",
      "./configure --sa-delete=4.2",
      { score: 9.2 },
      { action: "quarantine", folder: "spam" },
    ],
    [
      "--sa-quarantine 0 is off",
      "./configure --sa-quarantine 0",
      { score: 99 },
      { action: "queue" },
    ],
    [
      "SpamAssassin is left out where it was",
      "./configure --scanners clamdscan",
      { score: 99 },
      { action: "queue", tagged: false },
    ],
    [
      "a SUBJECT TAG is put before the Subject",
      "./configure --scanners 'fast_spamassassin=[SPAM] really'",
      { score: 6 },
      { subjectTag: "[SPAM] really " },
    ],
  ])("%s", async (_, options, sent, expected) => {
    const config = await configOf(await run({ options }));
    expect(await decisionFor(config, sent)).toMatchObject(expected);
  });
  test("are all translated, deletion with a remark", async () => {
    const { notes } = await run({ options: st });
    expect(notes.filter(({ kind }) => kind === "untranslated")).toEqual([]);
    expect(
      notes
        .filter(({ kind }) => kind === "different")
        .map(({ text, line }) => [line, text]),
    ).toEqual([
      [3, "--virus-to-delete yes"],
      [3, "--sa-delete 4.2"],
    ]);
  });
  test("scores are added to the score that SpamAssassin requires there", async () => {
    const config = await configOf(await run({ options: st, required: 6.5 }));
    expect(config.policies[0]?.spam).toEqual({
      tag: 6.5,
      quarantine: 8.6,
      reject: null,
    });
  });
  test("addresses of spamd, programs and the next hop are kept", async () => {
    const config = await configOf(
      await run({
        options:
          "./configure --scanners sweep,clamscan,verbose_spamassassin --sa-remote spam.example.test,1783 --qmail-queue-binary /var/qmail/bin/other",
      }),
    );
    expect(config.queue).toBe("/var/qmail/bin/other");
    expect(config.scanners["spamd"]).toMatchObject({
      enabled: true,
      addresses: [{ kind: "tcp", host: "spam.example.test", port: 1783 }],
    });
    expect(config.policies[0]?.scanners).toEqual([
      "builtin",
      "sweep",
      "clamscan",
      "spamd",
    ]);
  });
  test("a socket of spamd is kept", async () => {
    const config = await configOf(
      await run({ options: "--sa-socket /var/run/spamd" }),
    );
    expect(config.scanners["spamd"]?.addresses).toEqual([
      { kind: "unix", path: "/var/run/spamd" },
    ]);
  });
  test.each([
    ["--scanners sophie", /not known here/],
    ["--notify sender,admin", /no notices/],
    ["--archive yes", /archive/],
    ["--sa-forward spam@example.org", /another address/],
    ["--sa-delta 0.5", /not documented/],
    ["--settings-per-domain yes", /settings_per_domain/],
    ["--sa-quarantine NaN", /a score/],
    ["--sa-quarantine 1e400", /a score/],
    ["--sa-reject perhaps", /yes or no/],
    ["--sa-socket relative", /absolute/],
    ["--sa-remote -,99999", /host/],
    ["--__proto__ yes", /not known/],
    ["--constructor", /not known/],
  ])("%s is listed", async (options, reason) => {
    expect(await untranslated({ options })).toEqual([
      [1, expect.stringMatching(reason)],
    ]);
  });
  test.each([
    "--notify none",
    "--archive no",
    "--settings-per-domain no",
    "--admin root --domain example.org --lang en_GB --redundant yes --unzip 1",
  ])("%s loses nothing", async (options) => {
    expect(await untranslated({ options })).toEqual([]);
  });
});
