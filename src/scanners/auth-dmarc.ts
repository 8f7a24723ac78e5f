// DMARC (RFC 7489) by mailauth: which policy the domain in From publishes, and
// whether SPF or DKIM passed for that domain. Called by auth-check.ts.
//
// Judged here, since mailauth 4.13.3 doesn't: strict alignment (`aspf=s`,
// `adkim=s`), and that a check which DNS left open may not count as failed.
// `pct` is not looked at: half a policy is no policy.

import { domainToASCII } from "node:url";
import { dmarc } from "mailauth/lib/dmarc/index.js";
import type { DkimOutcome } from "./auth-dkim.ts";
import type { Lookups } from "./auth-dns.ts";
import type { SpfOutcome } from "./auth-spf.ts";

export interface DmarcOutcome {
  readonly result: "none" | "pass" | "fail" | "temperror" | "permerror";
  /** The domain in From; null where there is not exactly one address. */
  readonly domain: string | null;
  /** What the domain wishes for mail that fails; null where it publishes nothing. */
  readonly policy: "none" | "quarantine" | "reject" | null;
}

/** `from`: the addresses in all From fields; null where they can't be told. */
export async function checkDmarc(
  from: readonly string[] | null,
  spf: SpfOutcome,
  { signatures }: Pick<DkimOutcome, "signatures">,
  lookups: Lookups,
): Promise<DmarcOutcome> {
  // RFC 7489 6.6.1: of several authors none can be checked.
  const [author, ...others] = from ?? [];
  const domain =
    author === undefined || others.length > 0 ? null : domainOf(author);
  if (domain === null)
    return { result: "permerror", domain: null, policy: null };

  const passed = await ask(domain, lookups, {
    spf: spf.result === "pass" ? spf.domain : null,
    dkim: domainsWith(signatures, ["pass"]),
  });
  if (typeof passed === "string")
    return { result: passed, domain, policy: null };
  const { policy } = passed;
  if (passed.isAligned) return { result: "pass", domain, policy };
  const possible = await ask(domain, lookups, {
    spf: ["pass", "temperror"].includes(spf.result) ? spf.domain : null,
    dkim: domainsWith(signatures, ["pass", "temperror"]),
  });
  const isOpen = typeof possible === "string" || possible.isAligned;
  return { result: isOpen ? "temperror" : "fail", domain, policy };
}

async function ask(
  domain: string,
  lookups: Lookups,
  {
    spf,
    dkim,
  }: { readonly spf: string | null; readonly dkim: readonly string[] },
): Promise<
  | "none"
  | "temperror"
  | "permerror"
  | {
      readonly isAligned: boolean;
      readonly policy: NonNullable<DmarcOutcome["policy"]>;
    }
> {
  const found = await dmarc({
    headerFrom: domain,
    spfDomains: spf === null ? [] : [spf],
    dkimDomains: dkim.map((one) => ({ id: one, domain: one, aligned: false })),
    resolver: lookups.resolve,
  });
  if (found === false) return "permerror";
  const { status, alignment, policy } = found;
  if (status.result === "none") return "none";
  if (alignment === undefined)
    return lookups.hasFailed ? "temperror" : "permerror";
  // RFC 7489 3.1: strict is the same domain, not only the same organisation.
  const isAligned =
    (alignment.spf.strict
      ? spf === domain
      : alignment.spf.result !== undefined) ||
    (alignment.dkim.strict
      ? dkim.includes(domain)
      : alignment.dkim.result !== undefined);
  const word = String(policy).trim().toLowerCase();
  return {
    isAligned,
    policy: word === "reject" || word === "quarantine" ? word : "none",
  };
}

function domainsWith(
  signatures: DkimOutcome["signatures"],
  results: readonly string[],
): string[] {
  return signatures
    .filter(({ result }) => results.includes(result))
    .map(({ domain }) => domain.toLowerCase());
}

function domainOf(address: string): string | null {
  const domain = domainToASCII(
    address.slice(address.lastIndexOf("@") + 1).trim(),
  ).toLowerCase();
  return address.includes("@") &&
    domain.length <= 253 &&
    /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/.test(domain)
    ? domain
    : null;
}
