import { describe, expect, test } from "vitest";

import { importQmailScanner } from "../../src/importers/qmail-scanner.ts";
import { parseTcpRule } from "../../src/importers/tcprules-line.ts";
import { importTcprules } from "../../src/importers/tcprules.ts";
import type { Peer } from "../../src/mail.ts";
import { readPeer } from "../../src/qmail/peer.ts";
import { configOf, decisionFor, rulesPath } from "./drive.ts";

const door = "/var/qmail/bin/qmail-scanner-queue";
const run = (text: string | Uint8Array) =>
  importTcprules({ name: "tcp.smtp", bytes: Buffer.from(text) }, door);
const changed = (text: string): string =>
  Buffer.from(run(text).changed).toString("latin1");

const matching = (reason: RegExp): unknown => expect.stringMatching(reason);

const local =
  '127.:allow,RELAYCLIENT="",RBLSMTPD="",QMAILQUEUE="/var/qmail/bin/qmail-queue"';
const users =
  '10.:allow,RELAYCLIENT="",QMAILQUEUE="/var/qmail/bin/qmail-scanner-queue.pl"';
const world = ':allow,QMAILQUEUE="/var/qmail/bin/qmail-scanner-queue.pl"';

/** What the door would know of a client to whom the line applies. */
function peerOf(line: string): Peer {
  const variables = parseTcpRule(line)?.variables ?? [];
  return readPeer({
    env: {
      TCPREMOTEIP: "192.0.2.1",
      ...Object.fromEntries(variables.map(({ name, value }) => [name, value])),
    },
    uid: 1,
    trusted: true,
    header: [],
    userVariable: null,
  });
}

const program = (line: string): string | undefined =>
  parseTcpRule(line)?.variables.find(({ name }) => name === "QMAILQUEUE")
    ?.value;

describe("the lines that people have", () => {
  test("qmail-queue stays: that mail was not filtered", () => {
    expect(changed(`${local}\n`)).toBe(`${local}\n`);
    expect(run(local).notes).toMatchObject([
      {
        line: 1,
        kind: "information",
        reason: matching(/QSIFT_POLICY/),
      },
    ]);
  });
  test.each([
    [
      "a relay client's spam is not judged",
      users,
      { score: 99 },
      "queue",
      false,
    ],
    [
      "a relay client's virus is held",
      users,
      { virus: "V" },
      "quarantine",
      false,
    ],
    [
      "QS_SPAMASSASSIN=on judges it",
      users.replace("allow,", 'allow,QS_SPAMASSASSIN="on",'),
      { score: 99 },
      "queue",
      true,
    ],
    ["all others' spam is tagged", world, { score: 99 }, "queue", true],
    [
      "QS_SPAMASSASSIN=off judges nobody's",
      world.replace("allow,", 'allow,QS_SPAMASSASSIN="off",'),
      { score: 99 },
      "queue",
      false,
    ],
    ["all others' virus is held", world, { virus: "V" }, "quarantine", false],
  ] as const)("%s", async (_, line, sent, action, tagged) => {
    const after = changed(line);
    expect(program(after)).toBe(door);
    const config = await configOf(
      await importQmailScanner({
        events: null,
        options: null,
        required: 5,
        rulesPath,
      }),
    );
    const decision = await decisionFor(config, {
      ...sent,
      peer: peerOf(after),
    });
    expect(decision).toMatchObject({ action, tagged });
  });
  test("all variables but QMAILQUEUE are kept", () => {
    expect(changed(users)).toBe(
      `10.:allow,RELAYCLIENT="",QMAILQUEUE="${door}"`,
    );
    expect(run(users).notes).toMatchObject([
      {
        kind: "information",
        reason: matching(/RELAYCLIENT is kept/),
      },
    ]);
  });
  test("simscan gives way too", () => {
    expect(program(changed(':allow,QMAILQUEUE="/var/qmail/bin/simscan"'))).toBe(
      door,
    );
  });
  test("two filters in one file are remarked", () => {
    const text = `${users}\n:allow,QMAILQUEUE="/var/qmail/bin/simscan"\n`;
    expect(run(text).notes.at(-1)).toMatchObject({
      line: null,
      kind: "different",
      reason: matching(/QSIFT_POLICY/),
    });
  });
});

test.each([
  [
    "other quotes",
    ":allow,QMAILQUEUE=|/x/simscan|",
    `:allow,QMAILQUEUE=|${door}|`,
  ],
  [
    "quotes that the path has",
    ":allow,QMAILQUEUE=qsimscanq",
    `:allow,QMAILQUEUE="${door}"`,
  ],
  [
    "a range",
    '192.0.2.1-9:allow,QMAILQUEUE="simscan"',
    `192.0.2.1-9:allow,QMAILQUEUE="${door}"`,
  ],
  [
    "IPv6",
    '2001:db8::1:allow,QMAILQUEUE="simscan"',
    `2001:db8::1:allow,QMAILQUEUE="${door}"`,
  ],
  [
    "a value with a comma",
    ':allow,A="b,c",QMAILQUEUE="simscan"',
    `:allow,A="b,c",QMAILQUEUE="${door}"`,
  ],
])("%s", (_, before, after) => {
  expect(changed(before)).toBe(after);
});

test.each([
  ['# :allow,QMAILQUEUE="/x/simscan"'],
  [""],
  [':deny,QMAILQUEUE="/x/simscan"'],
])("%j needs nothing and is left alone", (line) => {
  expect(changed(line)).toBe(line);
  expect(run(line).notes).toEqual([]);
});

test.each([
  ['10.:allow,QMAILQUEUE="/usr/local/bin/own-filter"', /not known/],
  [":perhaps", /expected ADDRESS/],
  [':allow,QMAILQUEUE="/x/simscan', /expected ADDRESS/],
  [":allow,QMAILQUEUE", /expected ADDRESS/],
  [':allow QMAILQUEUE="/x/simscan"', /expected ADDRESS/],
  [':allow,A=""\x1b[2J', /expected ADDRESS/],
])("%j is left alone and listed", (line, reason) => {
  expect(changed(line)).toBe(line);
  expect(run(line).notes).toMatchObject([
    { line: 1, kind: "untranslated", reason: matching(reason) },
  ]);
});

test.each([
  ['BMC_WHITELIST="on"', /BMC_WHITELIST/],
  ['SA_SKIP_MD="1"', /SA_SKIP_MD/],
  ['QS_SPAMASSASSIN="1"', /on or off/],
])("%s is listed though the line is changed", (variable, reason) => {
  const line = `:allow,${variable},QMAILQUEUE="simscan"`;
  expect(program(changed(line))).toBe(door);
  expect(
    run(line).notes.filter(({ kind }) => kind === "untranslated"),
  ).toMatchObject([{ line: 1, reason: matching(reason) }]);
});

test("bytes that are not UTF-8, and line ends, stay as they are", () => {
  const bytes = Buffer.from(`# caf\xe9\r\n${world}\n\n\xff:allow`, "latin1");
  const expected = Buffer.from(
    bytes.toString("latin1").replace("-queue.pl", "-queue"),
    "latin1",
  );
  expect(expected.equals(run(bytes).changed)).toBe(true);
});
