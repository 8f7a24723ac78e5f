import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigError } from "../src/config-error.ts";
import { readConfig } from "../src/config.ts";
import { decide } from "../src/policy/decide.ts";
import { exampleMail, exampleMessage } from "./policy/example.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qsift-rules-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const builtinRules = join(import.meta.dirname, "..", "rules");

async function readRules(files: Record<string, string>, paths = [folder]) {
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, name), text);
  const file = join(folder, "qsift.conf");
  writeFileSync(file, `rules.paths = ${JSON.stringify(paths)}`);
  return (await readConfig({ file, builtinRules })).rules;
}

const complaint = async (text: string): Promise<string> => {
  const error: unknown = await readRules({ "a.toml": text }).then(
    () => "no error",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw new Error(String(error));
  return error.message.replace(join(folder, "a.toml"), "F");
};

const rule = (name: string, more = 'match.sender = ["a.test"]') =>
  `[[rule]]\nname = "${name}"\naction = "reject"\n${more}\n`;

test("a rule has all that its file says", async () => {
  const text = `
[[rule]]
name = "everything"
match = { part = { filename = ["*.exe"], regex = "^a", declared_type = [], detected_type = ["application/x-dosexec"], inside_archive = true, min_bytes = 0 }, header = { name = "Subject", regex = "(?i)win" }, finding = { kind = "macro", name = "*" }, sender = [], recipient = ["example.test"], client = ["::1"] }
action = "quarantine"
folder = "macro"
text = "not here"
`;
  expect(await readRules({ "a.toml": text })).toEqual([
    {
      name: "everything",
      match: {
        part: {
          filename: ["*.exe"],
          regex: "^a",
          detectedType: ["application/x-dosexec"],
          insideArchive: true,
          minBytes: 0,
        },
        header: { name: "Subject", regex: "(?i)win" },
        finding: { kind: "macro", name: "*" },
        recipient: ["example.test"],
        client: ["::1"],
      },
      action: "quarantine",
      folder: "macro",
      text: "not here",
    },
  ]);
});

test("files are read in the order of the paths, and of names within a folder", async () => {
  mkdirSync(join(folder, "more"));
  writeFileSync(join(folder, "more", "z.toml"), rule("z"));
  const files = {
    "b.toml": rule("b1") + rule("b2"),
    "a.toml": rule("a"),
    "scores.cf": "score X 1",
    "notes.txt": "not TOML",
  };
  const names = (await readRules(files, [join(folder, "more"), folder])).map(
    ({ name }) => name,
  );
  expect(names).toEqual(["z", "a", "b1", "b2"]);
});

test("a single file can be named, and content rules are left to others", async () => {
  const files = { "a.toml": rule("a"), "b.cf": "score X 1" };
  const paths = [join(folder, "b.cf"), join(folder, "a.toml"), "builtin"];
  const rules = await readRules(files, paths);
  expect(rules.slice(0, 2).map(({ name }) => name)).toEqual([
    "a",
    "executable-name",
  ]);
});

test("a path that is not there is an error", async () => {
  await expect(readRules({}, [join(folder, "none")])).rejects.toThrow(
    /none: rules\.paths: cannot be read: ENOENT/,
  );
});

test.each([
  [
    "a condition that there is not",
    rule("a", 'match.part.filname = ["*"]'),
    'F:4:1: rule[0].match.part.filname: unknown key; did you mean "filename"?',
  ],
  [
    "no condition at all",
    rule("a", "match = { sender = [], part = {} }"),
    "F:4:1: rule[0].match: expected at least one condition, found none: the rule would be for all mail",
  ],
  [
    "an expression that is no RE2",
    rule("a", 'match.part.regex = "(a"'),
    /^F:4:1: rule\[0\]\.match\.part\.regex: expected an RE2 expression: /,
  ],
  [
    "an expression that RE2 cannot have, in a second rule",
    rule("a") + rule("b", 'match.header = { name = "X", regex = "(a)\\\\1" }'),
    /^F:8:30: rule\[1\]\.match\.header\.regex: expected an RE2 expression: /,
  ],
  [
    "a name that was used",
    rule("a") + rule("a"),
    /^F:6:1: rule\[1\]\.name: expected a name of its own, found "a", which is in .* already$/,
  ],
  [
    "a name with a meaning",
    rule("none"),
    /^F:2:1: rule\[0\]\.name: expected a name of its own, found "none"/,
  ],
  [
    "a text that an SMTP reply cannot hold",
    rule("a", 'match.sender = ["a"]\ntext = "a\\r\\n250 ok"'),
    /^F:5:1: rule\[0\]\.text: expected printable ASCII/,
  ],
  [
    "the folder of failed deliveries",
    rule("a", 'match.sender = ["a"]\nfolder = "undelivered"'),
    /^F:5:1: rule\[0\]\.folder: expected "virus", .* found "undelivered"$/,
  ],
  [
    "a bad header name",
    rule("a", 'match.header = { name = "Sub ject", regex = "a" }'),
    /^F:4:18: rule\[0\]\.match\.header\.name: expected a header field's name/,
  ],
])("%s is found, with its place", async (_title, text, expected) => {
  const found = await complaint(text);
  if (typeof expected === "string") expect(found).toBe(expected);
  else expect(found).toMatch(expected);
});

test.each([
  ["setup.exe", "text/plain", "executable-name"],
  ["Invoice.PDF.ScR", "text/plain", "executable-name"],
  ["update.js ", "text/plain", "executable-name"],
  [
    "list.{00020810-0000-0000-C000-000000000046}",
    "text/plain",
    "class-id-name",
  ],
  ["report.pdf", "application/x-dosexec", "executable-content"],
  ["report.zip", "application/zip", "none"],
  ["letter.docm", "application/zip", "none"],
  ["exe", "text/plain", "none"],
  ["report.exe.txt", "text/plain", "none"],
])(
  "of the built-in rules, %j detected as %s meets %s",
  async (filename, detectedType, expected) => {
    const config = await readConfig({ file: null, builtinRules });
    const decisions = decide(
      exampleMail(),
      exampleMessage({ parts: [{ filename, detectedType }] }),
      [],
      { ...config, scanners: {} },
    );
    expect(decisions).toMatchObject([
      {
        rule: `default/${expected}`,
        action: expected === "none" ? "queue" : "reject",
        text: expected === "none" ? null : "attachment type not accepted",
      },
    ]);
  },
);
