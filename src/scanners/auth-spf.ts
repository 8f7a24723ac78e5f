// SPF (RFC 7208) by mailauth. Called by auth-check.ts.
//
// Knowingly different: a local part of more than 128 characters, or with
// others than printable ASCII, is "postmaster" in macros. mailauth itself
// takes the macro letter `p` for the sender's domain, and checks the HELO name
// only for the null sender.

import { spf } from "mailauth/lib/spf/index.js";
import type { Envelope } from "../mail.ts";
import type { Lookups } from "./auth-dns.ts";

const results = [
  "pass",
  "fail",
  "softfail",
  "neutral",
  "none",
  "temperror",
  "permerror",
] as const;

export interface SpfOutcome {
  readonly result: (typeof results)[number];
  /** What was checked; the domain is null where there is none to check. */
  readonly identity: "mailfrom" | "helo";
  readonly domain: string | null;
}

export async function checkSpf(
  { sender }: Pick<Envelope, "sender">,
  client: { readonly ip: string; readonly helo: string | null },
  hostName: string,
  lookups: Lookups,
): Promise<SpfOutcome> {
  const address = Buffer.from(sender).toString("latin1");
  const at = address.lastIndexOf("@");
  const isNull = address === "";
  const identity = isNull ? "helo" : "mailfrom";
  // RFC 7208 2.4: with the null sender it is postmaster@ the HELO name.
  const domain = isNull
    ? client.helo
    : at === -1
      ? null
      : address.slice(at + 1);
  if (domain === null || !isDomain(domain))
    return { result: "none", identity, domain: null };
  const local = address.slice(0, Math.max(at, 0));
  const { status } = await spf({
    sender: `${isPlain(local) ? local : "postmaster"}@${domain}`,
    ip: client.ip,
    helo:
      client.helo !== null && isDomain(client.helo) ? client.helo : undefined,
    mta: hostName,
    resolver: lookups.resolve,
  });
  const result = results.find((one) => one === status.result) ?? "permerror";
  return {
    // A record that mailauth stumbles over is no fault of the network.
    result: result === "temperror" && !lookups.hasFailed ? "permerror" : result,
    identity,
    domain: domain.toLowerCase(),
  };
}

/** One that can have a record: no address literal, no single label. */
function isDomain(text: string): boolean {
  return (
    text.length <= 253 && /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/.test(text)
  );
}

function isPlain(local: string): boolean {
  return /^[!-~]{1,128}$/.test(local) && !local.includes("@");
}
