// Runs another program's daemon for a test, in its own process group, and
// makes sure that it does not outlive the test: a small shell waits for the
// end of its standard input, which comes when this process ends, however that
// happens.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync, closeSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const watch = `"$@" & child=$!; trap 'kill "$child" 2>/dev/null' TERM; read -r _; kill "$child" 2>/dev/null; wait "$child"`;

export interface Daemon {
  /** Ends it in its own way (SIGTERM) and waits until it is gone. */
  stop(): Promise<void>;
  /** Ends it as a crash would (SIGKILL), children included; sockets stay behind. */
  kill(): Promise<void>;
  /** Lets it hang: it keeps its sockets and does nothing until resume(). */
  pause(): void;
  resume(): void;
}

export interface DaemonOptions {
  readonly command: readonly [string, ...string[]];
  readonly log: string;
  /** Asked again and again until it resolves to true. */
  isReady(): Promise<boolean>;
  readonly readyWithinMs: number;
}

export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const log = openSync(options.log, "a");
  const child = spawn("/bin/sh", ["-c", watch, "sh", ...options.command], {
    stdio: ["pipe", log, log],
    detached: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
  });
  closeSync(log);
  const exited = once(child, "exit");
  const daemon: Daemon = {
    pause: () => {
      signalGroup(child, "SIGSTOP");
    },
    resume: () => {
      signalGroup(child, "SIGCONT");
    },
    stop: async () => {
      signalGroup(child, "SIGCONT");
      child.stdin?.end();
      await exited;
    },
    kill: async () => {
      signalGroup(child, "SIGKILL");
      await exited;
    },
  };
  const giveUpAt = Date.now() + options.readyWithinMs;
  while (!(await options.isReady())) {
    if (Date.now() < giveUpAt) {
      await sleep(20);
      continue;
    }
    await daemon.kill();
    const said = existsSync(options.log)
      ? readFileSync(options.log, "utf8")
      : "";
    throw new Error(
      `${options.command[0]} did not get ready: ${said.slice(-2000)}`,
    );
  }
  return daemon;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  const isGone = child.exitCode !== null || child.signalCode !== null;
  if (child.pid === undefined || isGone) return;
  process.kill(-child.pid, signal);
}

/** Its path, or null where it is not installed; Debian keeps daemons in /usr/sbin. */
export function findProgram(name: string): string | null {
  for (const folder of ["/usr/sbin", "/usr/bin", "/usr/local/sbin"])
    if (existsSync(`${folder}/${name}`)) return `${folder}/${name}`;
  return null;
}
