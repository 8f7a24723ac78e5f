// An entry with something in every field, for tests of the quarantine and of
// the commands that read it.

import type { Entry } from "../../src/quarantine/entry.ts";

export function sampleEntry(changes: Partial<Entry> = {}): Entry {
  return {
    id: "20261122-004512-k3j9c2mq",
    folder: "virus",
    receivedAt: Date.UTC(2026, 10, 22, 0, 45, 12, 345),
    envelope: {
      sender: Buffer.from("alice@example.org"),
      recipients: [Buffer.from("bob@example.test"), Buffer.from("carol")],
    },
    peer: {
      uid: 102,
      trusted: true,
      ip: "192.0.2.1",
      host: "mail.example.org",
      helo: "client.example",
      relayClient: true,
      user: "al ice; x=1",
      policy: null,
      judgeSpam: false,
    },
    policy: "default",
    rule: "default/on.virus",
    text: "message contains a virus, sorry",
    spam: { score: 7.25, required: 5, isSpam: true, tests: ["A", "B,C; d"] },
    findings: [
      {
        source: "clamd",
        kind: "virus",
        name: "Eicar-Test-Signature",
        part: 2,
        score: null,
      },
      {
        source: "spamd",
        kind: "spam",
        name: "SOME_TEST",
        part: null,
        score: -1.5,
      },
    ],
    scanners: [
      {
        scanner: "clamd",
        status: "done",
        reason: null,
        version: "ClamAV 1.4/27000",
        score: null,
        ms: 12.5,
      },
      {
        scanner: "spamd",
        status: "failed",
        reason: "time-out",
        version: null,
        score: null,
        ms: 5000,
      },
    ],
    subject: " =?utf-8?q?caf=C3=A9?= \n and more",
    bytes: Buffer.from("Subject: x\n\nbody\n"),
    ...changes,
  };
}
