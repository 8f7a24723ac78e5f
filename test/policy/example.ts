// Mails, messages and policies for the tests of src/policy/: plain ones, with
// what a test is about given to them.

import type {
  Envelope,
  HeaderField,
  Mail,
  Part,
  Peer,
} from "../../src/mail.ts";
import type { Message } from "../../src/mail.ts";
import { defaultPolicy } from "../../src/policy/default-policy.ts";
import type { DecidingConfig } from "../../src/policy/decide.ts";
import type { Rule } from "../../src/policy/rule.ts";
import type { Finding, FindingKind, Verdict } from "../../src/verdict.ts";

export const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");

export function exampleMail(
  given: {
    peer?: Partial<Peer>;
    sender?: string;
    recipients?: readonly string[];
  } = {},
): Mail {
  const envelope: Envelope = {
    sender: bytes(given.sender ?? "sender@example.org"),
    recipients: (given.recipients ?? ["recipient@example.test"]).map(bytes),
  };
  return {
    id: "id1",
    receivedAt: 0,
    peer: {
      uid: 64011,
      trusted: true,
      ip: "192.0.2.1",
      host: null,
      helo: null,
      relayClient: false,
      user: null,
      policy: null,
      judgeSpam: null,
      ...given.peer,
    },
    envelope,
    bytes: bytes("Subject: x\n\nbody\n"),
  };
}

export function examplePart(given: Partial<Part> = {}): Part {
  return {
    id: 0,
    parent: null,
    place: "",
    declaredType: "text/plain",
    otherTypes: [],
    detectedType: "text/plain",
    filename: null,
    otherFilenames: [],
    charset: null,
    size: 0,
    sha256: "",
    content: new Uint8Array(0),
    ...given,
  };
}

export function exampleMessage(
  given: {
    header?: readonly (readonly [string, string])[];
    parts?: readonly Partial<Part>[];
    findings?: readonly Finding[];
  } = {},
): Message {
  const header = (given.header ?? []).map(([name, value]): HeaderField => ({
    name,
    value,
    start: 0,
    end: 0,
  }));
  return {
    header,
    parts: [{}, ...(given.parts ?? [])].map(examplePart),
    findings: given.findings ?? [],
  };
}

export function finding(
  kind: FindingKind,
  name: string,
  source = "clamd",
): Finding {
  return { source, kind, name, part: null, score: null };
}

export function done(
  scanner: string,
  given: { findings?: readonly Finding[]; score?: number } = {},
): Verdict {
  return {
    status: "done",
    scanner,
    findings: given.findings ?? [],
    score: given.score ?? null,
    version: null,
    ms: 1,
  };
}

export function failed(scanner: string, reason = "time-out"): Verdict {
  return { status: "failed", scanner, reason, ms: 1 };
}

export function skipped(scanner: string, reason = "not running"): Verdict {
  return { status: "skipped", scanner, reason, ms: 1 };
}

export function rule(given: Partial<Rule> & Pick<Rule, "match">): Rule {
  return {
    name: "example",
    action: "reject",
    folder: "policy",
    text: null,
    ...given,
  };
}

export function exampleConfig(
  given: Partial<DecidingConfig> = {},
): DecidingConfig {
  return {
    policies: [defaultPolicy],
    rules: [],
    spam: { judges: ["spamd", "rules", "rspamd"] },
    scanners: {
      clamd: { enabled: "auto", onFailure: "defer", judges: "virus" },
      spamd: { enabled: "auto", onFailure: "defer", judges: "spam" },
    },
    ...given,
  };
}
