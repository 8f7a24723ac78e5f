import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "../src/config.ts";
import { commonKeys } from "../src/config-scanners.ts";
import { limitDeclarations } from "../src/limits.ts";
import { scanners } from "../src/scanners/index.ts";

const root = join(import.meta.dirname, "..");
const builtinRules = join(root, "rules");
const reference = readFileSync(join(root, "docs", "configuration.md"), "utf8");

test("the reference has every limit with its default", () => {
  for (const [limit, { value }] of Object.entries(limitDeclarations)) {
    const key = limit.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
    expect(reference).toMatch(
      new RegExp(`^\\| \`${key}\` +\\| ${value} +\\|`, "m"),
    );
  }
});

test("the reference has every key of every scanner", () => {
  for (const { name, options } of scanners)
    for (const key of Object.keys({ ...commonKeys, ...options }))
      expect(reference, `${name}.${key}`).toMatch(
        new RegExp(`^\\|[^|]*\`${key}\`[^|]*\\|`, "m"),
      );
});

test("every TOML example of the reference is valid", async () => {
  const folder = mkdtempSync(join(tmpdir(), "qsift-docs-"));
  try {
    const examples = [...reference.matchAll(/^```toml\n(.*?)^```/gms)];
    expect(examples.length).toBeGreaterThan(4);
    for (const [i, [, example = ""]] of examples.entries()) {
      const file = join(folder, `${i}.toml`);
      writeFileSync(file, example);
      if (example.startsWith("[[rule]]"))
        writeFileSync(
          join(folder, "rules.conf"),
          `rules.paths = ${JSON.stringify([file])}`,
        );
      // The only path in the examples that is read.
      else
        writeFileSync(
          join(folder, "rules.conf"),
          example.replace('"/etc/qsift/rules", ', ""),
        );
      await readConfig({ file: join(folder, "rules.conf"), builtinRules });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
