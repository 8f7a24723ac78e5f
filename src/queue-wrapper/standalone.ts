// The filter in the door's own process: configuration, peer, log. Loaded by
// `await import()` only, so that main.ts can say what is wrong if it can't be.

import { userInfo } from "node:os";

import { configPath, readConfig, type Config } from "../config.ts";
import { ConfigError } from "../config-error.ts";
import type { Answer, Delivery } from "../decision.ts";
import type { Envelope, Mail } from "../mail.ts";
import { holdFor } from "../answer.ts";
import { filterMail, type Filtered } from "../filter.ts";
import { builtinRules } from "../installation.ts";
import { openLog, type Log } from "../log.ts";
import { parseHeader } from "../mime/header.ts";
import { exitCodes } from "../qmail/exit-codes.ts";
import { readPeer } from "../qmail/peer.ts";
import { Refusal } from "./refusal.ts";

export { filterMail };

/**
 * Of a door that a local program started, people read fd 2: nothing goes there
 * but failures. Where fd 2 is the error descriptor nothing goes there but the
 * text for the SMTP client.
 */
export function openDoorLog(
  env: NodeJS.ProcessEnv,
  errorFd: number | null,
): Log {
  const isLocal = env["TCPREMOTEIP"] === undefined;
  const level = errorFd === 2 ? "silent" : isLocal ? "warn" : "info";
  return openLog({ fd: 2, level });
}

/** Throws Refusal 55 with file, line and key. */
export async function configure(env: NodeJS.ProcessEnv): Promise<Config> {
  try {
    return await readConfig({ file: configPath(env), builtinRules });
  } catch (error) {
    if (error instanceof ConfigError)
      throw new Refusal(exitCodes.configuration, error.message);
    throw error;
  }
}

export function makeMail(input: {
  readonly id: string;
  readonly receivedAt: number;
  readonly envelope: Envelope;
  readonly bytes: Uint8Array;
  readonly env: NodeJS.ProcessEnv;
  readonly config: Config;
}): Mail {
  const { id, receivedAt, envelope, bytes, env, config } = input;
  const uid = process.getuid?.() ?? -1;
  const trusted = isTrusted(uid, config.daemon.trustedUsers);
  const peer = readPeer({
    env,
    uid,
    trusted,
    header: parseHeader(bytes.subarray(0, firstFieldBytes), config.limits)
      .fields,
    userVariable: config.peer.userVariable,
  });
  return { id, receivedAt, peer, envelope, bytes };
}

/** Enough for the Received field that qmail-smtpd sets on top. */
const firstFieldBytes = 4096;

/** `trusted` holds login names or `#uid`. The name is that of the effective uid, so it counts only where that is the real one. */
function isTrusted(uid: number, trusted: readonly string[]): boolean {
  if (trusted.includes(`#${uid}`)) return true;
  if (process.geteuid?.() !== uid) return false;
  try {
    return trusted.includes(userInfo().username);
  } catch {
    // A uid without a name.
    return false;
  }
}

/** The answer to a message too large to be looked at: a refusal that says so, as qmail's databytes does. */
export function refuseSize(id: string, size: number, config: Config): Filtered {
  const answer: Answer = {
    kind: "reject",
    text: `message too large (#5.3.4) ${id}`,
  };
  return {
    answer,
    judgement: null,
    cause: `message of ${size} bytes, at most ${config.limits.messageBytes} expected (limits.message_bytes)`,
  };
}

/** Holds the recipients of a delivery that failed after another was queued. */
export async function holdUndelivered(
  filtered: Filtered,
  delivery: Delivery,
  cause: string,
  config: Config,
  n: number,
): Promise<string> {
  const { judgement } = filtered;
  const decision = judgement?.decisions.find(({ recipients }) =>
    delivery.recipients.every((index) => recipients.includes(index)),
  );
  if (judgement === null || decision === undefined)
    throw new Error("nothing is known of this delivery");
  return holdFor(
    judgement,
    config,
    { ...decision, text: cause, recipients: delivery.recipients },
    "undelivered",
    n,
  );
}
