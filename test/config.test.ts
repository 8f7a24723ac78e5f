import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configPath, readConfig, type Config } from "../src/config.ts";
import { defaultLimits } from "../src/limits.ts";
import { defaultPolicy } from "../src/policy/default-policy.ts";
import { regexMatches } from "../src/regex.ts";
import { spamd } from "../src/scanners/spamd.ts";
import { scanners } from "../src/scanners/index.ts";

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

describe("without a file", () => {
  test("the built-in defaults hold", async () => {
    const config = await readConfig({ file: null, builtinRules });
    expect(config).toMatchObject({
      file: null,
      queue: "/var/qmail/bin/qmail-queue",
      daemon: { trustedUsers: ["qmaild", "vpopmail", "root"] },
      limits: defaultLimits,
      expansion: { passwords: ["infected", "virus"] },
      quarantine: {
        path: "/var/lib/qsift/quarantine",
        retentionDays: {},
        maxBytes: null,
      },
      peer: { userVariable: null },
      spam: { judges: ["spamd", "rules", "rspamd"] },
      policies: [defaultPolicy],
      onPartialReject: "hold",
    });
    expect(Object.keys(config.scanners)).toEqual(scanners.map((s) => s.name));
    expect(config.scanners["spamd"]).toEqual({
      judges: "spam",
      ...spamd.defaults,
    });
    expect(config.rules.map(({ name }) => name)).toContain("executable-name");
  });

  test("an empty file means the same", async () => {
    const { file, ...rest } = await read("");
    const { file: none, ...defaults } = await readConfig({
      file: null,
      builtinRules,
    });
    expect(rest).toEqual(defaults);
    expect([file, none]).toEqual([join(folder, "qsift.toml"), null]);
  });
});

test("the engine of regular expressions is not loaded for the built-in rules", async () => {
  await readConfig({ file: null, builtinRules });
  expect(() => regexMatches("a", false, "a")).toThrow("before its engine");
});

test("every key is read", async () => {
  const rules = write("own.toml", "");
  const config = await read(`
queue = "/opt/queue"
on_partial_reject = "queue"
[daemon]
trusted_users = ["smtp", "#1001"]
[limits]
parts = 12
expansion_free_bytes = 34
[expansion]
passwords = ["x y", "ключ"]
[quarantine]
path = "/srv/held"
retention_days = { virus = 30 }
max_bytes = 5000
[peer]
user_variable = "SMTP_AUTH_USER"
[spam]
judges = ["spamd"]
[rules]
paths = ["${rules}"]
[scanners.clamd]
enabled = "auto"
address = ["/run/a", "tcp:[::1]:3310"]
timeout_s = 1.5
max_bytes = 1000
on_failure = "queue"
[scanners.spamd]
enabled = false
[[policy]]
name = "relay"
match = { relay_client = true, authenticated = false, client = ["192.0.2.0/24"], sender = ["example.org", "<>"], recipient = ["@example.test"] }
scanners = ["clamd"]
spam = { tag = 4, quarantine = 8.0, reject = 12.5 }
subject_tag = "[SPAM] "
on = { virus = "quarantine", auth = "tag" }
[[policy]]
name = "default"
`);
  expect(config).toMatchObject({
    queue: "/opt/queue",
    onPartialReject: "queue",
    daemon: { trustedUsers: ["smtp", "#1001"] },
    limits: { ...defaultLimits, parts: 12, expansionFreeBytes: 34 },
    expansion: { passwords: ["x y", "ключ"] },
    quarantine: {
      path: "/srv/held",
      retentionDays: { virus: 30 },
      maxBytes: 5000,
    },
    peer: { userVariable: "SMTP_AUTH_USER" },
    spam: { judges: ["spamd"] },
    rules: [],
    scanners: {
      clamd: {
        enabled: "auto",
        addresses: [
          { kind: "unix", path: "/run/a" },
          { kind: "tcp", host: "::1", port: 3310 },
        ],
        timeoutMs: 1500,
        maxBytes: 1000,
        onFailure: "queue",
      },
      spamd: { enabled: false },
    },
  });
  expect(config.policies).toEqual([
    {
      name: "relay",
      match: {
        relayClient: true,
        authenticated: false,
        client: ["192.0.2.0/24"],
        sender: ["example.org", "<>"],
        recipient: ["@example.test"],
      },
      scanners: ["clamd"],
      spam: { tag: 4, quarantine: 8, reject: 12.5 },
      stopEarly: true,
      onFinding: { "password-in-message": "tag" },
      subjectTag: "[SPAM] ",
      on: { ...defaultPolicy.on, virus: "quarantine", auth: "tag" },
    },
    defaultPolicy,
  ]);
});

test("a scanner whose address is named is wanted, unless the file says otherwise", async () => {
  const enabled = async (text: string) =>
    (await read(`[scanners.clamd]\n${text}`)).scanners["clamd"]?.enabled;
  expect(await enabled("timeout_s = 1")).toBe("auto");
  expect(await enabled('address = "/a"')).toBe(true);
  expect(await enabled('address = "tcp:clam.example:3310"')).toBe(true);
  expect(await enabled('address = "/a"\nenabled = "auto"')).toBe("auto");
  expect(await enabled('address = "/a"\nenabled = false')).toBe(false);
});

test("bands that a table leaves out are off", async () => {
  const { policies } = await read(
    '[[policy]]\nname = "a"\nspam = { tag = 20 }',
  );
  expect(policies[0]?.spam).toEqual({
    tag: 20,
    quarantine: null,
    reject: null,
  });
});

describe("the path", () => {
  test("is what QSIFT_CONFIG names, whether it is there or not", () => {
    expect(configPath({ QSIFT_CONFIG: "/nowhere/x.toml" })).toBe(
      "/nowhere/x.toml",
    );
  });

  test("is else the usual one where there is a file", () => {
    const usual = write("usual.toml", "");
    expect(configPath({}, usual)).toBe(usual);
    expect(configPath({ QSIFT_CONFIG: "" }, usual)).toBe(usual);
    expect(configPath({}, join(folder, "none.toml"))).toBeNull();
    expect(configPath({}, join(usual, "none.toml"))).toBeNull();
  });
});
