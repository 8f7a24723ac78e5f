// Runs a door as qmail runs it: message and envelope on pipes at fd 0 and 1,
// an error descriptor where one is wanted, a bare environment, another working
// directory. The contract suite is written against this, for every door.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scanners } from "../../src/scanners/index.ts";

const root = join(import.meta.dirname, "..", "..");

/** What `npm run build` makes. */
export const programs = {
  typescriptDoor: join(root, "bin", "qmail-scanner-queue-ts"),
  door: join(root, "bin", "qmail-scanner-queue"),
  maildirQueue: join(root, "bin", "maildir-queue"),
  qsift: join(root, "bin", "qsift"),
  fakeQueue: join(root, "test", "fakes", "qmail-queue.sh"),
};

export interface DoorRun {
  readonly program?: string;
  readonly message?: string | Uint8Array;
  /** Raw bytes for fd 1; null: closed without a byte. */
  readonly envelope?: string | Uint8Array | null;
  readonly env?: Readonly<Record<string, string>>;
  /** TOML text; null: no file. Its quarantine path is set to `folder` unless it names one. */
  readonly config?: string | null;
  /** Number of the error descriptor; null: none. */
  readonly errorFd?: number | null;
  /** "closed": the reading end is closed before the door starts. */
  readonly errorReader?: "open" | "closed";
  /** Shell redirections to add: `4</etc/passwd`. */
  readonly redirect?: string;
  /** Shell commands before the door is run: `umask 077;`. */
  readonly before?: string;
  readonly folder?: string;
  /** Called when the door has been started, with its process. */
  readonly started?: (child: ChildProcess) => void;
  /** Writes fd 0 itself instead of `message`. */
  readonly writeMessage?: (fd: number) => Promise<void>;
}

export interface DoorResult {
  readonly code: number | null;
  readonly signal: string | null;
  /** What came through the error descriptor. */
  readonly errorText: string;
  readonly stderr: string;
  /** JSON lines of fd 2. */
  readonly log: readonly Record<string, unknown>[];
  readonly folder: string;
  /** One for each run of the stand-in for qmail-queue. */
  readonly queued: readonly Queued[];
  readonly ms: number;
}

export interface Queued {
  readonly message: Buffer;
  readonly envelope: string;
  readonly env: string;
  readonly fds: readonly string[];
  readonly uid: string;
}

/** Envelope bytes as qmail writes them. */
export function envelopeOf(
  sender: string,
  recipients: readonly string[],
): string {
  return `F${sender}\0${recipients.map((to) => `T${to}\0`).join("")}\0`;
}

const plainMessage =
  "Received: from mail.example.org (HELO mx.example.org) (192.0.2.7)\n  by mail.example.test with SMTP; 1 Nov 2026 10:00:00 -0000\nFrom: a@example.org\nTo: b@example.test\nSubject: hello\nMessage-ID: <1@example.org>\n\nHello.\n";

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "qsift-test-"));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs the door once. The caller removes `folder`. */
export async function runDoor(run: DoorRun = {}): Promise<DoorResult> {
  const folder = run.folder ?? makeFolder();
  const pipes = mkdtempSync(join(folder, "pipes-"));
  const fakeDir = join(folder, "queue");
  mkdirSync(fakeDir, { recursive: true });
  const configFile = join(folder, "qsift.toml");
  if (run.config !== null) writeFileSync(configFile, configText(run, folder));

  const errorFd = run.errorFd ?? null;
  const names = ["0", "1", "err"].map((name) => join(pipes, name));
  const [messagePipe = "", envelopePipe = "", errorPipe = ""] = names;
  execFileSync("mkfifo", names);
  // Opened for reading first, so that the writer's open does not block.
  let errorReader =
    errorFd === null
      ? null
      : openSync(errorPipe, constants.O_RDONLY | constants.O_NONBLOCK);
  if (run.errorReader === "closed" && errorReader !== null) {
    // A reader has to be there while the shell opens it: it closes it later.
    closeSync(errorReader);
    errorReader = openSync(errorPipe, constants.O_RDWR);
  }

  // The error descriptor first: its reader may be gone once the others are open.
  const redirections = [
    errorFd === null ? "" : `${errorFd}>"$PIPES/err"`,
    `<"$PIPES/0"`,
    `1<"$PIPES/1"`,
    run.redirect ?? "",
  ].join(" ");
  const start = performance.now();
  const child = spawn(
    "/bin/sh",
    [
      "-c",
      `${run.before ?? ""} program=$PROGRAM pipes=$PIPES; PIPES=$pipes; unset PROGRAM PWD OLDPWD; exec ${redirections}; unset PIPES; exec "$program"`,
    ],
    {
      cwd: "/",
      env: {
        PIPES: pipes,
        PROGRAM: run.program ?? programs.typescriptDoor,
        QSIFT_QUEUE: programs.fakeQueue,
        FAKE_DIR: fakeDir,
        ...(run.config === null ? {} : { QSIFT_CONFIG: configFile }),
        TCPREMOTEIP: "192.0.2.7",
        ...run.env,
      },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let ms = 0;
  child.once("exit", () => {
    ms = performance.now() - start;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>(
    (resolve) => {
      child.once("close", (code, signal) => {
        resolve({ code, signal });
      });
    },
  );
  run.started?.(child);
  await Promise.race([
    feed(run, messagePipe, envelopePipe, errorReader),
    ended,
  ]);
  const { code, signal } = await ended;
  const errorText =
    errorReader === null || run.errorReader === "closed"
      ? ""
      : readAll(errorReader);
  if (errorReader !== null && run.errorReader !== "closed")
    closeSync(errorReader);
  return {
    code,
    signal,
    errorText,
    stderr,
    log: stderr.split("\n").flatMap(parseLine),
    folder,
    queued: readQueued(fakeDir),
    ms,
  };
}

function configText(run: DoorRun, folder: string): string {
  const tables = [run.config ?? offline];
  const [text = ""] = tables;
  if (!text.includes("[quarantine]"))
    tables.push(`[quarantine]\npath = "${join(folder, "quarantine")}"`);
  // Whoever runs the tests stands for qmail's user.
  if (!text.includes("[daemon]"))
    tables.push(
      `[daemon]\ntrusted_users = ["root", "#${process.getuid?.() ?? 0}"]`,
    );
  return `${tables.join("\n")}\n`;
}

/** No scanner but the built-in one: what is installed on the machine must not matter. */
export const offline = scanners
  .filter(({ name }) => name !== "builtin")
  .map(
    ({ name }) => `[scanners.${name}]
enabled = false
`,
  )
  .join("");

/** As qmail does it: the whole message, close, then the envelope. */
async function feed(
  run: DoorRun,
  messagePipe: string,
  envelopePipe: string,
  errorReader: number | null,
): Promise<void> {
  const [message, envelope] = await Promise.all([
    open(messagePipe, "w"),
    open(envelopePipe, "w"),
  ]);
  if (run.errorReader === "closed" && errorReader !== null)
    closeSync(errorReader);
  try {
    if (run.writeMessage) await run.writeMessage(message.fd);
    else await message.writeFile(run.message ?? plainMessage);
  } catch (error) {
    if (!isBrokenPipe(error)) throw error;
  } finally {
    await message.close();
  }
  const bytes =
    run.envelope === undefined
      ? envelopeOf("a@example.org", ["b@example.test"])
      : run.envelope;
  try {
    if (bytes !== null)
      await envelope.writeFile(
        typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes,
      );
  } catch (error) {
    if (!isBrokenPipe(error)) throw error;
  } finally {
    await envelope.close();
  }
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

function parseLine(line: string): Record<string, unknown>[] {
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}

function readAll(fd: number): string {
  const buffer = Buffer.alloc(4096);
  let text = "";
  for (;;) {
    const count = readSync(fd, buffer, 0, buffer.length, null);
    if (count === 0) return text;
    text += buffer.toString("latin1", 0, count);
  }
}

function readQueued(folder: string): Queued[] {
  const found: Queued[] = [];
  for (let n = 1; ; n++) {
    const file = (kind: string): string => join(folder, `${n}.${kind}`);
    if (!existsSync(file("message"))) return found;
    const text = (kind: string): string =>
      existsSync(file(kind)) ? readFileSync(file(kind), "latin1") : "";
    found.push({
      message: readFileSync(file("message")),
      envelope: text("envelope"),
      env: text("env"),
      fds: text("fds").trim().split("\n"),
      uid: text("uid").trim(),
    });
  }
}

/** The outcome lines of a run; there must be exactly one. */
export function outcomes(result: DoorResult): Record<string, unknown>[] {
  return result.log.filter(({ event }) => event === "outcome");
}
