import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { readConfig } from "../../src/config.ts";
import { qsift } from "./fake-process.ts";

let folder = "";
const at = (name: string): string => join(folder, name);
const put = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qsift-import-cli-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const events = ".pif\tSIZE=-1\tno PIF here\n";

test.each([
  ["import"],
  ["import", "qmail-scanner"],
  ["import", "simscan"],
  ["import", "tcprules"],
])("qsift %s %s --help has examples", async (...command) => {
  const ran = await qsift([...command, "--help"]);
  expect(ran).toMatchObject({ exitCode: 0, err: "" });
  expect(ran.out).toContain(`Examples:\n  qsift import`);
});

test("both files go to standard output, under their names", async () => {
  const ran = await qsift(["import", "qmail-scanner", "-"], { stdin: events });
  expect(ran).toMatchObject({ exitCode: 0, err: "" });
  expect(ran.out).toMatch(/^# ---- \/etc\/qsift\/qsift\.toml\n/);
  expect(ran.out).toContain('paths = ["/etc/qsift/qsift.rules.toml"]');
  expect(ran.out).toMatch(
    /\n# ---- \/etc\/qsift\/qsift\.rules\.toml\n[^]*\*\.pif/,
  );
});

test("--output writes a configuration that works where it stands", async () => {
  const ran = await qsift([
    "import",
    "qmail-scanner",
    put("events", events),
    "--output",
    at("new.toml"),
  ]);
  expect(ran).toMatchObject({ exitCode: 0, out: "", err: "" });
  const config = await readConfig({
    file: at("new.toml"),
    builtinRules: "/nowhere",
  });
  expect(config.rules.map(({ name }) => name)).toEqual(["qms-1-pif"]);
  expect(readdirSync(folder).sort()).toEqual([
    "events",
    "new.rules.toml",
    "new.toml",
  ]);
});

test.each(["new.toml", "new.rules.toml"])(
  "nothing is written where %s is there already",
  async (name) => {
    put(name, "old");
    const ran = await qsift([
      "import",
      "qmail-scanner",
      put("events", events),
      "--output",
      at("new.toml"),
    ]);
    expect(ran.exitCode).toBe(1);
    expect(ran.err).toContain(`${at(name)} exists already`);
    expect(readdirSync(folder).sort()).toEqual(["events", name].sort());
    expect(readFileSync(at(name), "utf8")).toBe("old");
  },
);

test("what was not translated is on standard error with its line, and exit code 1", async () => {
  const file = put("events", `${events}nothing\x1b[2J\n`);
  const ran = await qsift(["import", "qmail-scanner", file]);
  expect(ran.exitCode).toBe(1);
  expect(ran.err).toBe(
    `${file}:2: not translated: expected three fields with tabulators between them, as qmail-scanner does: nothing\\x1B[2J\n`,
  );
  expect(ran.out).toContain("*.pif");
});

test("a difference alone is exit code 0", async () => {
  const ran = await qsift(["import", "qmail-scanner", "--configure", "-"], {
    stdin: "./configure --sa-delete 4.2\n",
  });
  expect(ran.exitCode).toBe(0);
  expect(ran.err).toContain("-:1: not quite the same: ");
  expect(ran.out).toContain("quarantine = 9.2");
});

test("--required is added to", async () => {
  const ran = await qsift(
    ["import", "qmail-scanner", "--configure", "-", "--required", "6.5"],
    { stdin: "./configure --sa-quarantine 2.1\n" },
  );
  expect(ran.out).toContain("spam = { tag = 6.5, quarantine = 8.6 }");
});

test("simscan reads simcontrol, ssattach and options", async () => {
  const ran = await qsift([
    "import",
    "simscan",
    "--ssattach",
    put("ssattach", ".exe:.scr\n"),
    "--configure",
    put("config.log", "  $ ./configure --enable-spam --enable-spam-hits=9\n"),
  ]);
  expect(ran).toMatchObject({ exitCode: 0, err: "" });
  expect(ran.out).toContain('filename = ["*.exe", "*.scr"]');
  expect(ran.out).toContain("reject = 9");
  const control = await qsift(["import", "simscan", "-"], {
    stdin: ":clam=yes\n",
  });
  expect(control.out).toContain('scanners = ["builtin", "clamd"]');
});

const rules = ':allow,QMAILQUEUE="/var/qmail/bin/simscan"\n';

test("tcprules prints the changed file and what each line needs", async () => {
  const ran = await qsift(["import", "tcprules", "-"], { stdin: rules });
  expect(ran.exitCode).toBe(0);
  expect(ran.out).toBe(
    ':allow,QMAILQUEUE="/var/qmail/bin/qmail-scanner-queue"\n',
  );
  expect(ran.err).toMatch(/^-:1: note: QMAILQUEUE becomes/);
});

test("tcprules writes the changed file", async () => {
  const ran = await qsift([
    "import",
    "tcprules",
    put("tcp.smtp", rules),
    "--door",
    "/opt/door",
    "--output",
    at("tcp.new"),
  ]);
  expect(ran).toMatchObject({ exitCode: 0, out: "" });
  expect(readFileSync(at("tcp.new"), "utf8")).toBe(
    ':allow,QMAILQUEUE="/opt/door"\n',
  );
});

test("--json is one object with the files and the notes", async () => {
  const ran = await qsift(["import", "qmail-scanner", "-", "--json"], {
    stdin: `${events}nothing\n`,
  });
  expect(ran).toMatchObject({ exitCode: 1, err: "" });
  expect(JSON.parse(ran.out)).toMatchObject({
    from: "qmail-scanner",
    complete: false,
    notes: [{ source: "-", line: 2, kind: "untranslated", text: "nothing" }],
    rules: expect.stringContaining("*.pif") as unknown,
  });
  const tcp = await qsift(["import", "tcprules", "-", "--json"], {
    stdin: rules,
  });
  expect(JSON.parse(tcp.out)).toMatchObject({
    complete: true,
    tcprules: ':allow,QMAILQUEUE="/var/qmail/bin/qmail-scanner-queue"\n',
  });
});

test.each([
  [["import"]],
  [["import", "qmail-scanner"]],
  [["import", "simscan"]],
  [["import", "tcprules"]],
  [["import", "qmail-scanner", "-", "--required", "NaN"]],
  [["import", "tcprules", "-", "--door", "relative"]],
  [["import", "tcprules", "-", "--door", '/a"b']],
])("wrong usage %j is exit code 2", async (argv) => {
  const ran = await qsift(argv);
  expect(ran.exitCode).toBe(2);
  expect(ran.out).toBe("");
  expect(ran.err).not.toBe("");
});

test("a file that is not there, or is too large, is exit code 1", async () => {
  const missing = await qsift(["import", "tcprules", at("none")]);
  expect(missing.exitCode).toBe(1);
  expect(missing.err).toContain("no such file");
  const large = await qsift(["import", "tcprules", "-"], {
    stdin: Buffer.alloc(1_048_577),
  });
  expect(large.exitCode).toBe(1);
  expect(large.err).toContain("larger than 1048576 bytes\n");
});
