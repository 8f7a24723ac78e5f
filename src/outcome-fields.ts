// What the one log line of a message tells about the mail and its judgement.
// Made where it was judged, by the door itself or by the daemon, and put into
// the line by the door (queue-wrapper/outcome-line.ts). Keys are part of the
// public interface (docs/operating.md). All mail data in it is bounded and
// printable.

import { listEntries, short } from "./log-text.ts";
import type { Judgement } from "./judge.ts";
import { envelopeFields } from "./envelope-fields.ts";
import type { Mail, Message } from "./mail.ts";
import { allFindings, type Verdict } from "./verdict.ts";
import { printable, printableBytes } from "./printable.ts";

/** Values that JSON can carry. */
export type Fields = Readonly<Record<string, unknown>>;

/** `clientIp`: TCPREMOTEIP, whether or not it is believed. */
export function outcomeFields(
  mail: Mail,
  judgement: Judgement | null,
  clientIp: string | null,
): Fields {
  return {
    ...mailFields(mail, clientIp),
    ...(judgement === null ? {} : judgementFields(judgement)),
  };
}

function judgementFields(judgement: Judgement): Fields {
  return {
    message_id: messageId(judgement.message),
    decisions: judgement.decisions.slice(0, listEntries).map((decision) => ({
      policy: decision.policy,
      rule: decision.rule,
      action: decision.action,
      tagged: decision.tagged,
      recipients: decision.recipients.length,
      score: decision.spam?.score ?? null,
    })),
    scanners: Object.fromEntries(judgement.verdicts.map(scannerField)),
    findings: allFindings(judgement.message.findings, judgement.verdicts)
      .slice(0, listEntries)
      .map((finding) => `${finding.kind} ${finding.name}`),
  };
}

function mailFields(mail: Mail, clientIp: string | null): Fields {
  const { peer, envelope } = mail;
  return {
    client: peer.ip ?? `local uid ${peer.uid}`,
    // What tcprules set does not count then, and somebody will wonder why.
    ...(clientIp !== null && !peer.trusted
      ? {
          environment: `ignored: uid ${peer.uid} is not in daemon.trusted_users`,
        }
      : {}),
    ...(peer.host === null ? {} : { host: short(peer.host) }),
    ...(peer.helo === null ? {} : { helo: short(printable(peer.helo)) }),
    ...(peer.relayClient ? { relay_client: true } : {}),
    ...(peer.user === null ? {} : { user: short(peer.user) }),
    ...envelopeFields(envelope),
  };
}

function messageId(message: Message): string | null {
  const field = message.header.find(
    ({ name }) => name.toLowerCase() === "message-id",
  );
  return field === undefined
    ? null
    : short(printableBytes(Buffer.from(field.value.trim(), "latin1")));
}

function scannerField(verdict: Verdict): [string, string] {
  const { scanner, status } = verdict;
  return [
    scanner,
    status === "done" ? status : `${status} (${short(verdict.reason)})`,
  ];
}
