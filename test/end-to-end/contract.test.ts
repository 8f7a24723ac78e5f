// docs/contract.md, row by row, against the executable itself.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";

import { undoEdits } from "../../src/mime/edits.ts";
import {
  envelopeOf,
  makeFolder,
  offline,
  outcomes,
  programs,
  removeFolder,
  runDoor,
  type DoorResult,
  type DoorRun,
} from "./door.ts";
import { eicarMail, gtubeMail } from "./samples.ts";

const folders: string[] = [];
async function run(options: DoorRun = {}): Promise<DoorResult> {
  const result = await runDoor(options);
  folders.push(result.folder);
  return result;
}
afterEach(() => {
  for (const folder of folders.splice(0)) removeFolder(folder);
});

/** Neither queued nor held. */
function expectNothingDone(result: DoorResult): void {
  expect(result.queued).toEqual([]);
  expect(existsSync(join(result.folder, "quarantine"))).toBe(false);
}

describe("a message that passes", () => {
  test("is queued with exit code 0, its bytes untouched below our fields", async () => {
    const message = "From: a@example.org\nSubject: x\n\nbody\n";
    const result = await run({ message });
    expect(result.code).toBe(0);
    expect(result.queued).toHaveLength(1);
    const [queued] = result.queued;
    expect(queued?.envelope).toBe(
      envelopeOf("a@example.org", ["b@example.test"]),
    );
    expect(queued?.message.toString("latin1").startsWith("X-Qsift-ID: ")).toBe(
      true,
    );
    expect(queued?.message.toString("latin1").endsWith(message)).toBe(true);
    expect(outcomes(result)).toMatchObject([
      { outcome: "queued", exit: 0, recipients: 1, client: "192.0.2.7" },
    ]);
  });

  const odd: Record<string, string | Buffer> = {
    "no byte at all": "",
    "a NUL": "Subject: x\n\na\0b\n",
    "8-bit bytes": Buffer.from("Subject: \xe4\xff\n\n\x80\xfe\xff\n", "latin1"),
    "bare CR": "Subject: x\rX-Spam-Flag: YES\n\na\rb\n",
    "no last newline": "Subject: x\n\nbody",
    "a header only": "Subject: x\n",
    "lines of 5,000 bytes": `Subject: x\n\n${"y".repeat(5000)}\n`,
    "a leading blank line": "\nSubject: x\n\nbody\n",
    "a leading continuation line": " folded\nSubject: x\n\nbody\n",
    "an mbox line": "From a@example.org Sun Nov 1\nSubject: x\n\nbody\n",
    "our own fields, forged":
      "x-qsift-verdict : queue\nX-Spam-Flag: NO\nX-SPAM-Status: No\nX-Received-X-Spam-Flag: NO\nSubject: x\n\nX-Spam-Flag: body\n",
  };
  test.each(Object.entries(odd))(
    "gives back the same bytes with %s",
    async (_, message) => {
      const result = await run({ message });
      expect(result.code).toBe(0);
      const bytes = result.queued[0]?.message ?? Buffer.alloc(0);
      expect(
        Buffer.from(undoEdits(bytes) ?? "lost").equals(Buffer.from(message)),
      ).toBe(true);
    },
  );

  test("has forged copies of our fields renamed, in any spelling", async () => {
    const result = await run({ message: odd["our own fields, forged"] ?? "" });
    const [header = ""] = (
      result.queued[0]?.message.toString("latin1") ?? ""
    ).split("\n\n");
    expect(header).toContain("\nX-Received-x-qsift-verdict : queue\n");
    expect(header).toContain("\nX-Received-X-Spam-Flag: NO\n");
    expect(header).toContain("\nX-Received-X-SPAM-Status: No\n");
    expect(header).toContain("\nX-Received-X-Received-X-Spam-Flag: NO\n");
    expect(header.match(/^x-spam-flag/gim)).toBeNull();
  });
});

describe("the envelope", () => {
  test.each([
    ["no envelope at all", null, 54],
    ["only a sender", "Fa@example.org\0", 54],
    ["no last NUL", "Fa@example.org\0Tb@example.test\0", 54],
    ["an address cut short", "Fa@example.org\0Tb@exam", 54],
    [
      "another letter for the sender",
      "Xa@example.org\0Tb@example.test\0\0",
      91,
    ],
    [
      "another letter for a recipient",
      "Fa@example.org\0Xb@example.test\0\0",
      91,
    ],
    ["a NUL first", "\0", 91],
    [
      "an address of 1,003 bytes",
      envelopeOf("a".repeat(1003), ["b@example.test"]),
      11,
    ],
    [
      "a recipient of 1,003 bytes",
      envelopeOf("a@example.org", ["b".repeat(1003)]),
      11,
    ],
  ])(
    "with %s exits as qmail-queue would and does nothing",
    async (_, envelope, code) => {
      const result = await run({ envelope, message: gtubeMail });
      expect(result.code).toBe(code);
      expectNothingDone(result);
      expect(outcomes(result)).toMatchObject([
        { exit: code, outcome: code === 11 ? "rejected" : "deferred" },
      ]);
    },
  );

  test.each([
    ["the null sender", envelopeOf("", ["b@example.test"])],
    ["no recipient", envelopeOf("a@example.org", [])],
    ["a VERP sender", envelopeOf("list-@host-@[]", ["b@example.test"])],
    ["a double bounce", envelopeOf("#@[]", ["b@example.test"])],
    [
      "addresses of 1,002 bytes",
      envelopeOf("a".repeat(1002), ["b".repeat(1002)]),
    ],
    ["any bytes", envelopeOf("a\x01\n\xff@x", ["\x80b\r\n'\"@y", " "])],
    ["empty recipients", envelopeOf("a", [""])],
  ])("with %s passes unchanged", async (_, envelope) => {
    const result = await run({ envelope });
    expect(result.code).toBe(0);
    expect(result.queued[0]?.envelope).toBe(envelope);
  });

  test("ignores what follows the last NUL, without waiting for its end", async () => {
    const envelope = envelopeOf("a@example.org", ["b@example.test"]);
    const result = await run({ envelope: `${envelope}Tc@example.test\0\0` });
    expect(result.code).toBe(0);
    expect(result.queued[0]?.envelope).toBe(envelope);
  });

  test("may name 100,000 recipients", async () => {
    const recipients = Array.from(
      { length: 100_000 },
      (_, n) => `user${n}@example.test`,
    );
    const envelope = envelopeOf("a@example.org", recipients);
    const result = await run({ envelope });
    expect(result.code).toBe(0);
    expect(result.queued[0]?.envelope === envelope).toBe(true);
    expect(outcomes(result)).toMatchObject([{ recipients: 100_000 }]);
  });
});

describe("a refusal", () => {
  test("exits 31 without an error descriptor", async () => {
    const result = await run({ message: eicarMail });
    expect(result.code).toBe(31);
    expectNothingDone(result);
    expect(outcomes(result)).toMatchObject([{ outcome: "rejected", exit: 31 }]);
  });

  test.each<[string, DoorRun]>([
    ["6", { errorFd: 6 }],
    ["4", { errorFd: 4 }],
    ["that ERROR_FD names", { errorFd: 5, env: { ERROR_FD: "5" } }],
  ])("exits 82 with its text on descriptor %s", async (_, options) => {
    const result = await run({ ...options, message: eicarMail });
    expect(result.code).toBe(82);
    const [line] = outcomes(result);
    expect(result.errorText).toMatch(/^D[\x20-\x7E]{2,254}$/);
    expect(result.errorText.endsWith(` (#5.7.1) ${String(line?.["id"])}`)).toBe(
      true,
    );
    expectNothingDone(result);
  });

  test("exits 82 with its text on descriptor 2 where ERROR_FD names it", async () => {
    const result = await run({
      message: eicarMail,
      errorFd: 2,
      env: { ERROR_FD: "2" },
    });
    expect(result.code).toBe(82);
    // The log would go to the SMTP client.
    expect(result.errorText).toMatch(/^D[\x20-\x7E]{2,254}$/);
  });

  test("hands no descriptor on, whatever number ERROR_FD names", async () => {
    const result = await run({
      errorFd: 5,
      before: "",
      redirect: "9>&5",
      env: { ERROR_FD: "9" },
    });
    expect(result.code).toBe(0);
    expect(
      result.queued[0]?.fds.filter((fd) => ["5", "6", "9"].includes(fd)),
    ).toEqual([]);
  });

  test("exits 31 where ERROR_FD=-1 switches the text off", async () => {
    const result = await run({
      message: eicarMail,
      errorFd: 6,
      env: { ERROR_FD: "-1" },
    });
    expect(result).toMatchObject({ code: 31, errorText: "" });
  });

  test("takes no descriptor for the error descriptor that is not a writable pipe", async () => {
    const result = await run({
      message: eicarMail,
      redirect: "4</etc/passwd 6</dev/null",
    });
    expect(result.code).toBe(31);
  });

  test("exits 31 where nobody reads the error descriptor any more", async () => {
    const result = await run({
      message: eicarMail,
      errorFd: 6,
      errorReader: "closed",
    });
    expect([result.code, result.signal]).toEqual([31, null]);
  });
});

describe("a deferral by policy", () => {
  // A scanner that is wanted and not there.
  const config = `[scanners.spamd]\nenabled = false\n[scanners.clamd]\nenabled = true\naddress = "unix:/nonexistent/clamd.sock"\n`;
  test("exits 71 without an error descriptor", async () => {
    const result = await run({ config });
    expect(result.code).toBe(71);
    expectNothingDone(result);
    expect(result.log).toMatchObject([
      { event: "scanner_failed", scanner: "clamd" },
      { event: "outcome", outcome: "deferred", exit: 71 },
    ]);
  });
  test("exits 82 with a text that begins with Z", async () => {
    const result = await run({ config, errorFd: 6 });
    expect(result.code).toBe(82);
    expect(result.errorText).toMatch(/^Z[\x20-\x7E]+ \(#4\.7\.1\) \S+$/);
  });
});

describe("qmail-queue", () => {
  test.each([
    [0, 0],
    [11, 11],
    [115, 115],
    [31, 31],
    [51, 51],
    [53, 53],
    [62, 62],
    [66, 66],
    [74, 74],
    [81, 81],
    [91, 91],
    [120, 120],
    [1, 71],
    [12, 71],
    [13, 71],
    [30, 71],
    [32, 71],
    [40, 71],
    [82, 71],
    [88, 71],
    [100, 71],
    [111, 71],
    [255, 71],
  ])("exiting %i makes us exit %i", async (theirs, ours) => {
    const result = await run({ env: { FAKE_EXITS: String(theirs) } });
    expect(result.code).toBe(ours);
  });

  test.each(["SEGV", "KILL", "TERM"])(
    "dying by SIG%s makes us exit 81",
    async (signal) => {
      const result = await run({ env: { FAKE_SIGNAL: signal } });
      expect(result.code).toBe(81);
      expect(outcomes(result)).toMatchObject([
        {
          outcome: "deferred",
          cause: `${programs.fakeQueue} died by SIG${signal}`,
        },
      ]);
    },
  );

  test("that is not there makes us exit 120 and the log names it", async () => {
    const result = await run({
      env: { QSIFT_QUEUE: "/nonexistent/qmail-queue" },
    });
    expect(result.code).toBe(120);
    expect(String(outcomes(result)[0]?.["cause"])).toContain(
      "/nonexistent/qmail-queue",
    );
  });

  test("that exits early, reading nothing of a large message, is no success", async () => {
    const result = await run({
      env: { FAKE_EARLY: "1" },
      message: `Subject: x\n\n${"y\n".repeat(1_000_000)}`,
    });
    expect(result.code).toBe(53);
  });

  test("gets no descriptor above 2, the caller's uid, QSIFT_ACTIVE and no QMAILQUEUE", async () => {
    const result = await run({
      errorFd: 6,
      env: { QMAILQUEUE: "/x" },
      redirect: "8</dev/null",
    });
    // dash itself has its script, a saved descriptor and the folder open.
    expect(
      result.queued[0]?.fds.filter(
        (fd) => Number(fd) > 2 && !["3", "10", "11"].includes(fd),
      ),
    ).toEqual([]);
    expect(result.queued[0]?.uid).toBe(String(process.getuid?.()));
    expect(result.queued[0]?.env).toContain("QSIFT_ACTIVE=1\n");
    expect(result.queued[0]?.env).not.toMatch(/^QMAILQUEUE=/m);
  });

  test("that can't be started for an odd reason makes us exit 120", async () => {
    const result = await run({ env: { QSIFT_QUEUE: "/etc/passwd/queue" } });
    expect(result.code).toBe(120);
  });

  test("that is ourselves is seen as a loop", async () => {
    const result = await run({ env: { QSIFT_QUEUE: programs.typescriptDoor } });
    expect(result.code).toBe(81);
    expect(
      outcomes(result)
        .map(({ cause }) => String(cause))
        .join(),
    ).toContain("leads back to the filter");
  });

  test("is the one that QSIFT_QUEUE names, whatever the configuration says", async () => {
    const result = await run({
      env: { QSIFT_QUEUE: programs.fakeQueue },
      config: `queue = "/nonexistent"\n${offline}`,
    });
    expect(result.code).toBe(0);
  });
});

describe("time and pipes", () => {
  test("a slow sender is not our time-out", async () => {
    const result = await run({
      env: { QSIFT_DEADLINE_S: "1" },
      writeMessage: async (fd) => {
        const { writeSync } = await import("node:fs");
        for (const byte of "Subject") {
          writeSync(fd, byte);
          await sleep(300);
        }
        writeSync(fd, ": x\n\nbody\n");
      },
    });
    expect(result.code).toBe(0);
    expect(result.ms).toBeGreaterThan(2000);
  });

  test("qmail-queue that does not read in time is given up: 52, nothing committed", async () => {
    const result = await run({
      env: { QSIFT_DEADLINE_S: "1", FAKE_STALL: "5" },
      message: `Subject: x\n\n${"y\n".repeat(1_000_000)}`,
    });
    expect(result.code).toBe(52);
    expect(result.queued.map(({ envelope }) => envelope)).toEqual([""]);
    expect(result.ms).toBeLessThan(4500);
  });

  test("a message of 20 MB passes byte for byte", async () => {
    const message = Buffer.concat([
      Buffer.from("Subject: x\n\n"),
      Buffer.alloc(20 * 1024 * 1024, "0123456789abcde\n"),
    ]);
    const result = await run({ message });
    expect(result.code).toBe(0);
    const undone = undoEdits(result.queued[0]?.message ?? Buffer.alloc(0));
    expect(undone !== null && message.equals(undone)).toBe(true);
  });
});

describe("a log that nobody reads", () => {
  test("is not waited for: the answer comes all the same", async () => {
    const folder = makeFolder();
    const log = join(folder, "log");
    execFileSync("mkfifo", [log]);
    const reader = openSync(log, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      for (;;) writeSync(reader, Buffer.alloc(4096));
    } catch {
      // Full.
    }
    const result = await run({
      folder,
      env: { LOG: log },
      redirect: '2>"$LOG"',
    });
    closeSync(reader);
    expect(result.code).toBe(0);
    expect(result.queued).toHaveLength(1);
    expect(result.ms).toBeLessThan(10_000);
  });
});

describe("the environment", () => {
  test.each<[string, DoorRun]>([
    ["RELAYCLIENT set but empty", { env: { RELAYCLIENT: "" } }],
    ["no TCPREMOTEIP", { before: "unset TCPREMOTEIP;" }],
    ["an IPv6 peer", { env: { TCPREMOTEIP: "2001:db8::1" } }],
    ["umask 077", { before: "umask 077;" }],
    ["SIGPIPE ignored", { before: "trap '' PIPE;" }],
    ["another locale", { env: { LC_ALL: "tr_TR.UTF-8", LANG: "ja_JP.eucJP" } }],
    [
      "hostile Node options",
      {
        env: {
          NODE_OPTIONS: "--no-such-option",
          NODE_PATH: "/nonexistent",
          ENV: "/nonexistent",
          OPENSSL_CONF: "/nonexistent",
        },
      },
    ],
    [
      "bytes that are not UTF-8",
      { env: { TCPREMOTEINFO: "\xff\x80", TCPREMOTEHOST: "\x1b[2J" } },
    ],
  ])("may have %s", async (_, options) => {
    const result = await run(options);
    expect(result.code).toBe(0);
    expect(result.queued).toHaveLength(1);
    expect(result.stderr).not.toContain("\x1b");
  });

  test("without TCPREMOTEIP, nothing is written to fd 2 but failures", async () => {
    const quiet = await run({ before: "unset TCPREMOTEIP;" });
    expect(quiet.stderr).toBe("");
    const failed = await run({
      before: "unset TCPREMOTEIP;",
      env: { FAKE_EXITS: "53" },
    });
    expect(outcomes(failed)).toHaveLength(1);
  });

  const byPolicy = `${offline}
[[policy]]
name = "strict"
match = { client = ["203.0.113.0/24"] }
[[policy]]
name = "relay"
match = { relay_client = true }
[[policy]]
name = "user"
match = { authenticated = true }
[[policy]]
name = "default"
[peer]
user_variable = "SMTPAUTHUSER"
`;
  async function policyOf(
    env: Record<string, string>,
    before = "",
  ): Promise<unknown> {
    const result = await run({ config: byPolicy, env, before });
    const [line] = outcomes(result);
    return (line?.["decisions"] as { policy: string }[])[0]?.policy;
  }
  test("chooses the policy by tcprules' variables", async () => {
    expect(await policyOf({})).toBe("default");
    expect(await policyOf({ RELAYCLIENT: "" })).toBe("relay");
    expect(await policyOf({ TCPREMOTEIP: "203.0.113.9" })).toBe("strict");
    expect(await policyOf({ SMTPAUTHUSER: "joe" })).toBe("user");
    expect(await policyOf({ QSIFT_POLICY: "strict" })).toBe("strict");
  });
  test("does not take an ident reply for an authenticated user", async () => {
    expect(await policyOf({ TCPREMOTEINFO: "admin@example.test" })).toBe(
      "default",
    );
  });
  test("an unknown QSIFT_POLICY is a configuration error", async () => {
    const result = await run({
      config: byPolicy,
      env: { QSIFT_POLICY: "nosuch" },
    });
    expect(result.code).toBe(55);
    expect(result.stderr).toContain("nosuch");
    expectNothingDone(result);
  });
  test.skipIf(process.getuid?.() !== 0)(
    "is not believed from a local user who is not trusted",
    async () => {
      const folder = makeFolder();
      chmodSync(folder, 0o777);
      mkdirSync(join(folder, "queue"));
      chmodSync(join(folder, "queue"), 0o777);
      const wrapper = join(folder, "as-nobody");
      writeFileSync(
        wrapper,
        `#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups "${programs.typescriptDoor}"\n`,
        { mode: 0o755 },
      );
      const result = await run({
        folder,
        program: wrapper,
        config: byPolicy,
        env: {
          RELAYCLIENT: "",
          TCPREMOTEIP: "203.0.113.9",
          QSIFT_POLICY: "strict",
          SMTPAUTHUSER: "root",
          PATH: "/usr/bin:/bin",
        },
      });
      expect(result.code).toBe(0);
      expect(outcomes(result)).toMatchObject([
        { client: "local uid 65534", decisions: [{ policy: "default" }] },
      ]);
    },
  );
});

describe("configuration errors", () => {
  test.each([
    ["a syntax error", "queue = \n", /qsift\.toml:1:/],
    [
      "an unknown key",
      `[limits]\nmesage_bytes = 1\n${offline}`,
      /qsift\.toml:2:\d+: .*mesage_bytes.*message_bytes/,
    ],
    ["a wrong type", `queue = 5\n${offline}`, /qsift\.toml:1:\d+: .*queue/],
  ])(
    "%s exits 55, and one log line names file, line and key",
    async (_, config, expected) => {
      const result = await run({ config });
      expect(result.code).toBe(55);
      expect(outcomes(result)).toHaveLength(1);
      expect(String(outcomes(result)[0]?.["cause"])).toMatch(expected);
      expectNothingDone(result);
    },
  );
  test("a named file that is not there exits 55", async () => {
    const result = await run({
      config: null,
      env: { QSIFT_CONFIG: "/nonexistent/qsift.toml" },
    });
    expect(result.code).toBe(55);
    expect(result.stderr).toContain("/nonexistent/qsift.toml");
  });
  test.each(["0", "-1", "x", "1e9", "99999999"])(
    "QSIFT_DEADLINE_S=%s exits 55",
    async (value) => {
      const result = await run({ env: { QSIFT_DEADLINE_S: value } });
      expect(result.code).toBe(55);
      expect(result.stderr).toContain("QSIFT_DEADLINE_S");
    },
  );
});

describe("quarantine", () => {
  const holding = `${offline}[[policy]]\nname = "default"\non = { virus = "quarantine" }\n`;
  test("exits 0 with the message held and nothing queued", async () => {
    const result = await run({ message: eicarMail, config: holding });
    expect(result.code).toBe(0);
    expect(result.queued).toEqual([]);
    expect(outcomes(result)).toMatchObject([
      { outcome: "quarantined", exit: 0 },
    ]);
    expect(
      readdirSync(join(result.folder, "quarantine", "virus", "new")),
    ).toHaveLength(1);
  });
  test.each([
    ["is a file", "/etc/passwd/quarantine"],
    ["can't be made", "/proc/nowhere"],
  ])(
    "defers with 71 where its folder %s, and the log names it",
    async (_, path) => {
      const result = await run({
        message: eicarMail,
        config: `${holding}[quarantine]\npath = "${path}"\n`,
      });
      expect(result.code).toBe(71);
      expect(String(outcomes(result)[0]?.["cause"])).toContain(path);
      expect(result.queued).toEqual([]);
    },
  );
});

describe("a closed descriptor", () => {
  test.each(["0<&-", "1<&-"])(
    "(%s) is no empty message: 54",
    async (redirect) => {
      const result = await run({ redirect });
      expect(result.code).toBe(54);
      expectNothingDone(result);
    },
  );
});

describe("resource limits", () => {
  test.each([
    ["ulimit -v 2000000;", "softlimit -a"],
    ["ulimit -d 100000;", "softlimit -d"],
    ["ulimit -n 32;", "softlimit -o"],
  ])(
    "set by %s are too low: refused with 51 and said",
    async (before, word) => {
      const result = await run({ before });
      expect(result.code).toBe(51);
      expect(result.stderr).toContain(word);
      expectNothingDone(result);
    },
  );
  test("a large stack limit does not end the sandbox's thread", async () => {
    const message =
      "Subject: x\nContent-Type: text/html\n\n<html><body>x</body></html>\n";
    const result = await run({ before: "ulimit -s 1200000;", message });
    expect(result.code).toBe(0);
  });
});
