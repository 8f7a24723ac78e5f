// What commands need of the rest of the program, loaded when it is needed:
// `qsift --version` and `qsift quarantine list` don't pay for the scanners.
// Tests give their own.

import type { Config } from "../config.ts";
import type { Judgement } from "../judge.ts";
import type { Mail, Message, Peer } from "../mail.ts";
import type { QueueResult, QueueRun } from "../qmail/qmail-queue.ts";
import type { DecodeSubject } from "../quarantine/filter.ts";
import type { AskDaemon } from "./ask-daemon.ts";
import type { PingScanner } from "./ping-scanner.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Services {
  readonly version: string;
  /** Throws ConfigError. `file` null: what QSIFT_CONFIG and the default say. */
  readonly readConfig: (
    env: Environment,
    file: string | null,
  ) => Promise<Config>;
  /** `[rules] paths` of the file that Config names. */
  readonly readRulePaths: (file: string | null) => Promise<readonly string[]>;
  readonly pingScanner: PingScanner;
  readonly askDaemon: AskDaemon;
  readonly judge: (
    mail: Mail,
    config: Config,
    signal: AbortSignal,
  ) => Promise<Judgement>;
  readonly newId: (now: number) => Promise<string>;
  /** As the door reads it, with everything believed. */
  readonly readPeer: (
    env: Environment,
    uid: number,
    bytes: Uint8Array,
    config: Config,
  ) => Promise<Peer>;
  readonly runQmailQueue: (queueRun: QueueRun) => Promise<QueueResult>;
  /** Makes text for people, not yet printable, of a Subject's raw value (latin1). */
  readonly loadSubjectDecoder: () => Promise<DecodeSubject>;
  /** Opens a held message as the filter would. */
  readonly expand: (
    bytes: Uint8Array,
    config: Config,
    signal: AbortSignal,
  ) => Promise<Message>;
}

export function openServices(version: string): Services {
  return {
    version,
    readConfig: async (env, file) => {
      const { configPath, readConfig } = await import("../config.ts");
      const { builtinRules } = await import("../installation.ts");
      return readConfig({ file: file ?? configPath(env), builtinRules });
    },
    readRulePaths: async (file) =>
      (await import("../config.ts")).readRulePaths(file),
    pingScanner: async (scanner, settings) =>
      (await import("./ping-scanner.ts")).pingScanner(scanner, settings),
    askDaemon: async (path) =>
      (await import("./ask-daemon.ts")).askDaemon(path),
    judge: async (mail, config, signal) =>
      (await import("../judge.ts")).judge(mail, config, signal),
    newId: async (now) => (await import("../id.ts")).newId(now),
    readPeer: async (env, uid, bytes, config) => {
      const { firstFieldBytes } = await import("../arrival.ts");
      const { parseHeader } = await import("../mime/header.ts");
      const { readPeer } = await import("../qmail/peer.ts");
      const first = bytes.subarray(0, firstFieldBytes);
      return readPeer({
        env,
        uid,
        trusted: true,
        header: parseHeader(first, config.limits).fields,
        userVariable: config.peer.userVariable,
      });
    },
    runQmailQueue: async (queueRun) =>
      (await import("../qmail/qmail-queue.ts")).runQmailQueue(queueRun),
    loadSubjectDecoder: async () =>
      (await import("../mime/encoded-word.ts")).decodeField,
    expand: async (bytes, config, signal) => {
      const { expandMessage } = await import("../expansion.ts");
      const { passwords } = config.expansion;
      return expandMessage(bytes, config.limits, signal, () => undefined, {
        passwords,
      });
    },
  };
}
