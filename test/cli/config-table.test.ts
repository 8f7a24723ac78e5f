import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

import {
  formatConfigJson,
  formatConfigToml,
} from "../../src/cli/config-table.ts";
import { readConfig, readRulePaths } from "../../src/config.ts";

const folder = mkdtempSync(join(tmpdir(), "qsift-config-table-"));
const builtinRules = join(import.meta.dirname, "../../rules");
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;
function write(text: string): string {
  const file = join(folder, `${count++}.toml`);
  writeFileSync(file, text);
  return file;
}

const everything = `
queue = "/opt/qmail/bin/qmail-queue"
on_partial_reject = "queue"
[daemon]
trusted_users = ["#1000", "qmaild"]
socket = "/run/x/a.sock"
control_socket = "/run/x/b.sock"
socket_group = "nofiles"
max_messages = 3
max_bytes = 1000
max_waiting = 7
[limits]
depth = 5
[quarantine]
path = '/var/"held"'
[peer]
user_variable = "SMTP_USER"
[spam]
judges = []
[rules]
paths = []
[scanners.clamd]
address = ["tcp:[::1]:3310", "/run/c.sock"]
timeout_s = 1.5
spread = true
retries = 0
breaker_failures = 2
breaker_s = 1.5
concurrency = 3
[scanners.rspamd]
password_file = "/etc/qsift/rspamd"
virus_symbols = ["MY_VIRUS"]
[scanners.pyzor]
address = "udp:192.0.2.1:24441"
count_min = 7
report = true
[scanners.spamd]
enabled = false
on_failure = "quarantine"
[[policy]]
name = "users"
match = { relay_client = true, client = ["192.0.2.0/24"], sender = ["<>"] }
scanners = []
spam = {}
subject_tag = "[SPAM\\\\] "
on = { virus = "defer" }
[[policy]]
name = "rest"
spam = { tag = 4.5, quarantine = 8 }
`;

test.each([
  ["an empty file", ""],
  ["one with every key", everything],
])("what is shown of %s is read as the same configuration", async (_, text) => {
  const first = write(text);
  const config = await readConfig({ file: first, builtinRules });
  const shown = formatConfigToml(config, readRulePaths(first));
  const second = write(shown);
  expect(await readConfig({ file: second, builtinRules })).toEqual({
    ...config,
    file: second,
  });
  expect(readRulePaths(second)).toEqual(readRulePaths(first));
});

test("built-in defaults without a file are shown too", async () => {
  const config = await readConfig({ file: null, builtinRules });
  const file = write(formatConfigToml(config, readRulePaths(null)));
  expect(await readConfig({ file, builtinRules })).toEqual({ ...config, file });
});

test("JSON has the rules with their file's names", async () => {
  const rules = write(
    '[[rule]]\nname = "r"\nmatch = { part = { inside_archive = true, min_bytes = 3 } }\naction = "tag"\n',
  );
  const file = write(`[rules]\npaths = [${JSON.stringify(rules)}]\n`);
  const config = await readConfig({ file, builtinRules });
  const json: unknown = JSON.parse(
    formatConfigJson(config, readRulePaths(file)),
  );
  expect(json).toMatchObject({
    file,
    rules: { paths: [rules] },
    rule: [
      {
        name: "r",
        match: { part: { inside_archive: true, min_bytes: 3 } },
        action: "tag",
        folder: "policy",
      },
    ],
  });
});
