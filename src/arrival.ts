// Makes a Mail of what a door was given: decides whether its environment is
// believed, and reads the peer out of it. Called by the TypeScript door and by
// the daemon for every message.

import type { Config } from "./config.ts";
import type { Envelope, Mail } from "./mail.ts";
import { parseHeader } from "./mime/header.ts";
import { readPeer } from "./qmail/peer.ts";

/** Enough for the Received field that qmail-smtpd sets on top. */
export const firstFieldBytes = 4096;

export interface Arrival {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly envelope: Envelope;
  readonly bytes: Uint8Array;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Real uid of the door. */
  readonly uid: number;
  /** Its login name; null where it has none, or is not the real uid's. */
  readonly user: string | null;
}

export function makeMail(arrival: Arrival, config: Config): Mail {
  const { id, receivedAt, envelope, bytes, env, uid, user } = arrival;
  const { trustedUsers } = config.daemon;
  const peer = readPeer({
    env,
    uid,
    trusted:
      trustedUsers.includes(`#${uid}`) ||
      (user !== null && trustedUsers.includes(user)),
    header: parseHeader(bytes.subarray(0, firstFieldBytes), config.limits)
      .fields,
    userVariable: config.peer.userVariable,
  });
  return { id, receivedAt, peer, envelope, bytes };
}
