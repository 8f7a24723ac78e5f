// The documentation against what it describes.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

import { extractors } from "../src/extractors/index.ts";
import { mimeRemarks } from "../src/mime/remarks.ts";
import { exitCodes } from "../src/qmail/exit-codes.ts";
import { scanners } from "../src/scanners/index.ts";

const root = join(import.meta.dirname, "..");
const read = (name: string): string => readFileSync(join(root, name), "utf8");
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
];

describe("the documentation", () => {
  test.each(pages)("%s links only to files that are there", (page) => {
    for (const [, target = ""] of read(page).matchAll(
      /\]\((?!https?:)([^)#]+)/g,
    ))
      expect(existsSync(join(root, dirname(page), target)), target).toBe(true);
  });
  test("names every ambiguity with its meaning", () => {
    const page = read("docs/extractors.md").replace(/\s+/g, " ");
    for (const [name, meaning] of Object.entries(mimeRemarks)) {
      expect(page).toContain(`\`${name}\``);
      expect(page).toContain(meaning);
    }
  });
  test("names every scanner and every exit code", () => {
    for (const { name } of scanners)
      expect(read("docs/scanners.md")).toContain(`## ${name}`);
    for (const code of Object.values(exitCodes))
      expect(read("docs/contract.md")).toMatch(
        new RegExp(`^\\| ${code} +\\|`, "m"),
      );
  });
  test("every extractor's format is named in the table", () => {
    // First cells, in words: "7z, rar 1.5-5, cab" names 7z, rar and cab.
    const words = new Set(
      read("docs/extractors.md")
        .split("\n")
        .filter((line) => line.startsWith("| "))
        .flatMap((line) =>
          (line.split("|")[1] ?? "").toLowerCase().split(/[^a-z0-9-]+/),
        ),
    );
    const missing = extractors
      .map(({ format }) => format)
      .filter((format) => !words.has(format === "ole" ? "ole2" : format));
    expect([...new Set(missing)]).toEqual([]);
  });
});
