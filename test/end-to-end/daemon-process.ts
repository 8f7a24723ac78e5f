// `qsift daemon` as a supervisor runs it, with a configuration and sockets of
// its own. Doors that run with the same configuration find it by `env`.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { programs } from "./door.ts";

export interface DaemonProcess {
  /** For the doors that are to ask it. */
  readonly env: Readonly<Record<string, string>>;
  readonly socket: string;
  readonly child: ChildProcess;
  /** JSON lines of fd 2 so far. */
  log(): readonly Record<string, unknown>[];
  /** One question to the control socket. */
  ask(what: "scanners" | "stats"): Promise<unknown>;
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/** `config`: TOML; `daemonKeys`: more lines of [daemon]. */
export async function startQsiftDaemon(
  folder: string,
  config: string,
  daemonKeys = "",
): Promise<DaemonProcess> {
  mkdirSync(join(folder, "quarantine"), { recursive: true, mode: 0o700 });
  const socket = join(folder, "s");
  const controlSocket = join(folder, "c");
  const file = join(folder, "daemon.toml");
  writeFileSync(
    file,
    `${config}\n[quarantine]\npath = "${join(folder, "quarantine")}"\n[daemon]\nsocket = "${socket}"\ncontrol_socket = "${controlSocket}"\ntrusted_users = ["root", "#${process.getuid?.() ?? 0}"]\n${daemonKeys}\n`,
  );
  const child = spawn(programs.qsift, ["daemon"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"], QSIFT_CONFIG: file },
  });
  const exited = once(child, "exit");
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const giveUpAt = Date.now() + 20_000;
  while (!text.includes('"event":"started"')) {
    if (child.exitCode !== null || Date.now() > giveUpAt)
      throw new Error(`the daemon did not start: ${text}`);
    await sleep(20);
  }
  return {
    env: { QSIFT_SOCKET: socket },
    socket,
    child,
    log: () =>
      text
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    ask: (what) => question(controlSocket, what),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await exited;
      }
    },
  };
}

async function question(path: string, what: string): Promise<unknown> {
  if (!existsSync(path)) throw new Error(`${path} is not there`);
  const socket = connect({ path });
  let reply = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    reply += chunk;
  });
  socket.write(`{"ask":"${what}"}\n`);
  await once(socket, "close");
  return JSON.parse(reply);
}
