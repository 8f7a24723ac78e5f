// A real SMTP front door: Debian's smtpfront-qmail under tcpserver, with
// tcprules deciding what runs, swaks as client. All on loopback.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { makeFolder, offline, programs, removeFolder } from "./door.ts";
import { deliveredTo, eicarMail, gtubeMail, plainMail } from "./samples.ts";

const needed = [
  "/usr/sbin/smtpfront-qmail",
  "/usr/bin/tcpserver",
  "/usr/bin/tcprules",
  "/usr/bin/swaks",
];
const missing = needed.filter((path) => !existsSync(path));

describe.skipIf(missing.length > 0)(
  `SMTP sessions through mailfront (needs ${needed.join(" ")})`,
  () => {
    const folder = makeFolder();
    const maildir = join(folder, "Maildir");
    let port = 0;
    let server: ChildProcess;

    beforeAll(async () => {
      mkdirSync(join(folder, "control"));
      writeFileSync(join(folder, "control", "me"), "mx.example.test\n");
      writeFileSync(join(folder, "control", "rcpthosts"), "example.test\n");
      const config = join(folder, "qsift.toml");
      writeFileSync(
        config,
        `${offline}
[quarantine]
path = "${join(folder, "quarantine")}"
[[policy]]
name = "hold"
match = { recipient = ["review@example.test"] }
on = { virus = "quarantine" }
[[policy]]
name = "default"
`,
      );
      const broken = join(folder, "broken.toml");
      writeFileSync(broken, "no_such_key = 1\n");
      const door = programs.door;
      const unscanned = programs.maildirQueue;
      // The client's address chooses what qmail runs, as in tcp.smtp.
      writeFileSync(
        join(folder, "rules"),
        [
          `127.0.0.1:allow,QMAILQUEUE="${door}"`,
          `127.0.0.2:allow,RELAYCLIENT="",QMAILQUEUE="${unscanned}"`,
          `127.0.0.3:allow,QMAILQUEUE="${door}",QSIFT_CONFIG="${broken}"`,
          `127.0.0.4:allow,QMAILQUEUE="${door}",QSIFT_QUEUE="/nonexistent"`,
          ":deny",
          "",
        ].join("\n"),
      );
      execFileSync(
        "tcprules",
        [join(folder, "rules.cdb"), join(folder, "rules.tmp")],
        {
          input: execFileSync("cat", [join(folder, "rules")]),
        },
      );
      port = await freePort();
      server = spawn(
        "tcpserver",
        [
          "-H",
          "-R",
          "-l",
          "mx.example.test",
          "-x",
          join(folder, "rules.cdb"),
          "0",
          String(port),
          "/usr/sbin/smtpfront-qmail",
        ],
        {
          env: {
            PATH: "/usr/bin:/bin",
            QMAILHOME: folder,
            SMTPGREETING: "mx.example.test ESMTP",
            QSIFT_CONFIG: config,
            QSIFT_QUEUE: programs.maildirQueue,
            QSIFT_MAILDIR: maildir,
          },
          stdio: "ignore",
        },
      );
      for (let i = 0; i < 100 && !(await answers(port)); i++) await sleep(50);
    });
    afterAll(() => {
      server.kill();
      removeFolder(folder);
    });

    function send(
      message: string,
      options: { from?: string; to?: string } = {},
    ): string {
      const file = join(folder, "message.eml");
      writeFileSync(file, message);
      try {
        return execFileSync(
          "swaks",
          [
            "--server",
            "127.0.0.1",
            "--port",
            String(port),
            "--local-interface",
            options.from ?? "127.0.0.1",
            "--helo",
            "client.example.org",
            "--from",
            "ann@example.org",
            "--to",
            options.to ?? "bob@example.test",
            "--data",
            `@${file}`,
            "--hide-all",
            "--show-raw-text",
            "--suppress-data",
          ].filter((arg) => arg !== "--hide-all" && arg !== "--show-raw-text"),
          { encoding: "utf8" },
        );
      } catch (error) {
        return error instanceof Error && "stdout" in error
          ? String(error.stdout)
          : String(error);
      }
    }

    test("ordinary mail is accepted, and delivered with our fields on top", () => {
      const before = deliveredTo(maildir).length;
      expect(send(plainMail)).toMatch(/<-\s+250 .*ccepted/);
      const delivered = deliveredTo(maildir);
      expect(delivered).toHaveLength(before + 1);
      expect(delivered.at(-1)).toContain("X-Qsift-Verdict: queue");
    });
    test("a virus is refused with 554 while the client waits", () => {
      const before = deliveredTo(maildir).length;
      expect(send(eicarMail)).toMatch(/<\*\* 554 /);
      expect(deliveredTo(maildir)).toHaveLength(before);
    });
    test("spam is refused with 554", () => {
      expect(send(gtubeMail)).toMatch(/<\*\* 554 /);
    });
    test("what a policy holds is accepted, and not delivered", () => {
      const before = deliveredTo(maildir).length;
      expect(send(eicarMail, { to: "review@example.test" })).toMatch(
        /<-\s+250 /,
      );
      expect(deliveredTo(maildir)).toHaveLength(before);
    });
    test("a tcprules line without the filter delivers unscanned", () => {
      const before = deliveredTo(maildir).length;
      expect(send(eicarMail, { from: "127.0.0.2" })).toMatch(/<-\s+250 /);
      expect(deliveredTo(maildir)).toHaveLength(before + 1);
    });
    test("a broken configuration defers with 451", () => {
      expect(send(plainMail, { from: "127.0.0.3" })).toMatch(/<\*\* 451 /);
    });
    test("a missing qmail-queue defers with 451", () => {
      expect(send(plainMail, { from: "127.0.0.4" })).toMatch(/<\*\* 451 /);
    });
  },
);

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === "object" && address ? address.port : 0);
      });
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}
