// Every scanner that waits for somebody else, with a fake that takes the whole
// message and then keeps it waiting: for tests of what ends such a scan.
//
// A scanner that has ended its own half of a connection is seen to have gone
// only by writing to it, as real servers see it. So a fake `drips`: it sends a
// byte of no reply every few milliseconds.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultLimits } from "../../src/limits.ts";
import { commandScanner } from "../../src/scanners/command.ts";
import { dcc } from "../../src/scanners/dcc.ts";
import { defaultProcessLimits } from "../../src/scanners/process-limits.ts";
import { pyzor } from "../../src/scanners/pyzor.ts";
import { razor } from "../../src/scanners/razor.ts";
import { ReadyScanner } from "../../src/scanners/ready-scanner.ts";
import type { Scanner, ScannerSettings } from "../../src/scanners/scanner.ts";
import { writeProgram } from "../fakes/scanner-programs.ts";
import { checkReply, servePyzord } from "../fakes/scanner-pyzord.ts";
import { listen, unusedPort } from "../fakes/scanner-server.ts";
import { protocols, type Protocol } from "./stream-protocols.ts";
import { partOf, subjectOf } from "./subject.ts";

export interface Hanging {
  readonly ready: ReadyScanner;
  /** Scans that have come to the fake so far. */
  readonly begun: () => number;
  /** Of those, how many the fake still works for. */
  readonly atWork: () => number;
  /** From now on the fake answers, those that wait too, that there is nothing. */
  readonly release: () => void;
  readonly stop: () => Promise<void>;
}

export interface HangingScanner {
  readonly name: string;
  open(drips?: boolean, changes?: Partial<ScannerSettings>): Promise<Hanging>;
}

const message = Buffer.from(
  "Subject: x\n\nThis is a line that is long enough to count\n",
);
/** What all of them have something to ask about. */
export const subject = subjectOf(message, [partOf(0, message)]);

export const hangingScanners: readonly HangingScanner[] = [
  ...protocols.map(overStream),
  overDatagrams(),
  asProgram(
    "razor",
    (program, home) => [razor, { program, home }],
    `${[
      "mail 1.0 e4 sig: abc",
      "mail 1.0 e=4 sig=abc: sig not found.",
      "mail 1 is not known spam.",
      "razor-check finished successfully.",
    ]
      .map((line) => `echo 'Nov 22 04:02:53.9 check[1]: [ 6] ${line}'`)
      .join("\n")}\nexit 1`,
  ),
  asProgram(
    "dcc by dccproc",
    (program) => [dcc, { program }],
    "echo 'X-DCC-Test-Metrics: host.example 1234; Body=1'",
  ),
  asProgram(
    "command",
    (program, folder) => {
      const scanner = commandScanner("command", {
        program,
        arguments: ["{file}"],
        infected: { exit: [1] },
        clean: { exit: [0], pattern: "^seen" },
        runtime_folder: folder,
        ...defaultProcessLimits,
      });
      return [scanner, scanner.defaults.options];
    },
    "echo seen",
  ),
];

function prepare(
  scanner: Scanner,
  changes: Partial<ScannerSettings>,
): ReadyScanner {
  const settings = {
    ...scanner.defaults,
    enabled: true,
    retries: 0,
    timeoutMs: 20_000,
    ...changes,
  };
  return new ReadyScanner(scanner.open(settings, defaultLimits), settings);
}

function overStream({ scanner, right, serve }: Protocol): HangingScanner {
  const open: HangingScanner["open"] = async (drips = false, changes = {}) => {
    const waiting = new Set<Socket>();
    let begun = 0;
    let isReleased = false;
    const server = await listen("unix", (socket) => {
      socket.once("close", () => waiting.delete(socket));
      serve(socket, () => {
        begun += 1;
        if (isReleased) socket.end(right);
        else waiting.add(socket);
        if (!drips) return;
        const timer = setInterval(() => socket.write("A"), 2);
        socket.once("close", () => {
          clearInterval(timer);
        });
      });
    });
    return {
      ready: prepare(scanner, { addresses: [server.address], ...changes }),
      begun: () => begun,
      atWork: () => waiting.size,
      release: () => {
        isReleased = true;
        for (const socket of waiting) socket.end(right);
      },
      stop: () => server.stop(),
    };
  };
  return { name: scanner.name, open };
}

function overDatagrams(): HangingScanner {
  const open: HangingScanner["open"] = async (_drips, changes = {}) => {
    const waiting: (() => void)[] = [];
    let isReleased = false;
    const server = await servePyzord((request, reply) => {
      const answer = (): void => {
        reply(checkReply(request.get("Thread") ?? ""));
      };
      if (isReleased) answer();
      else waiting.push(answer);
    });
    const { port } = server.address;
    return {
      ready: prepare(pyzor, { addresses: [server.address], ...changes }),
      begun: () => server.requests.length,
      atWork: () => connectedTo(port),
      release: () => {
        isReleased = true;
        for (const answer of waiting) answer();
      },
      stop: () => server.stop(),
    };
  };
  return { name: pyzor.name, open };
}

/** Datagram sockets whose other end is this port of loopback; proc(5), net/udp. */
function connectedTo(port: number): number {
  const end = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/udp", "latin1").split("\n");
  return lines.filter((line) => line.trim().split(/\s+/)[2] === end).length;
}

/** `choose`: the scanner and its options, for a program and a folder. It has a child, which must not outlive it. */
function asProgram(
  name: string,
  choose: (
    program: string,
    folder: string,
  ) => readonly [Scanner, ScannerSettings["options"]],
  right: string,
): HangingScanner {
  const open: HangingScanner["open"] = async (_drips, changes = {}) => {
    const folder = await mkdtemp(join(tmpdir(), "qsift-hanging-"));
    const [begun, released] = [join(folder, "begun"), join(folder, "released")];
    const program = await writeProgram(
      folder,
      `cat >/dev/null\nsleep 60 >/dev/null 2>&1 &\necho "$$ $!" >>${begun}\nuntil test -e ${released}; do sleep 0.05; done\nkill $!\n${right}`,
    );
    const [scanner, options] = choose(program, folder);
    const pairs = (): string[] =>
      existsSync(begun)
        ? readFileSync(begun, "latin1").split("\n").slice(0, -1)
        : [];
    return {
      ready: prepare(scanner, {
        // For dcc: without a daemon, the program is run.
        addresses: [await unusedPort()],
        options,
        ...changes,
      }),
      begun: () => pairs().length,
      atWork: () =>
        pairs().filter((pair) => pair.split(" ").some(isRunning)).length,
      release: () => {
        writeFileSync(released, "");
      },
      stop: () => rm(folder, { recursive: true, force: true }),
    };
  };
  return { name, open };
}

/** Nobody may be there to wait for it, so a zombie is gone. */
function isRunning(pid: string): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
