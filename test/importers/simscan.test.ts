import { describe, expect, test } from "vitest";

import { importSimscan } from "../../src/importers/simscan.ts";
import {
  configOf,
  decisionFor,
  decisionsFor,
  eicar,
  rulesPath,
  type Sent,
} from "./drive.ts";

const run = (
  given: {
    simcontrol?: string | Uint8Array;
    ssattach?: string;
    options?: string;
    required?: number;
  } = {},
) => {
  const source = (name: string, text: string | Uint8Array | undefined) =>
    text === undefined ? null : { name, bytes: Buffer.from(text) };
  return importSimscan({
    simcontrol: source("simcontrol", given.simcontrol),
    ssattach: source("ssattach", given.ssattach),
    options: source("options", given.options),
    required: given.required ?? 5,
    rulesPath,
  });
};

const untranslated = (
  given: Parameters<typeof run>[0],
): (readonly [number | null, string])[] =>
  run(given)
    .notes.filter(({ kind }) => kind === "untranslated")
    .map(({ line, reason }) => [line, reason]);

const documented =
  "postmaster@example.com:clam=yes,spam=no,attach=.txt:.com\n" +
  "example.com:clam=no,spam=yes,attach=.mp3\n" +
  ":clam=yes,spam=yes,trophie=yes,spam_hits=20.1\n";

const postmaster = ["postmaster@example.com"];
const user = ["user@example.com"];
const other = ["user@example.test"];

describe("the documented simcontrol", () => {
  test("has nothing to list but trophie", () => {
    expect(untranslated({ simcontrol: documented })).toEqual([
      [3, "there is no scanner trophie"],
    ]);
  });
  test.each<[string, Sent, object]>([
    [
      "an address comes before its domain: its attachments are refused",
      { recipients: postmaster, attachment: ["a.TXT", "x"] },
      {
        action: "reject",
        rule: "to-postmaster-example-com/simscan-1-attachment",
      },
    ],
    [
      "and the other ending of its line",
      { recipients: postmaster, attachment: ["run.com", "x"] },
      { action: "reject" },
    ],
    [
      "but not those of its domain",
      { recipients: postmaster, attachment: ["a.mp3", "x"] },
      { action: "queue" },
    ],
    [
      "clam=yes refuses viruses",
      { recipients: postmaster, virus: "V" },
      { action: "reject", rule: "to-postmaster-example-com/on.virus" },
    ],
    [
      "EICAR's string as well",
      { recipients: postmaster, attachment: ["a.bin", eicar()] },
      { action: "reject" },
    ],
    [
      "spam=no lets spam in",
      { recipients: postmaster, score: 99 },
      { action: "queue", tagged: false },
    ],
    [
      "a domain's attachments are refused",
      { recipients: user, attachment: ["a.mp3", "x"] },
      { action: "reject", rule: "to-example-com/simscan-2-attachment" },
    ],
    [
      "but not the address's",
      { recipients: user, attachment: ["a.txt", "x"] },
      { action: "queue" },
    ],
    [
      "clam=no lets viruses in",
      { recipients: user, virus: "V" },
      { action: "queue" },
    ],
    [
      "spam=yes refuses what SpamAssassin calls spam",
      { recipients: user, score: 5 },
      { action: "reject", rule: "to-example-com/spam.reject" },
    ],
    [
      "and nothing below",
      { recipients: user, score: 4.9 },
      { action: "queue", tagged: false },
    ],
    [
      "a sub-domain is everybody else",
      { recipients: ["user@sub.example.com"], attachment: ["a.mp3", "x"] },
      { action: "queue", policy: "default" },
    ],
    [
      "everybody else's spam is refused from spam_hits",
      { recipients: other, score: 20.1 },
      { action: "reject" },
    ],
    [
      "and tagged below",
      { recipients: other, score: 20 },
      { action: "queue", tagged: true },
    ],
    [
      "everybody else's viruses are refused",
      { recipients: other, virus: "V" },
      { action: "reject" },
    ],
    [
      "everybody else's attachments are let in",
      { recipients: other, attachment: ["a.com", "x"] },
      { action: "queue" },
    ],
    [
      "the sender's line counts where the recipient has none",
      {
        sender: "user@example.com",
        recipients: other,
        attachment: ["a.mp3", "x"],
      },
      { action: "reject", policy: "from-example-com" },
    ],
    [
      "and not where the recipient has one",
      {
        sender: "user@example.com",
        recipients: postmaster,
        attachment: ["a.mp3", "x"],
      },
      { action: "queue", policy: "to-postmaster-example-com" },
    ],
  ])("%s", async (_, sent, expected) => {
    const config = await configOf(run({ simcontrol: documented }));
    expect(await decisionFor(config, sent)).toMatchObject(expected);
  });
  test("each recipient has a line of its own", async () => {
    const config = await configOf(run({ simcontrol: documented }));
    const decisions = await decisionsFor(config, {
      recipients: [...user, ...postmaster],
      attachment: ["a.mp3", "x"],
    });
    expect(
      decisions.map(({ recipients, action }) => [recipients, action]),
    ).toEqual([
      [[1], "queue"],
      [[0], "reject"],
    ]);
  });
});

test("without a line for everybody else their mail is not scanned at all", async () => {
  const config = await configOf(
    run({ simcontrol: "example.com:clam=yes,spam=yes\n" }),
  );
  const macro = { recipients: other, virus: "V", score: 99 };
  expect(await decisionFor(config, macro)).toMatchObject({
    action: "queue",
    tagged: false,
  });
  expect(config.policies.at(-1)?.on.limit).toBe("queue");
  expect(config.policies.at(-1)?.onFinding["password-in-message"]).toBe(
    "queue",
  );
});

test.each<[string, string, Sent, object]>([
  [
    "spam_passthru=yes tags and refuses nothing",
    ":spam=yes,spam_passthru=yes",
    { score: 99 },
    { action: "queue", tagged: true },
  ],
  [
    "spam_hits wins over spam_passthru",
    ":spam=yes,spam_passthru=yes,spam_hits=12",
    { score: 12 },
    { action: "reject" },
  ],
  [
    "spam_hits below the required score refuses from there",
    ":spam=yes,spam_hits=3",
    { score: 3 },
    { action: "reject" },
  ],
  [
    "an ending without a dot is an ending too",
    ":clam=yes,attach=exe",
    { attachment: ["fooEXE", "x"] },
    { action: "reject" },
  ],
  [
    "a star in an ending is a star",
    ":clam=yes,attach=.a*b",
    { attachment: ["x.a*b", "x"] },
    { action: "reject" },
  ],
  [
    "and nothing else",
    ":clam=yes,attach=.a*b",
    { attachment: ["x.aab", "x"] },
    { action: "queue" },
  ],
])("%s", async (_, simcontrol, sent, expected) => {
  const config = await configOf(run({ simcontrol }));
  expect(await decisionFor(config, sent)).toMatchObject(expected);
});

test.each([
  ["no colon here", /then a colon/],
  ["a b@example.com:clam=yes", /can't stand/],
  ["*@example.com:clam=yes", /can't stand/],
  ["@example.com:clam=yes", /can't stand/],
  ["x\x00@example.com:clam=yes", /can't stand/],
  ["x.test:clam=perhaps", /yes is taken/],
  ["x.test:spam=yes,spam_hits=nan", /a score/],
  ["x.test:clam=yes,regex=viagra:pills", /not documented/],
  ["x.test:spam=yes,spamuser=bob", /a user of its own/],
  ["x.test:clam=yes,qmailqueue=/bin/q", /one next hop/],
  ["x.test:spam=yes,size_limit=100", /unit/],
  ["x.test:claim=yes", /not known/],
  ["x.test:attach=.a\x1b", /control characters/],
])("%j is listed with its reason", async (line, reason) => {
  const given = { simcontrol: `# first\n${line}\n` };
  expect(untranslated(given)).toEqual([[2, expect.stringMatching(reason)]]);
  await configOf(run(given));
});

test("a second line for the same is listed", () => {
  expect(
    untranslated({ simcontrol: "a.test:clam=yes\nA.test:clam=no\n" }),
  ).toEqual([[2, "line 1 is for the same"]]);
});

describe("ssattach", () => {
  test.each([
    ["one ending a line", ".jpg\n.mp3\n.scr\n.bat\n"],
    ["all on one line", ".jpg:.mp3:.scr:.bat\n"],
  ])("%s", async (_, ssattach) => {
    const imported = run({ ssattach });
    expect(imported.notes).toEqual([]);
    const config = await configOf(imported);
    for (const name of ["a.jpg", "b.MP3", "c.scr", "d.bat"])
      expect(
        await decisionFor(config, { attachment: [name, "x"] }),
      ).toMatchObject({ action: "reject" });
    expect(
      await decisionFor(config, { attachment: ["a.jpg.zip", "x"] }),
    ).toMatchObject({ action: "queue" });
  });
  test("beside simcontrol it is not what simscan read", () => {
    expect(
      untranslated({ simcontrol: ":clam=yes\n", ssattach: ".exe\n" }),
    ).toEqual([[null, expect.stringMatching(/does not read this file/)]]);
  });
});

describe("configure options", () => {
  test.each<[string, string, Sent, object]>([
    [
      "clamav is on by default",
      "./configure",
      { virus: "V" },
      { action: "reject" },
    ],
    [
      "clamav can be off",
      "./configure --enable-clamav=n",
      { virus: "V" },
      { action: "queue" },
    ],
    [
      "spam is off by default",
      "./configure",
      { score: 99 },
      { action: "queue" },
    ],
    [
      "--enable-spam refuses spam",
      "./configure --enable-spam",
      { score: 5 },
      { action: "reject" },
    ],
    [
      "--enable-spam-hits is a score",
      "./configure --enable-spam --enable-spam-hits=15",
      { score: 14.9 },
      { action: "queue", tagged: true },
    ],
    [
      "and 10 without one",
      "./configure --enable-spam --enable-spam-hits",
      { score: 10 },
      { action: "reject" },
    ],
    [
      "--enable-spam-passthru refuses nothing",
      "./configure --enable-spam=y --enable-spam-passthru=y",
      { score: 99 },
      { action: "queue", tagged: true },
    ],
    [
      "--enable-dropmsg holds spam",
      "./configure --enable-spam --enable-dropmsg",
      { score: 5 },
      { action: "quarantine", folder: "spam" },
    ],
    [
      "and viruses",
      "./configure --enable-dropmsg=y",
      { virus: "V" },
      { action: "quarantine", folder: "virus" },
    ],
  ])("%s", async (_, options, sent, expected) => {
    const config = await configOf(run({ options }));
    expect(await decisionFor(config, sent)).toMatchObject(expected);
  });
  test("--enable-dropmsg holds attachments, and is remarked", async () => {
    const imported = run({
      options: "./configure --enable-dropmsg",
      ssattach: ".exe\n",
    });
    expect(imported.notes).toMatchObject([
      { kind: "different", source: "options", line: 1 },
    ]);
    const config = await configOf(imported);
    expect(
      await decisionFor(config, { attachment: ["a.exe", "x"] }),
    ).toMatchObject({ action: "quarantine", folder: "policy" });
  });
  test("are defaults for simcontrol's lines", async () => {
    const config = await configOf(
      run({
        simcontrol: ":spam=yes\n",
        options:
          "--enable-per-domain --enable-spam-hits=9.5 --enable-qmail-queue=/q",
      }),
    );
    expect(config.policies[0]?.spam.reject).toBe(9.5);
    expect(config.queue).toBe("/q");
  });
  test.each([
    ["--enable-quarantinedir=/var/quarantine", /no copies/],
    ["--enable-spamc-user=y", /as the recipient/],
    ["--enable-trophie-socket=/t", /trophie/],
    ["--enable-spam-hits=many", /a score/],
    ["--enable-__proto__", /not known/],
  ])("%s is listed", (options, reason) => {
    expect(untranslated({ options })).toEqual([
      [1, expect.stringMatching(reason)],
    ]);
  });
});
