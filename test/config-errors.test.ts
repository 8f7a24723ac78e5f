import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigError, readConfig, type Config } from "../src/config.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qsift-config-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const builtinRules = join(import.meta.dirname, "..", "rules");

function write(name: string, text: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const read = (text: string): Promise<Config> =>
  readConfig({ file: write("qsift.toml", text), builtinRules });

/** The error's message after the file's name. */
async function complaint(text: string): Promise<string> {
  const error: unknown = await read(text).then(
    () => "no error",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw new Error(String(error));
  return error.message.replace(join(folder, "qsift.toml"), "F");
}

test.each([
  ["a syntax error", "a = \n", /^F:1:\d+: not TOML: /],
  [
    "an unknown key with the nearest one",
    '\n[[policy]]\nname = "a"\n[policy.spam]\nrejekt = 5\n',
    'F:5:1: policy[0].spam.rejekt: unknown key; did you mean "reject"?',
  ],
  [
    "a misspelt key before the one that is missing for it",
    '[[policy]]\nnam = "a"\n',
    'F:2:1: policy[0].nam: unknown key; did you mean "name"?',
  ],
  ["an unknown table", "[greylist]\n", "F:1:1: greylist: unknown key"],
  [
    "a key of a later release",
    "[daemon]\nworkers = 4\n",
    "F:2:1: daemon.workers: unknown key",
  ],
  [
    "a missing name",
    "[[policy]]\nscanners = []\n",
    "F:1:1: policy[0].name: expected a value, found nothing: this key must be given",
  ],
  [
    "a wrong type",
    "queue = 5",
    "F:1:1: queue: expected an absolute path, found 5",
  ],
  [
    "a table where a value belongs",
    "[queue]\n",
    "F:1:1: queue: expected an absolute path, found a table",
  ],
  [
    "a value where a table belongs",
    "limits = 5\n",
    "F:1:1: limits: expected a table, found 5",
  ],
  [
    "a relative path",
    'quarantine.path = "held"',
    'F:1:1: quarantine.path: expected an absolute path, found "held"',
  ],
  [
    "an unknown choice",
    'on_partial_reject = "hodl"',
    'F:1:1: on_partial_reject: expected "hold", "queue" or "reject", found "hodl"; did you mean "hold"?',
  ],
  [
    "a password that nobody can type",
    '[expansion]\npasswords = ["a\\tb"]',
    'F:2:14: expansion.passwords[0]: expected a password of 1 to 100 characters without control characters, found "a\\tb"',
  ],
  [
    "a limit of nought",
    "[limits]\nparts = 0",
    "F:2:1: limits.parts: expected a whole number above 0, found 0",
  ],
  [
    "a limit with a fraction",
    "[limits]\ndepth = 1.5",
    "F:2:1: limits.depth: expected a whole number above 0, found 1.5",
  ],
  [
    "an unknown limit",
    "[limits]\nmessage_byte = 1",
    'F:2:1: limits.message_byte: unknown key; did you mean "message_bytes"?',
  ],
  [
    "an endless time-out",
    "[scanners.clamd]\ntimeout_s = inf",
    "F:2:1: scanners.clamd.timeout_s: expected a number of seconds above 0, at most 86400, found Infinity",
  ],
  [
    "a score that is no number",
    '[[policy]]\nname = "a"\nspam = { tag = nan }',
    "F:3:10: policy[0].spam.tag: expected a score, found NaN",
  ],
  [
    "an unknown scanner",
    "[scanners.clam]\n",
    'F:1:1: scanners.clam: unknown key; did you mean "clamd"?',
  ],
  [
    "an unknown scanner in a policy",
    '[[policy]]\nname = "a"\nscanners = ["clamd",\n "spmad"]',
    /^F:4:2: policy\[0\]\.scanners\[1\]: expected .*, found "spmad"; did you mean "spamd"\?$/,
  ],
  [
    "an unknown judge",
    'spam.judges = ["spam"]',
    'F:1:16: spam.judges[0]: expected "spamd", "rules" or "rspamd", found "spam"; did you mean "spamd"?',
  ],
  [
    "a bad port",
    '[scanners.clamd]\naddress = ["tcp:localhost:99999"]',
    'F:2:12: scanners.clamd.address[0]: expected tcp:host:port with a port from 1 to 65535, found "tcp:localhost:99999"',
  ],
  [
    "a bad address that is no list",
    '[scanners.clamd]\naddress = "localhost"',
    'F:2:1: scanners.clamd.address: expected unix:/path, tcp:host:port or udp:host:port, found "localhost"',
  ],
  [
    "a datagram address where there is a connection",
    '[scanners.clamd]\naddress = "udp:127.0.0.1:3310"',
    'F:2:1: scanners.clamd.address: expected unix:/path or tcp:host:port, found "udp:127.0.0.1:3310"',
  ],
  [
    "a connection's address where there are datagrams",
    '[scanners.pyzor]\naddress = "tcp:127.0.0.1:24441"',
    'F:2:1: scanners.pyzor.address: expected udp:host:port, found "tcp:127.0.0.1:24441"',
  ],
  [
    "no address at all",
    "[scanners.clamd]\naddress = []",
    "F:2:1: scanners.clamd.address: expected at least one address, found none",
  ],
  [
    "another host for a scanner that is used where it runs",
    '[scanners.clamd]\nenabled = "auto"\naddress = "tcp:192.0.2.1:3310"',
    'F:3:1: scanners.clamd.address: expected a unix socket or a loopback address with enabled = "auto", found another host',
  ],
  [
    "an address of a scanner that has none",
    '[scanners.builtin]\naddress = "/a"',
    "F:2:1: scanners.builtin.address: unknown key: this scanner has no address",
  ],
  [
    "a bad switch",
    '[scanners.clamd]\nenabled = "yes"',
    'F:2:1: scanners.clamd.enabled: expected true, false or "auto", found "yes"',
  ],
  [
    "a bad network",
    '[[policy]]\nname = "a"\nmatch = { client = ["192.0.2.0/33"] }',
    'F:3:21: policy[0].match.client[0]: expected an IPv4 or IPv6 network such as 192.0.2.0/24, found "192.0.2.0/33"',
  ],
  [
    "an address pattern with a glob",
    '[[policy]]\nname = "a"\nmatch = { sender = ["*@example.org"] }',
    /^F:3:21: policy\[0\]\.match\.sender\[0\]: expected an address/,
  ],
  [
    "a policy's name with a slash",
    '[[policy]]\nname = "a/b"',
    /^F:2:1: policy\[0\]\.name: expected a name of at most 64 letters/,
  ],
  [
    "two policies of one name",
    '[[policy]]\nname = "a"\nmatch.relay_client = true\n[[policy]]\nname = "a"',
    'F:5:1: policy[1].name: expected a name of its own, found "a", which is policy[0]\'s',
  ],
  [
    "a last policy with a match",
    '[[policy]]\nname = "a"\nmatch = { relay_client = true }',
    "F:3:1: policy[0].match: expected no match in the last policy, which is for everybody that no other is for",
  ],
  [
    "an earlier policy without one",
    '[[policy]]\nname = "a"\nmatch = { sender = [] }\n[[policy]]\nname = "b"',
    /^F:1:1: policy\[0\]: expected a match/,
  ],
  [
    "bands out of order",
    '[[policy]]\nname = "a"\n[policy.spam]\ntag = 8\nreject = 5',
    "F:5:1: policy[0].spam.reject: expected at least tag = 8, found 5",
  ],
  [
    "a tag that would break the field",
    '[[policy]]\nname = "a"\nsubject_tag = "a\\nb"',
    /^F:3:1: policy\[0\]\.subject_tag: expected a text/,
  ],
  [
    "an unknown kind of finding",
    '[[policy]]\nname = "a"\non = { virsu = "tag" }',
    'F:3:8: policy[0].on.virsu: unknown key; did you mean "virus"?',
  ],
  [
    "a treatment that there is not",
    '[[policy]]\nname = "a"\non = { virus = "discard" }',
    /^F:3:8: policy\[0\]\.on\.virus: expected .*, found "discard"$/,
  ],
  [
    "a bad variable",
    '[peer]\nuser_variable = "A B"',
    /^F:2:1: peer\.user_variable: expected the name of an environment variable/,
  ],
  [
    "a bad user",
    '[daemon]\ntrusted_users = ["a b"]',
    'F:2:18: daemon.trusted_users[0]: expected a login name or #uid, found "a b"',
  ],
  [
    "a key that tampers with prototypes",
    "__proto__.x = 1",
    /^F:1:\d+: not TOML/,
  ],
])("%s is found, with its place", async (_title, text, expected) => {
  const found = await complaint(text);
  if (typeof expected === "string") expect(found).toBe(expected);
  else expect(found).toMatch(expected);
});

test("the error has file, line, column and key for whoever branches on them", async () => {
  await expect(read("\n[limits]\n  part = 1")).rejects.toMatchObject({
    name: "ConfigError",
    file: join(folder, "qsift.toml"),
    line: 3,
    column: 3,
    key: "limits.part",
  });
});

test("a file that cannot be read or is not UTF-8 is an error", async () => {
  const file = join(folder, "none.toml");
  await expect(readConfig({ file, builtinRules })).rejects.toThrow(
    `${file}: cannot be read: ENOENT`,
  );
  const latin = write("latin.toml", Buffer.from('queue = "/\xE4"', "latin1"));
  await expect(readConfig({ file: latin, builtinRules })).rejects.toThrow(
    `${latin}: expected UTF-8 text, found other bytes`,
  );
});
