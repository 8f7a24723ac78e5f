// A process made of strings, and a program around the commands that judges and
// queues as a test says.

import type { Config } from "../../src/config.ts";
import type { DaemonConfig } from "../../src/config-daemon.ts";
import type { Decision } from "../../src/decision.ts";
import type { Judgement } from "../../src/judge.ts";
import { defaultLimits } from "../../src/limits.ts";
import type { Mail, Message, Part, Peer } from "../../src/mail.ts";
import type { Health } from "../../src/scanners/scanner.ts";
import type { Io, Output, Target } from "../../src/cli/io.ts";
import type { Ping } from "../../src/cli/ping-scanner.ts";
import { run } from "../../src/cli/run.ts";
import type { Services } from "../../src/cli/services.ts";

export interface FakeProcess {
  readonly env?: Record<string, string>;
  readonly stdin?: Uint8Array | string;
  readonly isTerminal?: boolean;
  /** The reader of standard output goes away after so many writes. */
  readonly readsUntil?: number;
  readonly services?: Partial<Services>;
  readonly onBecome?: () => void;
}

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly outBytes: Buffer;
  readonly err: string;
  readonly became: readonly Target[];
}

export const fakeNow = Date.UTC(2026, 10, 22, 12);

export async function qsift(
  argv: readonly string[],
  process: FakeProcess = {},
): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const became: Target[] = [];
  const isTerminal = process.isTerminal ?? false;
  const output = (to: Buffer[], until: number): Output => ({
    isTerminal,
    get isClosed() {
      return to.length >= until;
    },
    write: (data) => {
      if (to.length < until) to.push(Buffer.from(data));
      return Promise.resolve();
    },
  });
  const io: Io = {
    out: output(out, process.readsUntil ?? Infinity),
    err: output(err, Infinity),
    env: process.env ?? {},
    uid: 1000,
    effectiveUid: () => 1000,
    now: () => fakeNow,
    stdin: async function* () {
      await Promise.resolve();
      yield Buffer.from(process.stdin ?? "");
    },
    becomeUser: (target) => {
      became.push(target);
      process.onBecome?.();
    },
  };
  const exitCode = await run(argv, io, fakeServices(process.services));
  const outBytes = Buffer.concat(out);
  return {
    exitCode,
    out: outBytes.toString(),
    outBytes,
    err: Buffer.concat(err).toString(),
    became,
  };
}

function fakeServices(services: Partial<Services> = {}): Services {
  return {
    version: "1.2.3",
    readConfig: () => Promise.resolve(fakeConfig()),
    readRulePaths: () => Promise.resolve([]),
    pingScanner: () => Promise.resolve({ ping: fakePing(), addresses: [] }),
    askDaemon: () => Promise.resolve({ kind: "absent" }),
    judge: (mail) => Promise.resolve(fakeJudgement(mail)),
    newId: () => Promise.resolve("20261122-120000-00000000"),
    readPeer: (_, uid) => Promise.resolve(fakePeer(uid)),
    runQmailQueue: () =>
      Promise.reject(new Error("this test should not queue")),
    loadSubjectDecoder: () => Promise.resolve((raw) => raw),
    expand: (bytes) => Promise.resolve(fakeMessage(bytes)),
    ...services,
  };
}

export function fakeQuarantine(
  path: string,
  changes: Partial<Config["quarantine"]> = {},
): Config["quarantine"] {
  return { path, retentionDays: {}, maxBytes: null, ...changes };
}

export function fakeConfig(changes: Partial<Config> = {}): Config {
  return {
    file: null,
    queue: "/var/qmail/bin/qmail-queue",
    daemon: fakeDaemon(),
    limits: defaultLimits,
    expansion: { passwords: [] },
    quarantine: fakeQuarantine("/nowhere/quarantine"),
    peer: { userVariable: null },
    spam: { judges: [] },
    scanners: {},
    scannerList: [],
    policies: [],
    rules: [],
    onPartialReject: "hold",
    ...changes,
  };
}

export function fakeDaemon(changes: Partial<DaemonConfig> = {}): DaemonConfig {
  return {
    trustedUsers: [],
    socket: "/nowhere/qsift.sock",
    controlSocket: "/nowhere/control.sock",
    socketGroup: null,
    maxMessages: 32,
    maxBytes: 1_000_000,
    maxWaiting: 500,
    ...changes,
  };
}

export function fakePing(changes: Partial<Health> = {}): Ping {
  return {
    kind: "running",
    health: { version: "Fake 1.0", databaseAt: null, ...changes },
    ms: 3.2,
  };
}

function fakePeer(uid: number): Peer {
  return {
    uid,
    trusted: true,
    ip: null,
    host: null,
    helo: null,
    relayClient: false,
    user: null,
    policy: null,
    judgeSpam: null,
  };
}

export function fakeDecision(changes: Partial<Decision> = {}): Decision {
  return {
    recipients: [],
    action: "queue",
    tagged: false,
    policy: "default",
    rule: "default/none",
    folder: null,
    text: null,
    spam: null,
    subjectTag: null,
    tags: [],
    ...changes,
  };
}

export function fakePart(changes: Partial<Part> = {}): Part {
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
    size: 5,
    sha256: "ab".repeat(32),
    content: new Uint8Array(5),
    ...changes,
  };
}

function fakeMessage(bytes: Uint8Array): Message {
  return {
    header: [],
    parts: [fakePart({ content: bytes, size: bytes.length })],
    findings: [],
  };
}

export function fakeJudgement(
  mail: Mail,
  changes: Partial<Judgement> = {},
): Judgement {
  return {
    mail,
    message: { header: [], parts: [fakePart()], findings: [] },
    verdicts: [],
    decisions: [
      fakeDecision({ recipients: [...mail.envelope.recipients.keys()] }),
    ],
    ms: 1.2345,
    ...changes,
  };
}
