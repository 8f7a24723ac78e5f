import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatConfigToml } from "../src/cli/config-table.ts";
import { readConfig, type Config } from "../src/config.ts";
import { commandProfiles } from "../src/scanners/command-profiles.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qsift-config-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const builtinRules = join(import.meta.dirname, "..", "rules");

function read(text: string): Promise<Config> {
  const file = join(folder, "qsift.toml");
  writeFileSync(file, text);
  return readConfig({ file, builtinRules });
}

const own = `program = "/opt/own"
arguments = ["{file}"]
infected = { exit = [1] }
clean = { exit = [0], pattern = "^OK" }
`;

describe("a [commands] table", () => {
  test("makes a scanner that policies can name", async () => {
    const config = await read(
      `[commands.own]\n${own}timeout_s = 7\nconcurrency = 3\nmax_bytes = 1000\non_failure = "queue"\n[[policy]]\nname = "default"\nscanners = ["clamd", "own"]`,
    );
    expect(config.scannerList.at(-1)).toMatchObject({
      name: "own",
      judges: "virus",
    });
    expect(config.scanners["own"]).toMatchObject({
      enabled: true,
      addresses: [],
      timeoutMs: 7000,
      concurrency: 3,
      maxBytes: 1000,
      onFailure: "queue",
      judges: "virus",
      options: { program: "/opt/own", clean: { exit: [0], pattern: "^OK" } },
    });
    expect(config.policies[0]?.scanners).toEqual(["clamd", "own"]);
  });

  test.each(Object.keys(commandProfiles))(
    "takes from the profile %s what it does not say",
    async (profile) => {
      const { scanners } = await read(
        `[commands.own]\nprofile = "${profile}"\nprogram = "/opt/own"\ncpu_s = 3`,
      );
      const base = Object.entries(commandProfiles).find(
        ([name]) => name === profile,
      )?.[1];
      expect(scanners["own"]?.options).toMatchObject({
        ...base,
        program: "/opt/own",
        cpu_s: 3,
      });
    },
  );

  test("is shown whole, so that what is shown says the same", async () => {
    const config = await read(
      `[commands.own]\n${own}\n[commands.clamscan]\nprofile = "clamscan"\n`,
    );
    const shown = await read(formatConfigToml(config, []));
    expect(shown.scanners["own"]).toEqual(config.scanners["own"]);
    expect(shown.scanners["clamscan"]).toEqual(config.scanners["clamscan"]);
  });

  test.each([
    [
      `[commands.clamd]\n${own}`,
      'commands.clamd: expected a name of its own, found "clamd", which is a built-in scanner',
    ],
    [`[commands."a b"]\n${own}`, "expected a name of lower-case letters"],
    [
      '[commands.own]\nprofile = "clamscam"',
      'found "clamscam"; did you mean "clamscan"?',
    ],
    [
      `[commands.own]\n${own}address = "/x"`,
      "commands.own.address: unknown key",
    ],
    [
      `[commands.own]\n${own.replace(/^program.*\n/, "")}`,
      "commands.own.program: expected a value, found nothing",
    ],
    [
      `[commands.own]\n${own.replace("/opt/own", "own")}`,
      "commands.own.program: expected an absolute path",
    ],
    [
      `[commands.own]\n${own.replace("{ exit = [1] }", "{}")}`,
      "commands.own.infected: expected exit, pattern or both, found neither",
    ],
    [
      `[commands.own]\n${own.replace("[1]", "[256]")}`,
      "commands.own.infected.exit[0]: expected an exit code, at most 255",
    ],
    [
      `[commands.own]\n${own.replace("^OK", "(")}`,
      "commands.own.clean.pattern: expected an RE2 expression",
    ],
    [
      `[commands.own]\n${own}name_pattern = "a(?=b)"`,
      "commands.own.name_pattern: expected an RE2 expression",
    ],
    [
      `[commands.own]\n${own}[[policy]]\nname = "default"\nscanners = ["owl"]`,
      'found "owl"; did you mean "own"?',
    ],
  ])("%j is an error", async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
