// The value of an Authentication-Results field (RFC 8601 2.2), and the findings
// that say the same to the policy. Called by auth-check.ts.
//
//   mx.example.test; spf=pass smtp.mailfrom=example.org;
//    dkim=pass header.d=example.org header.s=one header.a=rsa-sha256;
//    dmarc=pass (p=reject) header.from=example.org
//
// Of the message's own words only domains, selectors and algorithms stand in
// it; no local parts.

import type { DkimOutcome, Signature } from "./auth-dkim.ts";
import type { DmarcOutcome } from "./auth-dmarc.ts";
import type { SpfOutcome } from "./auth-spf.ts";

export interface Outcome {
  readonly spf: SpfOutcome;
  /** Null where the header is too large to be checked. */
  readonly dkim: DkimOutcome | null;
  readonly dmarc: DmarcOutcome;
}

export function formatResults(
  authservId: string,
  { spf, dkim, dmarc }: Outcome,
): string {
  const results = [
    `spf=${spf.result}${property(`smtp.${spf.identity}`, spf.domain)}`,
    ...(dkim === null
      ? [`dkim=permerror${reason("header too large")}`]
      : dkimResults(dkim)),
    `dmarc=${dmarc.result}${dmarc.policy === null ? "" : ` (p=${dmarc.policy})`}${property("header.from", dmarc.domain)}`,
  ];
  if (dkim !== null && dkim.arc !== "none")
    // RFC 8617 knows no temporary error.
    results.push(
      dkim.arc === "temperror"
        ? `arc=fail${reason("no answer from DNS")}`
        : `arc=${dkim.arc}`,
    );
  return [authservId, ...results].join("; ");
}

function dkimResults({ signatures, more }: DkimOutcome): string[] {
  const results = signatures.map(
    (one) =>
      `dkim=${one.result}${one.reason === null ? "" : reason(one.reason)}${property("header.d", one.domain)}${property("header.s", one.selector)}${property("header.a", one.algorithm)}`,
  );
  if (more > 0)
    results.push(`dkim=policy${reason(`${more} more not looked at`)}`);
  return results.length === 0 ? ["dkim=none"] : results;
}

function property(name: string, value: string | null): string {
  return value === null || value === "" ? "" : ` ${name}=${word(value)}`;
}

function reason(text: string): string {
  return ` reason=${word(text)}`;
}

const maxWord = 253;

/**
 * RFC 2045 5.1: a token, or a quoted string. Bytes that stand in no domain,
 * selector or algorithm become question marks, so that no reader, however
 * careless about quotes, sees a result of the sender's making.
 */
function word(text: string): string {
  const plain = text.slice(0, maxWord).replace(/[^\w.+@ -]/g, "?");
  return /^[\w.+-]+$/.test(plain) ? plain : `"${plain}"`;
}

/** Names of the findings, in a fixed order. */
export function findingNames({ spf, dkim, dmarc }: Outcome): string[] {
  const names: string[] = [];
  switch (spf.result) {
    case "fail":
    case "softfail":
    case "temperror":
    case "permerror":
      names.push(`spf-${spf.result}`);
      break;
    case "pass":
    case "neutral":
    case "none":
      break;
  }
  if (dkim === null) names.push("dkim-permerror");
  else {
    const failure = dkimFailure(dkim.signatures);
    if (failure !== null) names.push(`dkim-${failure}`);
    if (dkim.more > 0) names.push("dkim-too-many-signatures");
    if (dkim.arc === "fail" || dkim.arc === "temperror")
      names.push(`arc-${dkim.arc}`);
  }
  if (dmarc.result === "fail")
    names.push(
      dmarc.policy === null || dmarc.policy === "none"
        ? "dmarc-fail"
        : `dmarc-fail-${dmarc.policy}`,
    );
  else if (dmarc.result === "temperror" || dmarc.result === "permerror")
    names.push(`dmarc-${dmarc.result}`);
  return names;
}

/** RFC 6376 6.1: one good signature is enough; a bad one is as if it were not there. */
function dkimFailure(
  signatures: readonly Signature[],
): "temperror" | "fail" | "permerror" | null {
  const has = (result: Signature["result"]): boolean =>
    signatures.some((one) => one.result === result);
  if (signatures.length === 0 || has("pass")) return null;
  return has("temperror") ? "temperror" : has("fail") ? "fail" : "permerror";
}
