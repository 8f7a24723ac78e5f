// The [[policy]] tables of the configuration. Called by config.ts.

import * as v from "valibot";
import {
  addressPattern,
  network,
  treatment,
  unlessEmpty,
  withoutUndefined,
} from "./config-schema.ts";
import {
  list,
  oneOf,
  plainName,
  score,
  stringThat,
  table,
  trueOrFalse,
} from "./schema.ts";
import type { ConfigSource } from "./config-source.ts";
import {
  defaultOn,
  defaultOnFinding,
  defaultPolicy,
} from "./policy/default-policy.ts";
import type { PeerMatch, Policy, SpamBands } from "./policy/policy.ts";
import type { Scanner } from "./scanners/scanner.ts";
import { findingKinds, type FindingKind } from "./verdict.ts";

const maxTagCharacters = 64;

const addresses = v.optional(list(addressPattern));
const optionalTreatment = v.optional(treatment);

const policyTable = table({
  name: plainName,
  match: v.optional(
    table({
      relay_client: v.optional(trueOrFalse),
      authenticated: v.optional(trueOrFalse),
      client: v.optional(list(network)),
      sender: addresses,
      recipient: addresses,
    }),
  ),
  scanners: v.optional(list(v.string("expected a scanner's name"))),
  stop_early: v.optional(trueOrFalse),
  spam: v.optional(
    table({
      tag: v.optional(score),
      quarantine: v.optional(score),
      reject: v.optional(score),
    }),
  ),
  subject_tag: v.optional(
    stringThat(
      `a text of at most ${maxTagCharacters} characters without control characters`,
      (text) =>
        !/[\x00-\x1F\x7F-\x9F\u2028\u2029]/.test(text) &&
        text.length <= maxTagCharacters,
    ),
  ),
  on: v.optional(
    table(
      Object.fromEntries(
        findingKinds.map((kind) => [kind, optionalTreatment]),
      ) as Record<FindingKind, typeof optionalTreatment>,
    ),
  ),
  on_finding: v.optional(
    v.record(
      stringThat("the name of a finding", (name) =>
        /^[!-~]{1,200}$/.test(name),
      ),
      treatment,
      "expected a table",
    ),
  ),
});

export const policyTables = v.optional(list(policyTable));

type RawPolicy = v.InferOutput<typeof policyTable>;

/** Throws ConfigError where the policies do not fit together. */
export function toPolicies(
  source: ConfigSource,
  raw: readonly RawPolicy[] | undefined,
  scanners: readonly Scanner[],
): readonly Policy[] {
  if (raw === undefined || raw.length === 0) return [defaultPolicy];
  return raw.map((policy, i) => {
    const first = raw.findIndex(({ name }) => name === policy.name);
    if (first !== i)
      throw source.error(
        ["policy", i, "name"],
        `expected a name of its own, found "${policy.name}", which is policy[${first}]'s`,
      );
    const match = toMatch(policy.match);
    if (i < raw.length - 1 && match === null)
      throw source.error(
        ["policy", i],
        "expected a match with at least one condition, found none: the policies after this one would never be used",
      );
    if (i === raw.length - 1 && match !== null)
      throw source.error(
        ["policy", i, "match"],
        "expected no match in the last policy, which is for everybody that no other is for",
      );
    checkScanners(source, i, policy.scanners ?? [], scanners);
    return {
      name: policy.name,
      match,
      scanners: policy.scanners ?? null,
      stopEarly: policy.stop_early ?? defaultPolicy.stopEarly,
      spam: toBands(source, i, policy.spam),
      subjectTag: policy.subject_tag ?? null,
      on: { ...defaultOn, ...withoutUndefined(policy.on ?? {}) },
      onFinding: { ...defaultOnFinding, ...policy.on_finding },
    };
  });
}

/** Their names are known only when [commands] has been read. */
function checkScanners(
  source: ConfigSource,
  index: number,
  names: readonly string[],
  scanners: readonly Scanner[],
): void {
  const known = oneOf(scanners.map(({ name }) => name));
  for (const [at, name] of names.entries()) {
    const { issues } = v.safeParse(known, name);
    if (issues !== undefined)
      throw source.error(["policy", index, "scanners", at], issues[0].message);
  }
}

/** Null where nothing is asked. */
function toMatch(raw: RawPolicy["match"]): PeerMatch | null {
  const match: PeerMatch = withoutUndefined({
    relayClient: raw?.relay_client,
    authenticated: raw?.authenticated,
    client: unlessEmpty(raw?.client),
    sender: unlessEmpty(raw?.sender),
    recipient: unlessEmpty(raw?.recipient),
  });
  return Object.keys(match).length === 0 ? null : match;
}

/** A table of bands is taken as it stands: whoever wrote only `tag` does not want mail refused. */
function toBands(
  source: ConfigSource,
  index: number,
  raw: RawPolicy["spam"],
): SpamBands {
  if (raw === undefined) return defaultPolicy.spam;
  const { tag = null, quarantine = null, reject = null } = raw;
  for (const [weaker, low, stronger, high] of [
    ["tag", tag, "quarantine", quarantine],
    ["tag", tag, "reject", reject],
    ["quarantine", quarantine, "reject", reject],
  ] as const)
    if (low !== null && high !== null && low > high)
      throw source.error(
        ["policy", index, "spam", stronger],
        `expected at least ${weaker} = ${low}, found ${high}`,
      );
  return { tag, quarantine, reject };
}
