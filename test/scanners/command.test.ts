// Scanners that are programs: the shipped profiles against what their
// documentation says that they say, each fault of each, and a real clamscan.

import { existsSync } from "node:fs";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
} from "vitest";
import { defaultLimits } from "../../src/limits.ts";
import type { Part } from "../../src/mail.ts";
import { loadRegexEngine } from "../../src/regex.ts";
import type { Command } from "../../src/scanners/command-options.ts";
import { commandProfiles } from "../../src/scanners/command-profiles.ts";
import { judgeEnd } from "../../src/scanners/command-verdict.ts";
import { commandScanner } from "../../src/scanners/command.ts";
import { defaultProcessLimits } from "../../src/scanners/process-limits.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import { sweep } from "../../src/scanners/scan-folder.ts";
import {
  ScannerFailure,
  type ScannerSettings,
} from "../../src/scanners/scanner.ts";
import type { Verdict } from "../../src/verdict.ts";
import {
  programSamples,
  saying,
  writeProgram,
} from "../fakes/scanner-programs.ts";
import { noDeadline, partOf, subjectOf } from "./subject.ts";

type ProfileName = keyof typeof commandProfiles;
const profileNames = Object.keys(commandProfiles) as ProfileName[];

let folder = "";
let runtime = "";

beforeAll(loadRegexEngine);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "qsift-command-"));
  runtime = join(folder, "run");
  await mkdir(runtime);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function commandOf(profile: ProfileName, program: string): Command {
  return {
    ...commandProfiles[profile],
    program,
    runtime_folder: runtime,
    ...defaultProcessLimits,
  };
}

function ready(
  command: Command,
  settings: Partial<ScannerSettings> = {},
): ReadyScanner {
  const scanner = commandScanner("own", command);
  const whole = { ...scanner.defaults, ...settings };
  return new ReadyScanner(scanner.open(whole, defaultLimits), whole);
}

function judge(
  command: Command,
  settings: Partial<ScannerSettings> = {},
  parts: readonly Part[] = [],
  signal = noDeadline(),
): Promise<Verdict> {
  return ready(command, settings).judge(
    subjectOf("Subject: x\n\nhello\n", parts),
    signal,
  );
}

const isEmpty = async (): Promise<boolean> =>
  (await readdir(runtime)).length === 0;

/** A scan that was given up cleans up afterwards. */
async function isEmptied(): Promise<boolean> {
  for (let i = 0; i < 200 && !(await isEmpty()); i += 1) await sleep(5);
  return isEmpty();
}

describe.each(profileNames)("the profile %s", (profile) => {
  const sample = programSamples[profile];

  test("knows clean, infected, and what it could not scan", async () => {
    const path = await writeProgram(folder, saying(sample.clean));
    expect(await judge(commandOf(profile, path))).toMatchObject({
      status: "done",
      findings: [],
    });
    await writeProgram(folder, saying(sample.infected));
    expect(await judge(commandOf(profile, path))).toMatchObject({
      status: "done",
      findings: [{ kind: "virus", name: sample.virus, part: null }],
    });
    if (sample.partial !== null) {
      await writeProgram(folder, saying(sample.partial));
      expect(await judge(commandOf(profile, path))).toMatchObject({
        status: "done",
        findings: [{ kind: "unsupported", name: "own-not-all-scanned" }],
      });
    }
    expect(await isEmpty()).toBe(true);
  });

  const faults: readonly (readonly [string, string])[] = [
    ["says that it failed", saying(sample.error)],
    ["says that its licence has expired", saying(sample.licence)],
    ["is silent, with the exit code of clean", `exit ${sample.clean.exit}`],
    ["is silent, with exit code 255", "exit 255"],
    [
      "says clean, and crashes",
      `${saying(sample.clean).replace(/\nexit.*$/, "")}\nkill -SEGV $$`,
    ],
    [
      "says clean, and is killed",
      `${saying(sample.clean).replace(/\nexit.*$/, "")}\nkill -KILL $$`,
    ],
    [
      "says clean with the exit code of an error",
      saying({ ...sample.clean, exit: sample.error.exit }),
    ],
    [
      "says clean, and hangs",
      `${saying(sample.clean).replace(/\nexit.*$/, "")}\nsleep 60`,
    ],
    [
      "is in a language that nobody knows",
      saying({ out: "<html>502</html>\n", exit: 99 }),
    ],
    ["cannot be run", "exec /nowhere/program"],
    ["writes without end", "exec yes /x/mail/0: OK"],
  ];
  test.each(faults)("that %s has judged nothing", async (_title, lines) => {
    const path = await writeProgram(folder, lines);
    const timeoutMs = lines.endsWith("sleep 60") ? 400 : 20_000;
    const verdict = await judge(commandOf(profile, path), { timeoutMs });
    expect(verdict.status).toBe("failed");
    expect(await isEmptied()).toBe(true);
  });

  test("takes no exit code without a word for a verdict", () => {
    const command = commandOf(profile, "/x");
    for (let exitCode = 0; exitCode < 256; exitCode += 1) {
      const nothing = Buffer.alloc(0);
      const end = {
        exitCode,
        signal: null,
        stdout: nothing,
        stderr: nothing,
        tookInput: true,
      };
      try {
        const findings = judgeEnd("own", command, end);
        expect(findings, `exit code ${exitCode}`).toMatchObject([
          { kind: "unsupported" },
        ]);
      } catch (error) {
        if (!(error instanceof ScannerFailure)) throw error;
      }
    }
  });

  test("names nothing out of a mail on its command line, and has one place for it", () => {
    const { arguments: args } = commandProfiles[profile];
    expect(args.filter((one) => one.includes("{")).length).toBe(1);
  });
});

describe("a scanner program", () => {
  const own = (program: string, args: string[], rest = {}): Command => ({
    program,
    arguments: args,
    infected: { exit: [1] },
    clean: { exit: [0], pattern: "^seen" },
    runtime_folder: runtime,
    ...defaultProcessLimits,
    ...rest,
  });

  test("reads the message on standard input, or from a file of our own", async () => {
    const wanted = "Subject: x\n\nhello\n";
    const stdin = await writeProgram(folder, `cat > ${folder}/got; echo seen`);
    expect((await judge(own(stdin, ["-"]))).status).toBe("done");
    expect(await readFile(join(folder, "got"), "latin1")).toBe(wanted);
    await writeProgram(
      folder,
      `cp "$1" ${folder}/got; stat -c %a "$1" "$(dirname "$1")" "$(pwd)" > ${folder}/modes; echo seen`,
    );
    expect((await judge(own(stdin, ["{file}"]))).status).toBe("done");
    expect(await readFile(join(folder, "got"), "latin1")).toBe(wanted);
    expect(await readFile(join(folder, "modes"), "latin1")).toBe(
      "600\n700\n700\n",
    );
    expect(await isEmpty()).toBe(true);
  });

  test("that has not read its input to the end has judged nothing", async () => {
    const path = await writeProgram(folder, "echo seen");
    const verdict = await ready(own(path, ["-"])).judge(
      subjectOf(Buffer.alloc(2_000_000, "x")),
      noDeadline(),
    );
    expect(verdict).toMatchObject({ status: "failed" });
  });

  test("sees the message and each part once, by number, whatever the part is called", async () => {
    const path = await writeProgram(
      folder,
      `cd "$1" && cat 0 > ${folder}/message && ls > ${folder}/names && cat 2 > ${folder}/part && echo seen`,
    );
    const evil = Buffer.from("evil");
    const verdict = await judge(own(path, ["{folder}"]), { maxBytes: 100 }, [
      partOf(0, Buffer.from("Subject")),
      partOf(1, Buffer.alloc(0), { filename: "../../empty" }),
      partOf(2, evil, { filename: "../../../etc/passwd" }),
      partOf(3, evil, { filename: "-rf\n$(id)" }),
      partOf(4, Buffer.alloc(101, "x")),
    ]);
    expect(verdict).toMatchObject({
      status: "done",
      findings: [{ kind: "limit", name: "own-part-over-max-bytes", part: 4 }],
    });
    expect(await readFile(join(folder, "names"), "latin1")).toBe("0\n2\n");
    expect(await readFile(join(folder, "part"), "latin1")).toBe("evil");
    expect(await isEmpty()).toBe(true);
  });

  test("that is infected by one test is infected, whatever the others say", async () => {
    const path = await writeProgram(
      folder,
      "echo seen; echo VIRUS One; echo VIRUS Two; exit 0",
    );
    const command = own(path, ["{file}"], {
      infected: { pattern: "^VIRUS" },
      name_pattern: "VIRUS (\\S+)",
    });
    expect(await judge(command)).toMatchObject({
      findings: [{ name: "One" }, { name: "Two" }],
    });
    // Both must hold where both are given.
    const both = { ...command, infected: { exit: [1], pattern: "^VIRUS" } };
    expect(await judge(both)).toMatchObject({ status: "done", findings: [] });
  });

  test("gives names that are fit to be shown", async () => {
    const path = await writeProgram(
      folder,
      `printf 'VIRUS a\\033[31m b\\377\\n'; exit 1`,
    );
    const verdict = await judge(
      own(path, ["{file}"], { name_pattern: "VIRUS (.+)" }),
    );
    if (verdict.status !== "done") throw new Error("expected done");
    expect(verdict.findings[0]?.name).toMatch(/^a\\x1B\[31m_b[!-~]*$/);
  });

  test("leaves no file behind when it is given up, and ends within 100 ms", async () => {
    const path = await writeProgram(
      folder,
      `echo $$ > ${folder}/pid; echo x > "$1/new"; sleep 60`,
    );
    const controller = new AbortController();
    const verdict = judge(own(path, ["{folder}"]), {}, [], controller.signal);
    while (!existsSync(join(folder, "pid"))) await sleep(5);
    expect(await isEmpty()).toBe(false);
    const started = performance.now();
    controller.abort(new Error("deadline"));
    expect((await verdict).status).toBe("failed");
    expect(performance.now() - started).toBeLessThan(100);
    expect(await isEmptied()).toBe(true);
  });

  test("is a failure where it is not there, and where no file can be written", async () => {
    expect(await judge(own("/nowhere/scanner", ["{file}"]))).toMatchObject({
      status: "failed",
      reason: "no such program (/nowhere/scanner)",
    });
    const absent = own("/nowhere/scanner", ["{file}"]);
    expect(await judge(absent, { enabled: "auto" })).toMatchObject({
      status: "skipped",
    });
    const path = await writeProgram(folder, "echo seen");
    const command = own(path, ["{file}"], { runtime_folder: "/nowhere" });
    const verdict = await judge(command);
    expect(verdict).toMatchObject({ status: "failed" });
    if (verdict.status === "failed")
      expect(verdict.reason).toMatch(/^cannot write its files/);
  });

  test("tells its version where the table says how to ask", async () => {
    const path = await writeProgram(folder, 'echo "Own 1.2 $1"');
    const { scanner } = ready(
      own(path, ["{file}"], { version_arguments: ["--version"] }),
    );
    expect(await scanner.ping(noDeadline())).toEqual({
      version: "Own 1.2 --version",
      databaseAt: null,
    });
    expect(await ready(own(path, ["-"])).scanner.ping(noDeadline())).toEqual({
      version: "installed",
      databaseAt: null,
    });
    expect(await isEmpty()).toBe(true);
  });
});

test("folders that a dead process left behind are swept, all else stays", async () => {
  const make = async (name: string): Promise<string> => {
    await mkdir(join(runtime, name));
    await writeFile(join(runtime, name, "0"), "mail");
    return join(runtime, name);
  };
  // Above any process number that Linux gives.
  await make("qsift-scan-4194305-abcdef");
  const old = await make(`qsift-scan-${process.pid}-oldold`);
  const before = new Date(performance.timeOrigin - 60_000);
  await utimes(old, before, before);
  await make(`qsift-scan-${process.pid}-newnew`);
  await make("qsift-scan-1-abcdef");
  await make("qsift-scan-4194305-abcdef.d");
  await make("other");
  await sweep(runtime);
  expect(new Set(await readdir(runtime))).toEqual(
    new Set([
      "other",
      "qsift-scan-1-abcdef",
      "qsift-scan-4194305-abcdef.d",
      `qsift-scan-${process.pid}-newnew`,
    ]),
  );
});

const clamscan = commandProfiles.clamscan.program;
const installed = existsSync(clamscan);

describe.skipIf(!installed)(
  installed ? "a real clamscan" : "a real clamscan (not installed)",
  () => {
    const eicar = [
      "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD",
      "ANTIVIRUS-TEST-FILE!$H+H*",
    ].join("-");

    async function withDatabase(): Promise<Command> {
      const database = join(folder, "db");
      await mkdir(database);
      const hex = Buffer.from(eicar).toString("hex");
      await writeFile(join(database, "t.ndb"), `Test.Eicar:0:*:${hex}\n`);
      const command = commandOf("clamscan", clamscan);
      return {
        ...command,
        arguments: [`--database=${database}`, ...command.arguments],
      };
    }

    test("finds what is in a part, and nothing in ordinary mail", async () => {
      const command = await withDatabase();
      expect(await judge(command)).toMatchObject({
        status: "done",
        findings: [],
      });
      const parts = [
        partOf(0, Buffer.from("x")),
        partOf(1, Buffer.from(eicar), { filename: "a.com" }),
      ];
      expect(await judge(command, {}, parts)).toMatchObject({
        status: "done",
        findings: [{ kind: "virus", name: "Test.Eicar.UNOFFICIAL" }],
      });
      const empty = await ready(command).judge(subjectOf(""), noDeadline());
      expect(empty).toMatchObject({ status: "done", findings: [] });
      expect(await isEmpty()).toBe(true);
    });

    test("reads standard input too", async () => {
      const command = await withDatabase();
      const [database = ""] = command.arguments;
      const stdin = { ...command, arguments: [database, "--no-summary", "-"] };
      expect(await judge(stdin)).toMatchObject({ findings: [] });
      const verdict = await ready(stdin).judge(subjectOf(eicar), noDeadline());
      expect(verdict).toMatchObject({
        findings: [{ name: "Test.Eicar.UNOFFICIAL" }],
      });
    });

    test("fails without its database, and with too little memory", async () => {
      const command = await withDatabase();
      expect(
        await judge({
          ...command,
          arguments: ["--database=/nowhere", "{folder}"],
        }),
      ).toMatchObject({ status: "failed" });
      expect(
        await judge({ ...command, memory_bytes: 8 * 1024 * 1024 }),
      ).toMatchObject({ status: "failed" });
    });

    test("tells its version", async () => {
      const { scanner } = ready(await withDatabase());
      const { version } = await scanner.ping(noDeadline());
      expect(version).toMatch(/^ClamAV \d/);
    });
  },
);
