// Reads the policy rules of `[rules] paths`: *.toml files, in the order of the
// paths and, within a directory, of the names. Called by config.ts. (Not in
// policy/: it needs the configuration's own tools, which stand above.)

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { ConfigError } from "./config-error.ts";
import {
  addressPattern,
  folder,
  network,
  treatment,
  unlessEmpty,
  withoutUndefined,
} from "./config-schema.ts";
import {
  list,
  nonNegativeInteger,
  oneOf,
  plainName,
  stringThat,
  table,
  trueOrFalse,
} from "./schema.ts";
import { readSource, type ConfigSource } from "./config-source.ts";
import { compileRegex, loadRegexEngine } from "./regex.ts";
import type { PartMatch, Rule, RuleMatch } from "./policy/rule.ts";
import { findingKinds } from "./verdict.ts";

// An SMTP text has 255 bytes; the status code and the reference need some.
const maxTextCharacters = 180;

const glob = stringThat("a name with * and ?", (text) => text !== "");
const regex = stringThat("an RE2 expression", (text) => text !== "");
const addresses = v.optional(list(addressPattern));

const partMatch = table({
  filename: v.optional(list(glob)),
  regex: v.optional(regex),
  declared_type: v.optional(list(glob)),
  detected_type: v.optional(list(glob)),
  inside_archive: v.optional(trueOrFalse),
  min_bytes: v.optional(nonNegativeInteger),
  max_bytes: v.optional(nonNegativeInteger),
});

const ruleFile = table({
  rule: v.optional(
    list(
      table({
        name: plainName,
        match: table({
          policy: v.optional(list(v.string("expected a policy's name"))),
          part: v.optional(partMatch),
          header: v.optional(
            table({
              // RFC 5322 2.2: printable characters but the colon.
              name: stringThat("a header field's name", (name) =>
                /^[!-9;-~]{1,100}$/.test(name),
              ),
              regex,
            }),
          ),
          finding: v.optional(
            table({
              kind: v.optional(oneOf(findingKinds)),
              name: v.optional(glob),
            }),
          ),
          sender: addresses,
          recipient: addresses,
          client: v.optional(list(network)),
        }),
        action: treatment,
        folder: v.optional(folder),
        text: v.optional(
          stringThat(
            `printable ASCII of at most ${maxTextCharacters} characters`,
            (text) => /^[ -~]+$/.test(text) && text.length <= maxTextCharacters,
          ),
        ),
      }),
    ),
  ),
});

type RawMatch = NonNullable<
  v.InferOutput<typeof ruleFile>["rule"]
>[number]["match"];

/** Throws ConfigError. Rules' expressions are compiled when it returns. */
export async function readRules(
  paths: readonly string[],
  policies: readonly string[],
): Promise<readonly Rule[]> {
  const rules: Rule[] = [];
  const seen = new Map<string, string>();
  for (const file of paths.flatMap(ruleFiles)) {
    const source = readSource(file);
    const raw = source.read(ruleFile).rule ?? [];
    for (const [i, { name, match, action, folder, text }] of raw.entries()) {
      const first = seen.get(name);
      if (first !== undefined || name === "none")
        throw source.error(
          ["rule", i, "name"],
          `expected a name of its own, found "${name}"${first === undefined ? ", which says that no rule decided" : `, which is in ${first} already`}`,
        );
      seen.set(name, file);
      const rule: Rule = {
        name,
        match: toMatch(match),
        action,
        folder: folder ?? "policy",
        text: text ?? null,
      };
      if (Object.keys(rule.match).length === 0)
        throw source.error(
          ["rule", i, "match"],
          "expected at least one condition, found none: the rule would be for all mail",
        );
      checkPolicies(source, i, rule.match.policy ?? [], policies);
      await compileExpressions(source, i, rule.match);
      rules.push(rule);
    }
  }
  return rules;
}

/** A directory's *.toml files by name, or the file itself. Content rules (*.cf) are not policy. */
function ruleFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory())
      return path.endsWith(".toml") ? [path] : [];
    return readdirSync(path)
      .filter((name) => name.endsWith(".toml"))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw new ConfigError(
      { file: path, line: null, column: null, key: "rules.paths" },
      `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** A rule for a policy that isn't there would never hold, and nobody would notice. */
function checkPolicies(
  source: ConfigSource,
  index: number,
  names: readonly string[],
  policies: readonly string[],
): void {
  const known = oneOf(policies);
  for (const [at, name] of names.entries()) {
    const { issues } = v.safeParse(known, name);
    if (issues !== undefined)
      throw source.error(
        ["rule", index, "match", "policy", at],
        issues[0].message,
      );
  }
}

async function compileExpressions(
  source: ConfigSource,
  index: number,
  { part, header }: RuleMatch,
): Promise<void> {
  for (const [key, expression, ignoreCase] of [
    ["part", part?.regex, true],
    ["header", header?.regex, false],
  ] as const) {
    if (expression === undefined) continue;
    await loadRegexEngine();
    try {
      compileRegex(expression, ignoreCase);
    } catch (error) {
      throw source.error(
        ["rule", index, "match", key, "regex"],
        `expected an RE2 expression: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }
}

/** Only what asks something: an empty list or table is no condition. */
function toMatch(raw: RawMatch): RuleMatch {
  const part: PartMatch = withoutUndefined({
    filename: unlessEmpty(raw.part?.filename),
    regex: raw.part?.regex,
    declaredType: unlessEmpty(raw.part?.declared_type),
    detectedType: unlessEmpty(raw.part?.detected_type),
    insideArchive: raw.part?.inside_archive,
    minBytes: raw.part?.min_bytes,
    maxBytes: raw.part?.max_bytes,
  });
  const finding = withoutUndefined(raw.finding ?? {});
  return withoutUndefined({
    policy: unlessEmpty(raw.policy),
    part: Object.keys(part).length === 0 ? undefined : part,
    header: raw.header,
    finding: Object.keys(finding).length === 0 ? undefined : finding,
    sender: unlessEmpty(raw.sender),
    recipient: unlessEmpty(raw.recipient),
    client: unlessEmpty(raw.client),
  });
}
