// Chooses the policy for each recipient: the first whose `match` holds.
// Called by the filter, to know which scanners to ask, and by decide.ts.
//
// QSIFT_POLICY names one for all recipients, whatever its `match`; the doors
// set it only for callers whose environment is believed.

import type { Mail, Peer } from "../mail.ts";
import { addressList, addressText } from "./address-list.ts";
import { inNetworks } from "./networks.ts";
import type { PeerMatch, Policy } from "./policy.ts";
import { UnknownPolicy } from "./unknown-policy.ts";

/** Read once for an envelope: many policies and rules may ask about 100,000. */
const recipientTexts = new WeakMap<readonly Uint8Array[], readonly string[]>();

/** Recipients that have the same policy. */
export interface PolicyGroup {
  readonly policy: Policy;
  /** Indexes into `Envelope.recipients`, ascending. */
  readonly recipients: readonly number[];
}

/**
 * Groups in the order of the policies; every recipient is in exactly one. An
 * envelope without recipients gives one group that has none, under the first
 * policy that asks nothing of the recipient. Throws UnknownPolicy.
 */
export function choosePolicies(
  mail: Mail,
  policies: readonly Policy[],
): PolicyGroup[] {
  let rest: readonly number[] = mail.envelope.recipients.map((_, i) => i);
  const named = mail.peer.policy;
  if (named !== null) {
    const policy = policies.find(({ name }) => name === named);
    if (policy === undefined)
      throw new UnknownPolicy(
        named,
        policies.map(({ name }) => name),
      );
    return [{ policy, recipients: rest }];
  }
  const groups: PolicyGroup[] = [];
  for (const policy of policies) {
    if (policy.match !== null && !senderMatches(policy.match, mail)) continue;
    const { taken, left } = takeRecipients(
      policy.match?.recipient,
      mail.envelope.recipients,
      rest,
    );
    if (taken === null) continue;
    groups.push({ policy, recipients: taken });
    rest = left;
    if (rest.length === 0) return groups;
  }
  // The configuration's reader sees to it that the last policy has no match.
  throw new Error("no policy for a recipient: the last one has a match");
}

/** All of the conditions but those on the recipient. */
export function senderMatches(match: PeerMatch, mail: Mail): boolean {
  const { peer, envelope } = mail;
  return (
    (match.relayClient === undefined ||
      match.relayClient === peer.relayClient) &&
    (match.authenticated === undefined ||
      match.authenticated === isAuthenticated(peer)) &&
    (match.client === undefined || inNetworks(match.client, peer.ip)) &&
    (match.sender === undefined ||
      addressList(match.sender)(addressText(envelope.sender)))
  );
}

/**
 * Splits the indexes in `rest` by a list of recipients; without a list all are
 * taken, and nothing is done for each of them. `taken` is null where no
 * recipient is in the list.
 */
export function takeRecipients(
  patterns: readonly string[] | undefined,
  recipients: readonly Uint8Array[],
  rest: readonly number[],
): { taken: readonly number[] | null; left: readonly number[] } {
  if (patterns === undefined) return { taken: rest, left: [] };
  const includes = addressList(patterns);
  let texts = recipientTexts.get(recipients);
  if (texts === undefined) {
    texts = recipients.map(addressText);
    recipientTexts.set(recipients, texts);
  }
  const taken: number[] = [];
  const left: number[] = [];
  for (const index of rest) {
    const text = texts[index];
    if (text !== undefined && includes(text)) taken.push(index);
    else left.push(index);
  }
  return { taken: taken.length === 0 ? null : taken, left };
}

function isAuthenticated(peer: Peer): boolean {
  return peer.user !== null && peer.user !== "";
}
