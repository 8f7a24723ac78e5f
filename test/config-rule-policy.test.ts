import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

import { readConfig } from "../src/config.ts";
import type { Rule } from "../src/policy/rule.ts";

async function rulesWith(match: string): Promise<readonly Rule[]> {
  const folder = mkdtempSync(join(tmpdir(), "qsift-rule-policy-"));
  try {
    const file = join(folder, "qsift.conf");
    const rules = join(folder, "a.toml");
    writeFileSync(
      file,
      `rules.paths = [${JSON.stringify(rules)}]\n[[policy]]\nname = "users"\nmatch = { relay_client = true }\n[[policy]]\nname = "default"\n`,
    );
    writeFileSync(
      rules,
      `[[rule]]\nname = "r"\naction = "reject"\nmatch = ${match}\n`,
    );
    return (await readConfig({ file, builtinRules: "/nowhere" })).rules;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a rule may name policies and an exact size", async () => {
  expect(
    await rulesWith(
      '{ policy = ["users", "default"], part = { min_bytes = 5, max_bytes = 5 } }',
    ),
  ).toMatchObject([
    {
      match: {
        policy: ["users", "default"],
        part: { minBytes: 5, maxBytes: 5 },
      },
    },
  ]);
});

test("a rule for a policy that is not there is an error that names the nearest", async () => {
  await expect(rulesWith('{ policy = ["usres"] }')).rejects.toThrow(
    'rule[0].match.policy[0]: expected "users" or "default", found "usres"; did you mean "users"?',
  );
});
