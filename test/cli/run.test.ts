import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

import { ConfigError } from "../../src/config-error.ts";
import { fakeConfig, fakePing, qsift } from "./fake-process.ts";
import { configWith } from "./fake-scanner.ts";

test("--version prints the version alone", async () => {
  expect(await qsift(["--version"])).toMatchObject({
    exitCode: 0,
    out: "1.2.3\n",
    err: "",
  });
});

const commands = [
  [],
  ["scan"],
  ["scanners"],
  ["learn"],
  ["daemon"],
  ["quarantine"],
  ["quarantine", "list"],
  ["quarantine", "show"],
  ["quarantine", "release"],
  ["quarantine", "delete"],
  ["quarantine", "learn"],
  ["quarantine", "export"],
  ["quarantine", "expire"],
  ["quarantine", "verify"],
  ["quarantine", "stats"],
  ["quarantine", "reindex"],
  ["config"],
  ["config", "check"],
  ["config", "show"],
  ["completion"],
];

test.each(commands.map((command) => [command.join(" "), command] as const))(
  "qsift %s --help has examples and is exit code 0",
  async (name, command) => {
    const ran = await qsift([...command, "--help"]);
    expect(ran.exitCode).toBe(0);
    expect(ran.err).toBe("");
    expect(ran.out).toContain("Examples:\n");
    expect(ran.out).toContain(`qsift ${name}`.trim());
  },
);

test.each([
  [["nonsense"]],
  [["scan"]],
  [["scan", "--nonsense", "x"]],
  [["scan", "--env", "novalue", "x"]],
  [["scanners", "nonsense"]],
  [["learn", "virus", "x"]],
  [["learn", "spam"]],
  [["learn", "spam", "--scanner", "nonsense", "x"]],
  [["daemon"]],
  [["quarantine"]],
  [["quarantine", "list", "--folder", "__proto__"]],
  [["quarantine", "list", "--since", "yesterday"]],
  [["quarantine", "release"]],
  [["completion", "tcsh"]],
  [[]],
])("wrong usage %j is exit code 2 and told on standard error", async (argv) => {
  const ran = await qsift(argv);
  expect(ran.exitCode).toBe(2);
  expect(ran.out).toBe("");
  expect(ran.err).not.toBe("");
});

test("an error that repeats the user's words is made printable", async () => {
  const ran = await qsift(["non\x1b[2Jsense"]);
  expect(ran.err).toContain("non\\x1B[2Jsense");
});

test("a thrown bug is one line and exit code 1", async () => {
  const ran = await qsift(["config", "check"], {
    services: { readConfig: () => Promise.reject(new Error("a\nb\x1b")) },
  });
  expect(ran).toMatchObject({ exitCode: 1, err: "qsift: a\\x0Ab\\x1B\n" });
});

test("config check says which file is valid, or 55", async () => {
  const read: (string | null)[] = [];
  const services = {
    readConfig: (_: unknown, file: string | null) => {
      read.push(file);
      return Promise.resolve(fakeConfig({ file }));
    },
  };
  expect(
    await qsift(["config", "check", "/x.toml"], { services }),
  ).toMatchObject({ exitCode: 0, out: "/x.toml: valid\n" });
  expect((await qsift(["config", "check"], { services })).out).toContain(
    "built-in defaults",
  );
  expect(read).toEqual(["/x.toml", null]);
  const place = { file: "/x.toml", line: null, column: null, key: null };
  const wrong = await qsift(["config", "check"], {
    services: {
      readConfig: () => Promise.reject(new ConfigError(place, "no")),
    },
  });
  expect(wrong.exitCode).toBe(55);
});

test("config check asks scanners as the user qsift: some are programs that write", async () => {
  const order: string[] = [];
  await qsift(["config", "check"], {
    services: {
      readConfig: () => Promise.resolve(configWith([{ name: "razor" }])),
      pingScanner: () => {
        order.push("ping");
        return Promise.resolve({ ping: fakePing(), addresses: [] });
      },
    },
    onBecome: () => order.push("become"),
  });
  expect(order).toEqual(["become", "ping"]);
});

test("config show prints TOML, and JSON where asked, with the file's own names", async () => {
  const toml = await qsift(["config", "show"]);
  expect(toml.exitCode).toBe(0);
  expect(toml.out).toContain('on_partial_reject = "hold"');
  expect(toml.out).toContain("message_bytes = 268435456");
  const json = await qsift(["config", "show", "--json"]);
  expect(JSON.parse(json.out)).toMatchObject({
    file: null,
    on_partial_reject: "hold",
    daemon: { trusted_users: [] },
    rule: [],
  });
});

test("config check warns on standard error and still ends with 0", async () => {
  const ran = await qsift(["config", "check"], {
    services: {
      readConfig: () =>
        Promise.resolve(fakeConfig({ queue: "/nowhere/evil\n\x1b[2J" })),
    },
  });
  expect(ran.exitCode).toBe(0);
  expect(ran.out).toContain("built-in defaults");
  expect(ran.err).toContain("warning: queue: /nowhere/evil\\x0A\\x1B[2J does");
  expect(ran.err).toContain("warning: quarantine.path: /nowhere/quarantine");
});

test.each([
  [["help"], ["--help"]],
  [
    ["help", "scan"],
    ["scan", "--help"],
  ],
  [
    ["help", "quarantine", "list"],
    ["quarantine", "list", "--help"],
  ],
  [
    ["quarantine", "help", "list"],
    ["quarantine", "list", "--help"],
  ],
])("%j is as %j", async (argv, same) => {
  const ran = await qsift(argv);
  expect(ran).toEqual(await qsift(same));
  expect(ran.exitCode).toBe(0);
});

test("help for a command that is not there is wrong usage", async () => {
  const ran = await qsift(["help", "nonsense"]);
  expect(ran.exitCode).toBe(2);
  expect(ran.err).toContain("unknown command 'nonsense'");
});

test("help is also an ordinary argument", async () => {
  const ran = await qsift(["scan", "help"]);
  expect(ran).toMatchObject({
    exitCode: 1,
    err: "qsift: help: no such file\n",
  });
});

test("an error points to the help of the command that it is in", async () => {
  for (const [argv, help] of [
    [["nonsense"], "(qsift --help shows"],
    [["scan", "--nonsense", "x"], "(qsift scan --help shows"],
    [["quarantine", "list", "--since", "x"], "(qsift quarantine list --help"],
  ] as const)
    expect((await qsift(argv)).err).toContain(help);
});

test("help states no default that nobody can type", async () => {
  for (const command of [
    ["scan"],
    ["quarantine", "list"],
    ["quarantine", "release"],
  ])
    expect((await qsift([...command, "--help"])).out).not.toContain("(default");
});

test("completion scripts know every command and option", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { exitCode, out } = await qsift(["completion", shell]);
    expect(exitCode).toBe(0);
    for (const word of [
      "scan",
      "release",
      "json",
      "recipient",
      "check",
      "again",
      "scanners",
      "daemon",
      "ham",
    ])
      expect(out).toContain(word);
  }
});

test("the bash script completes subcommands and their options", async () => {
  const { out } = await qsift(["completion", "bash"]);
  const complete = (...words: string[]): string =>
    spawnSync(
      "bash",
      [
        "--norc",
        "-c",
        `${out}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _qsift; echo "\${COMPREPLY[*]}"`,
        "bash",
        ...words,
      ],
      { encoding: "utf8" },
    ).stdout.trim();
  expect(complete("qsift", "sc")).toBe("scan scanners");
  expect(complete("qsift", "learn", "h")).toBe("ham");
  expect(complete("qsift", "learn", "ham", "--sc")).toBe("--scanner");
  expect(complete("qsift", "quarantine", "re")).toBe("release reindex");
  expect(complete("qsift", "quarantine", "learn", "s")).toBe("spam");
  expect(complete("qsift", "quarantine", "list", "--rec")).toBe("--recipient");
  expect(complete("qsift", "scan", "--json", "--fr")).toBe("--from");
});
