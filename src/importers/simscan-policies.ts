// simcontrol's lines as policies, and the attachments of each as a rule for its
// policy. Called by simscan.ts.
//
// simscan looks up the sender, then each recipient, an address before its
// domain; the last line found counted for the whole message. So a line is two
// policies, for recipients and, behind all of these, for the sender; and each
// recipient has its own. Who is in no line is not scanned at all.

import { findingKinds } from "../verdict.ts";
import { quoteLine, type TomlTable, type TomlValue } from "./format-toml.ts";
import type { NameMaker } from "./names.ts";
import { quoteRegex } from "./perl-pattern.ts";
import type { SimcontrolRule } from "./simcontrol.ts";
import type { SimscanBuild } from "./simscan-options.ts";

export interface SimscanTables {
  readonly policies: readonly TomlTable[];
  readonly rules: readonly TomlTable[];
}

/** What is looked for, and what follows. */
export interface SimscanTreatment {
  readonly clam: boolean;
  readonly spam: boolean;
  readonly spamHits: number | null;
  readonly passthru: boolean;
  readonly drops: boolean;
}

export function convertRules(
  source: string,
  rules: readonly SimcontrolRule[],
  build: SimscanBuild,
  required: number,
  names: { readonly policies: NameMaker; readonly rules: NameMaker },
): SimscanTables {
  const policies: TomlTable[] = [];
  const policyNames = new Map<SimcontrolRule, string[]>();
  const addresses = rules.filter(({ who }) => /^[^@]/.test(who));
  const domains = rules.filter(({ who }) => who.startsWith("@"));
  for (const side of ["recipient", "sender"] as const)
    for (const rule of [...addresses, ...domains]) {
      const name = names.policies.make(
        side === "sender" ? "from" : "to",
        rule.who,
      );
      policyNames.set(rule, [...(policyNames.get(rule) ?? []), name]);
      policies.push({
        header: "[[policy]]",
        comments: [quoteLine(source, rule.line, rule.text)],
        entries: [
          ["name", name],
          ["match", { [side]: [rule.who] }],
          ...treatmentEntries(treatmentOf(rule, build), required),
        ],
      });
    }
  const last = rules.find(({ who }) => who === "");
  const lastName = names.policies.make("default", "");
  if (last !== undefined) policyNames.set(last, [lastName]);
  policies.push({
    header: "[[policy]]",
    comments: [
      last === undefined
        ? "simscan did not scan mail for which it had no line."
        : quoteLine(source, last.line, last.text),
    ],
    entries: [
      ["name", lastName],
      ...treatmentEntries(
        last === undefined ? nothing : treatmentOf(last, build),
        required,
      ),
    ],
  });
  return {
    policies,
    rules: rules
      .filter(({ attach }) => attach.length > 0)
      .flatMap((rule) =>
        attachmentRules(
          quoteLine(source, rule.line, rule.text),
          `simscan-${rule.line}`,
          rule.attach,
          policyNames.get(rule) ?? [],
          build.drops,
          names.rules,
        ),
      ),
  };
}

const nothing: SimscanTreatment = {
  clam: false,
  spam: false,
  spamHits: null,
  passthru: false,
  drops: false,
};

function treatmentOf(
  rule: SimcontrolRule,
  build: SimscanBuild,
): SimscanTreatment {
  return {
    clam: rule.clam,
    spam: rule.spam,
    spamHits: rule.spamHits ?? build.spamHits,
    passthru: rule.passthru ?? build.passthru,
    drops: build.drops,
  };
}

/** `builtin` stands beside clamd, which would find its test string too. */
export function treatmentEntries(
  treatment: SimscanTreatment,
  required: number,
): (readonly [string, TomlValue])[] {
  const { clam, spam, drops } = treatment;
  const entries: (readonly [string, TomlValue])[] = [
    [
      "scanners",
      [...(clam ? ["builtin", "clamd"] : []), ...(spam ? ["spamd"] : [])],
    ],
    ["spam", spam ? bands(treatment, required) : {}],
  ];
  if (!clam && !spam)
    entries.push(
      ["on", nothingHappens],
      // The one finding that has a default of its own.
      ["on_finding", { "password-in-message": "queue" }],
    );
  else if (drops) entries.push(["on", { virus: "quarantine" }]);
  return entries;
}

/** Who is not scanned gets all mail, whatever was noticed when it was opened. */
const nothingHappens: TomlValue = Object.fromEntries(
  findingKinds.map((kind) => [kind, "queue"]),
);

/** A number of hits switches passing spam on off (README, "--enable-spam-hits"). */
function bands(
  { spamHits, passthru, drops }: SimscanTreatment,
  required: number,
): Record<string, number> {
  if (spamHits === null && passthru) return { tag: required };
  const limit = spamHits ?? required;
  return {
    tag: Math.min(required, limit),
    [drops ? "quarantine" : "reject"]: limit,
  };
}

/** `policies` null: for everybody. */
export function attachmentRules(
  comment: string,
  prefix: string,
  endings: readonly string[],
  policies: readonly string[] | null,
  drops: boolean,
  names: NameMaker,
): TomlTable[] {
  // simscan compares characters; in our globs two of them mean something.
  const globs = endings.filter((ending) => !/[*?]/.test(ending));
  const literals = endings.filter((ending) => /[*?]/.test(ending));
  const parts: TomlValue[] = [
    ...(globs.length === 0
      ? []
      : [{ filename: globs.map((ending) => `*${ending}`) }]),
    ...literals.map((ending) => ({ regex: `${quoteRegex(ending)}$` })),
  ];
  return parts.map((part) => ({
    header: "[[rule]]",
    comments: [comment],
    entries: [
      ["name", names.make(prefix, "attachment")],
      ["match", policies === null ? { part } : { policy: policies, part }],
      ["action", drops ? "quarantine" : "reject"],
      ["text", "attachment type not accepted"],
    ],
  }));
}
