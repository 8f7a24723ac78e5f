// Who sent the message, from what tcpserver, qmail-smtpd and tcprules left in
// the environment and from the Received field that qmail-smtpd set on top.
//
// Any local user can start the door with any environment, so none of it counts
// unless the caller's uid is trusted. TCPREMOTEINFO is never taken for an
// authenticated user: tcpserver fills it from the client's own ident server.

import type { HeaderField, Peer } from "../mail.ts";
import { printable } from "../printable.ts";

export interface PeerSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly trusted: boolean;
  readonly header: readonly HeaderField[];
  /** The variable that holds the SMTP AUTH user; null: none is believed. */
  readonly userVariable: string | null;
}

export function readPeer(source: PeerSource): Peer {
  const { env, uid, trusted, userVariable } = source;
  if (!trusted)
    return {
      uid,
      trusted,
      ip: null,
      host: null,
      helo: null,
      relayClient: false,
      user: null,
      policy: null,
      judgeSpam: null,
    };
  const ip = text(env["TCPREMOTEIP"]);
  const host = text(env["TCPREMOTEHOST"]);
  return {
    uid,
    trusted,
    ip,
    host,
    helo: ip === null ? null : readHelo(source.header[0], host),
    relayClient: env["RELAYCLIENT"] !== undefined,
    user: userVariable === null ? null : text(env[userVariable]),
    policy: text(env["QSIFT_POLICY"]),
    judgeSpam: readSwitch(env["QS_SPAMASSASSIN"]),
  };
}

function text(value: string | undefined): string | null {
  return value === undefined || value === "" ? null : printable(value);
}

function readSwitch(value: string | undefined): boolean | null {
  const word = value?.toLowerCase();
  return word === "on" ? true : word === "off" ? false : null;
}

/**
 * qmail-smtpd writes `from HOST (HELO NAME) (IDENT@IP)`, and leaves the
 * parenthesis out where NAME equals HOST. Bytes that it doesn't let through
 * stand as `?`, so a name with one is unknown. Without TCPREMOTEIP the top
 * field is the author's own and isn't read.
 */
function readHelo(
  field: HeaderField | undefined,
  host: string | null,
): string | null {
  if (field?.name.toLowerCase() !== "received") return null;
  const line = field.value.split("\n", 1)[0] ?? "";
  const found = /^ from (\S{1,300})(?: \(HELO ([^()\s]{1,300})\))? \(/.exec(
    line,
  );
  if (found === null) return null;
  const from = found[1] ?? "";
  const helo =
    found[2] ?? (from.toLowerCase() === host?.toLowerCase() ? from : null);
  return helo === null || helo.includes("?") ? null : helo;
}
