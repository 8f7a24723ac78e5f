// Reads the head of a quarantine entry (see format-head.ts and
// docs/quarantine.md). The file may have been cut short, changed or put there
// by somebody else, so nothing is taken for granted: what is not understood
// throws DamagedEntry, and a damaged entry is shown but never released.
// Unknown fields that begin with `X-Qsift-` are ignored: later versions may
// add some without raising the version.

import { folders } from "../decision.ts";
import type { Peer } from "../mail.ts";
import { findingKinds, type Finding } from "../verdict.ts";
import type { EntryHead, ScannerStatus } from "./entry.ts";
import { isEntryId } from "./entry.ts";
import { formatVersion } from "./format-head.ts";
import { parseXtext } from "./xtext.ts";

/** The file is no entry that we wrote, or not all of it. The message says what is wrong. */
export class DamagedEntry extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DamagedEntry";
  }
}

/** `text`: the head without its last line, one character a byte. */
export function parseHead(text: string): EntryHead {
  const fields = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const colon = line.indexOf(": ");
    if (!line.startsWith("X-Qsift-") || colon < 0)
      throw new DamagedEntry("a line in its head is no X-Qsift field");
    const name = line.slice(8, colon).toLowerCase();
    const values = fields.get(name);
    if (values) values.push(line.slice(colon + 2));
    else fields.set(name, [line.slice(colon + 2)]);
  }
  const all = (name: string): readonly string[] => fields.get(name) ?? [];
  const one = (name: string): string => {
    const values = all(name);
    if (values.length !== 1 || values[0] === undefined)
      throw new DamagedEntry(
        `one field ${name} expected, ${values.length} found`,
      );
    return values[0];
  };

  const version = one("quarantine");
  if (version !== String(formatVersion))
    throw new DamagedEntry(
      `format version ${formatVersion} expected, ${version.slice(0, 20)} found`,
    );
  const id = one("id");
  if (!isEntryId(id)) throw new DamagedEntry("its ID has a wrong form");
  return {
    id,
    folder: member(folders, one("folder"), "folder"),
    receivedAt: parseTime(one("time")),
    size: number(one("bytes"), "bytes"),
    sha256: one("sha256"),
    policy: xtext(one("policy")),
    rule: xtext(one("rule")),
    text: all("text").length === 0 ? null : xtext(one("text")),
    subject:
      all("subject").length === 0
        ? null
        : Buffer.from(bracketed(one("subject"))).toString("latin1"),
    spam: all("spam").length === 0 ? null : parseSpam(pairs(one("spam"))),
    peer: parsePeer(pairs(one("peer"))),
    findings: all("finding").map((value) => parseFinding(pairs(value))),
    scanners: all("scanner").map((value) => parseScanner(pairs(value))),
    envelope: {
      sender: bracketed(one("sender")),
      recipients: all("recipient").map(bracketed),
    },
  };
}

type Pairs = ReadonlyMap<string, string>;

function pairs(value: string): Pairs {
  const result = new Map<string, string>();
  for (const pair of value.split("; ")) {
    const equals = pair.indexOf("=");
    if (equals > 0) result.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return result;
}

function parsePeer(from: Pairs): Peer {
  const judgeSpam = from.get("judge-spam");
  return {
    uid: number(from.get("uid"), "peer uid"),
    trusted: from.get("trusted") === "yes",
    relayClient: from.get("relay-client") === "yes",
    ip: optional(from.get("ip")),
    host: optional(from.get("host")),
    helo: optional(from.get("helo")),
    user: optional(from.get("user")),
    policy: optional(from.get("policy")),
    judgeSpam: judgeSpam === undefined ? null : judgeSpam === "yes",
  };
}

function parseSpam(from: Pairs): EntryHead["spam"] {
  const tests = from.get("tests") ?? "";
  const required = from.get("required");
  return {
    score: number(from.get("score"), "spam score"),
    required: required === undefined ? null : number(required, "spam required"),
    isSpam: from.get("spam") === "yes",
    tests: tests === "" ? [] : tests.split(",").map(xtext),
  };
}

function parseFinding(from: Pairs): Finding {
  const part = from.get("part");
  const score = from.get("score");
  return {
    kind: member(findingKinds, from.get("kind"), "finding kind"),
    name: xtext(from.get("name")),
    source: xtext(from.get("source")),
    part: part === undefined ? null : number(part, "finding part"),
    score: score === undefined ? null : number(score, "finding score"),
  };
}

function parseScanner(from: Pairs): ScannerStatus {
  const score = from.get("score");
  return {
    scanner: xtext(from.get("name")),
    status: member(
      ["done", "skipped", "failed"] as const,
      from.get("status"),
      "scanner status",
    ),
    ms: number(from.get("ms"), "scanner ms"),
    score: score === undefined ? null : number(score, "scanner score"),
    reason: optional(from.get("reason")),
    version: optional(from.get("version")),
  };
}

function member<T extends string>(
  known: readonly T[],
  value: string | undefined,
  what: string,
): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new DamagedEntry(`unknown ${what}`);
  return found;
}

function number(value: string | undefined, what: string): number {
  const parsed = value === undefined || value === "" ? NaN : Number(value);
  if (!Number.isFinite(parsed))
    throw new DamagedEntry(`${what} is not a number`);
  return parsed;
}

function parseTime(value: string): number {
  const parsed = Date.parse(value);
  if (Number.isNaN(parsed)) throw new DamagedEntry("its time is unreadable");
  return parsed;
}

function xtext(value: string | undefined): string {
  const bytes = value === undefined ? null : parseXtext(value);
  if (bytes === null) throw new DamagedEntry("a value is not xtext");
  return Buffer.from(bytes).toString("utf8");
}

function optional(value: string | undefined): string | null {
  return value === undefined ? null : xtext(value);
}

/** `<...>`: brackets show where an empty value stands. */
function bracketed(value: string): Uint8Array {
  const bytes =
    value.startsWith("<") && value.endsWith(">") && value.length >= 2
      ? parseXtext(value.slice(1, -1))
      : null;
  if (bytes === null)
    throw new DamagedEntry("a value in angle brackets is not xtext");
  return bytes;
}
