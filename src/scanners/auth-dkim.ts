// DKIM (RFC 6376, 8301, 8463) and ARC (RFC 8617) by mailauth's DkimVerifier,
// driven field by field, so that hostile fields never reach the parts of it
// that can't take them. Called by auth-check.ts.
//
// Known of mailauth 4.13.3, and kept from it here: no bound on signatures;
// quadratic time for runs of separators in a signature field; a name with
// "__proto__" in ARC-Authentication-Results changes every object of the
// process; a line on the standard output where `l=` is above the body's length;
// ARC-Seal among the results of DKIM. And judged here: rsa-sha1, a From that is
// not signed, `l=` that leaves out a part of the body.

import { setImmediate as nextTurn } from "node:timers/promises";
import { arc } from "mailauth/lib/arc/index.js";
import {
  DkimVerifier,
  type DkimResult,
  type Field,
  type SignatureHeader,
} from "mailauth/lib/dkim/dkim-verifier.js";
import type { Lookups } from "./auth-dns.ts";
import { bodyPieces, readSignedMessage } from "./auth-header.ts";

/** RFC 6376 6.1 lets a verifier limit them; ordinary mail has one or two, lists four. */
const maxSignatures = 10;
const maxSignatureBytes = 16 * 1024;
const maxHeaderBytes = 1024 * 1024;
const maxFields = 5000;
const maxFromBytes = 10_000;
/** RFC 8617 5.1.1.2: fifty sets of three. */
const maxArcFields = 150;
/** In `h=`; each costs a walk through the header. */
const maxSignedNames = 500;

/** One signature, RFC 8601 2.7.1. */
export interface Signature {
  readonly result:
    "pass" | "fail" | "neutral" | "policy" | "temperror" | "permerror";
  readonly reason: string | null;
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: string;
}

export interface DkimOutcome {
  readonly signatures: readonly Signature[];
  /** Those that were not looked at. */
  readonly more: number;
  readonly arc: "none" | "pass" | "fail" | "temperror";
  /** Addresses in From as mailauth reads it; null where it is too long to be read. */
  readonly from: readonly string[] | null;
}

/** Null where the header is too large. */
export async function checkSignatures(
  bytes: Uint8Array,
  lookups: { readonly dkim: Lookups; readonly arc: Lookups },
  signal: AbortSignal,
): Promise<DkimOutcome | null> {
  const message = readSignedMessage(bytes, maxHeaderBytes, maxFields);
  if (message === null) return null;
  const { fields } = message;
  const count = fields.filter(({ key }) => key === "dkim-signature").length;
  const arcFields = fields.filter(({ key }) => isArcKey(key));
  const isArcUsable =
    arcFields.length <= maxArcFields && arcFields.every(isHarmless);
  const verifier = new DkimVerifier({ resolver: lookups.dkim.resolve });
  const read = selected(fields, isArcUsable);
  await verifier.messageHeaders({ parsed: read });
  // Now all of them: a signature may cover any field.
  verifier.headers = { parsed: fields };
  restoreAuthenticationResults(verifier, arcFields);

  const refused = skipUnusable(verifier);
  await ask(verifier, lookups);
  if (verifier.bodyHashes.size > 0)
    for (const piece of bodyPieces(bytes, message.bodyStart)) {
      await verifier.nextChunk(piece);
      await nextTurn();
      signal.throwIfAborted();
    }
  await verifier.finalChunk();
  signal.throwIfAborted();

  const from = fields.filter(({ key }) => key === "from");
  return {
    signatures: signaturesOf(verifier, refused),
    more: count - verifier.signatureHeaders.filter(isDkim).length,
    arc: await arcResult(verifier, lookups, isArcUsable),
    from: from.every(({ line }) => line.length <= maxFromBytes)
      ? verifier.headerFrom
      : null,
  };
}

/** What mailauth may parse: From, the first signatures, the ARC sets. */
function selected(fields: readonly Field[], isArcUsable: boolean): Field[] {
  let signatures = 0;
  return fields.flatMap((field): Field[] => {
    const { key, line } = field;
    if (key === "from") return line.length <= maxFromBytes ? [field] : [];
    if (isArcKey(key)) return isArcUsable ? [withoutResults(field)] : [];
    if (key !== "dkim-signature") return [];
    signatures += 1;
    return signatures <= maxSignatures && isHarmless(field) ? [field] : [];
  });
}

function isArcKey(key: string): boolean {
  return (
    key === "arc-authentication-results" ||
    key === "arc-message-signature" ||
    key === "arc-seal"
  );
}

/** mailauth looks for `b=` behind every separator, to the end of their run. */
function isHarmless({ line }: Field): boolean {
  return (
    line.length <= maxSignatureBytes &&
    !/[;:\s]{200}/.test(line.toString("latin1"))
  );
}

// RFC 8617 4.1.1: the instance comes first.
const instance = /^[^:]*:\s{0,200}i\s{0,200}=\s{0,200}(\d{1,3})\s{0,200};/;

/** ARC-Authentication-Results of the same instance that say nothing. */
function withoutResults(field: Field): Field {
  if (field.key !== "arc-authentication-results") return field;
  const found = instance.exec(field.line.toString("latin1"));
  return {
    ...field,
    line: Buffer.from(
      `${field.casedKey}: ${found ? `i=${found[1]}; ` : ""}none`,
    ),
  };
}

/** The received ones again, for the seals cover them. */
function restoreAuthenticationResults(
  verifier: DkimVerifier,
  arcFields: readonly Field[],
): void {
  for (const { key, line } of arcFields) {
    if (key !== "arc-authentication-results") continue;
    const i = Number(instance.exec(line.toString("latin1"))?.[1]);
    const entry = (verifier.arc.chain || []).find((one) => one.i === i);
    if (entry !== undefined)
      entry["arc-authentication-results"].original = line;
  }
}

/** Why a signature cannot be looked at. */
type Refused = ReadonlyMap<SignatureHeader, string>;

function skipUnusable(verifier: DkimVerifier): Refused {
  const refused = new Map<SignatureHeader, string>();
  const used = new Set<string>();
  for (const header of verifier.signatureHeaders) {
    const reason = refusal(header);
    if (reason !== null) {
      header.skip = true;
      refused.set(header, reason);
    } else if (header.bodyHashKey !== undefined) used.add(header.bodyHashKey);
    // A number here may make mailauth write to the standard output. The body's
    // digest knows it already.
    header.maxBodyLength = "";
  }
  for (const key of [...verifier.bodyHashes.keys()])
    if (!used.has(key)) verifier.bodyHashes.delete(key);
  return refused;
}

function refusal(header: SignatureHeader): string | null {
  const { type, algorithm, parsed } = header;
  // Checked by the chain's own code.
  if (type === "AS") return "seal";
  const signed = String(parsed["h"]?.value ?? "")
    .toLowerCase()
    .split(":");
  if (signed.length > maxSignedNames) return "too many signed fields";
  if (type === "ARC") return header.skip === true ? "not supported" : null;
  // RFC 6376 3.5: v= must be there and be 1.
  if (parsed["v"]?.value !== 1) return "unknown version";
  // RFC 8301 3.1: permanently failing.
  if (/sha1$/i.test(algorithm)) return "rsa-sha1 is not accepted";
  if (header.skip === true) return "not supported or not complete";
  // RFC 6376 5.4: From must be signed.
  return signed.includes("from") ? null : "From is not signed";
}

/** All keys at once, so that one silent server does not take the others' time. */
async function ask(
  verifier: DkimVerifier,
  lookups: { readonly dkim: Lookups; readonly arc: Lookups },
): Promise<void> {
  const names = verifier.signatureHeaders.flatMap((header) =>
    header.skip === true
      ? []
      : lookups.dkim.resolve(
          keyName(header.selector, header.signingDomain),
          "TXT",
        ),
  );
  const seals = (verifier.arc.chain || []).map(({ "arc-seal": { parsed } }) =>
    lookups.arc.resolve(
      keyName(String(parsed["s"]?.value), String(parsed["d"]?.value)),
      "TXT",
    ),
  );
  await Promise.allSettled([...names, ...seals]);
}

function keyName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

function signaturesOf(verifier: DkimVerifier, refused: Refused): Signature[] {
  const results = [...verifier.results];
  return verifier.signatureHeaders.filter(isDkim).map((header) => {
    const reason = refused.get(header);
    return {
      ...(reason === undefined
        ? judged(results.shift())
        : { result: "permerror", reason }),
      domain: header.signingDomain,
      selector: header.selector,
      algorithm: header.algorithm,
    };
  });
}

function isDkim({ type }: SignatureHeader): boolean {
  return type === "DKIM";
}

/** mailauth's result in RFC 8601's words: most of what it calls neutral is an error. */
function judged(
  found: DkimResult | undefined,
): Pick<Signature, "result" | "reason"> {
  if (found?.status === undefined)
    return { result: "permerror", reason: "not looked at" };
  const { status, bodyHash, bodyHashExpecting } = found;
  const reason = status.comment ?? null;
  switch (status.result) {
    case "pass":
      return (found.canonBodyLengthTotal ?? 0) > (found.canonBodyLength ?? 0)
        ? { result: "policy", reason: "part of the body is not signed" }
        : { result: "pass", reason: null };
    case "fail":
      return { result: "fail", reason };
    case "temperror":
      return { result: "temperror", reason: "no answer from DNS" };
    case "policy":
      return { result: "policy", reason: "weak key" };
    default:
      if (bodyHash !== bodyHashExpecting) return { result: "fail", reason };
      return { result: reason === "expired" ? "neutral" : "permerror", reason };
  }
}

async function arcResult(
  verifier: DkimVerifier,
  lookups: { readonly dkim: Lookups; readonly arc: Lookups },
  isUsable: boolean,
): Promise<DkimOutcome["arc"]> {
  if (!isUsable) return "fail";
  const { status } = await arc(verifier.arc, { resolver: lookups.arc.resolve });
  if (status.result === "none" || status.result === "pass")
    return status.result;
  const message = verifier.arc.lastEntry?.messageSignature?.status.result;
  return lookups.arc.hasFailed || message === "temperror"
    ? "temperror"
    : "fail";
}
