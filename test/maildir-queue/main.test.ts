// bin/maildir-queue as qmail would start it: two pipes or files on fd 0 and
// fd 1, nothing else. It is bundled once, so that plain Node runs it.

import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "qsift-maildir-queue-"));
const program = join(folder, "maildir-queue.mjs");
let maildir: string;
let count = 0;

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, "../../src/maildir-queue/main.ts")],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
  });
});
beforeEach(() => {
  maildir = join(folder, `maildir-${count++}`);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Files serve as fd 0 and fd 1 where no pipe's behaviour is asked for. */
function queue(
  message: Uint8Array | string,
  envelope: Uint8Array | string,
  env: Record<string, string> = { QSIFT_MAILDIR: maildir },
) {
  const input = [message, envelope].map((bytes, n) => {
    const file = join(folder, `input-${n}`);
    writeFileSync(file, bytes);
    return openSync(file, "r");
  });
  const [fd0 = -1, fd1 = -1] = input;
  const ended = spawnSync(process.execPath, [program], {
    env,
    cwd: "/",
    stdio: [fd0, fd1, "pipe"],
  });
  for (const fd of input) closeSync(fd);
  return { status: ended.status, complaint: ended.stderr.toString() };
}

function delivered(): Buffer[] {
  const from = join(maildir, "new");
  return readdirSync(from).map((name) => readFileSync(join(from, name)));
}

function leftOver(): string[] {
  return readdirSync(join(maildir, "tmp"));
}

const message = Buffer.from("Subject: x\n\n\0\r\xff last line", "latin1");

test("a message is delivered with its envelope above the received bytes", () => {
  expect(
    queue(message, "Falice@example.org\0Tbob\0Tcarol@example.test\0\0"),
  ).toEqual({
    status: 0,
    complaint: "",
  });
  const head =
    "Return-Path: <alice@example.org>\n" +
    "X-Envelope-To: <bob>\n" +
    "X-Envelope-To: <carol@example.test>\n";
  expect(delivered()).toEqual([Buffer.concat([Buffer.from(head), message])]);
  expect(leftOver()).toEqual([]);
  for (const name of ["new", "tmp", "cur"])
    expect(statSync(join(maildir, name)).mode & 0o777).toBe(0o700);
});

test("a null sender and no recipient are delivered too", () => {
  expect(queue("", "F\0\0").status).toBe(0);
  expect(delivered().map(String)).toEqual(["Return-Path: <>\n"]);
});

test("what stands after the envelope's last NUL is ignored", () => {
  expect(queue(message, "F\0Tb\0\0Tc\0garbage").status).toBe(0);
  expect(delivered().map(String).join("")).not.toContain("<c>");
});

test("no byte of an address can make a header line of its own", () => {
  const hostile = "a\nBcc: x\r\n\n\x1b[2J\\\xff";
  expect(
    queue("body", Buffer.from(`F${hostile}\0T${hostile}\0\0`, "latin1")).status,
  ).toBe(0);
  const escaped = "a\\x0ABcc: x\\x0D\\x0A\\x0A\\x1B[2J\\x5C\\xFF";
  expect(delivered().map(String)).toEqual([
    `Return-Path: <${escaped}>\nX-Envelope-To: <${escaped}>\nbody`,
  ]);
});

test.each([
  ["nothing", "", 54],
  ["a sender cut short", "Falice", 54],
  ["no NUL after the recipients", "Falice\0Tbob\0", 54],
  ["a recipient cut short", "Falice\0Tbo", 54],
  ["a wrong first letter", "Talice\0Tbob\0\0", 91],
  ["a NUL first", "\0", 91],
  ["a wrong recipient letter", "Falice\0Xbob\0\0", 91],
  ["a sender of 1,003 bytes", `F${"a".repeat(1003)}\0\0`, 11],
  ["a recipient of 1,003 bytes", `F\0T${"a".repeat(1003)}\0\0`, 11],
])("an envelope with %s delivers nothing", (_, envelope, exitCode) => {
  const { status, complaint } = queue(message, envelope);
  expect(status).toBe(exitCode);
  expect(complaint).toMatch(/^maildir-queue: .+\n$/);
  expect(delivered()).toEqual([]);
  expect(leftOver()).toEqual([]);
});

test("addresses of 1,001 and 1,002 bytes pass", () => {
  const [a, b] = ["a".repeat(1001), "b".repeat(1002)];
  expect(queue("", `F${a}\0T${b}\0\0`).status).toBe(0);
  expect(delivered().map(String)).toEqual([
    `Return-Path: <${a}>\nX-Envelope-To: <${b}>\n`,
  ]);
});

test("100,000 recipients are delivered", () => {
  const recipients = Array.from(
    { length: 100_000 },
    (_, n) => `r${n}@example.test`,
  );
  const envelope = `F\0${recipients.map((r) => `T${r}\0`).join("")}\0`;
  expect(queue(message, envelope).status).toBe(0);
  const lines = delivered().map(String).join("").split("\n");
  expect(lines[100_000]).toBe("X-Envelope-To: <r99999@example.test>");
});

test("51 where the envelope is larger than can be kept", () => {
  const recipients = `T${"r".repeat(1000)}\0`.repeat(68_000);
  expect(queue("", `F\0${recipients}\0`).status).toBe(51);
  expect(delivered()).toEqual([]);
  expect(leftOver()).toEqual([]);
});

test.each([
  ["is not set", {}],
  ["is empty", { QSIFT_MAILDIR: "" }],
  ["is relative", { QSIFT_MAILDIR: "Maildir" }],
])("61 where QSIFT_MAILDIR %s", (_, env: Record<string, string>) => {
  const { status, complaint } = queue(message, "F\0\0", env);
  expect(status).toBe(61);
  expect(complaint).toContain("QSIFT_MAILDIR");
});

test("61 where the Maildir can't be made", () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  expect(queue(message, "F\0\0", { QSIFT_MAILDIR: file }).status).toBe(61);
});

test("61 where a folder of the Maildir is a file", () => {
  mkdirSync(maildir);
  writeFileSync(join(maildir, "tmp"), "");
  expect(queue(message, "F\0\0").status).toBe(61);
});

test("54 where fd 0 can't be read", () => {
  const fd0 = openSync(folder, "r");
  const fd1 = openSync(program, "r");
  const ended = spawnSync(process.execPath, [program], {
    env: { QSIFT_MAILDIR: maildir },
    stdio: [fd0, fd1, "pipe"],
  });
  closeSync(fd0);
  closeSync(fd1);
  expect(ended.status).toBe(54);
  expect(leftOver()).toEqual([]);
});

test("it ends at the last NUL though the writer keeps the pipe open", async () => {
  const child = spawn(process.execPath, [program], {
    env: { QSIFT_MAILDIR: maildir },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.stdin.end("message");
  // A socket pair in Node, so that fd 1 can be written to from here.
  const envelope = child.stdout as unknown as Socket;
  for (const byte of "Fa\0Tb\0\0") envelope.write(byte);
  expect(await ended).toBe(0);
  expect(delivered().map(String)).toEqual([
    "Return-Path: <a>\nX-Envelope-To: <b>\nmessage",
  ]);
});

test("killed before the last NUL it has delivered nothing", async () => {
  const child = spawn(process.execPath, [program], {
    env: { QSIFT_MAILDIR: maildir },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.stdin.end(Buffer.alloc(1_300_000, "x\n"));
  (child.stdout as unknown as Socket).write("Fa\0Tb\0");
  while (!filesIn(join(maildir, "tmp")))
    await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill("SIGKILL");
  await ended;
  expect(delivered()).toEqual([]);
});

function filesIn(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
}

test.skipIf(process.platform !== "linux")(
  "a message of 50 MB costs no more memory than a small one",
  async () => {
    const peak = async (bytes: Buffer): Promise<number> => {
      const child = spawn(process.execPath, [program], {
        env: { QSIFT_MAILDIR: maildir },
        stdio: ["pipe", "pipe", "inherit"],
      });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await new Promise<void>((resolve) => {
        child.stdin.end(bytes, resolve);
      });
      (child.stdout as unknown as Socket).write("Fa\0");
      // All but the envelope's end is read once the delivery's own file is there.
      while (!filesIn(join(maildir, "tmp")))
        await new Promise((resolve) => setTimeout(resolve, 10));
      const status = readFileSync(`/proc/${child.pid ?? 0}/status`, "latin1");
      const [, kilobytes = "NaN"] = /VmHWM:\s+(\d+) kB/.exec(status) ?? [];
      (child.stdout as unknown as Socket).write("\0");
      expect(await ended).toBe(0);
      return Number(kilobytes) / 1024;
    };
    const small = await peak(Buffer.from("x"));
    const large = await peak(Buffer.alloc(50_000_000, "0123456789abcde\n"));
    expect(large).toBeLessThan(small + 20);
    const sizes = delivered().map((bytes) => bytes.length);
    expect(Math.max(...sizes)).toBe(50_000_000 + "Return-Path: <a>\n".length);
  },
);
