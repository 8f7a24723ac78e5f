// `qsift daemon`: judges mail for the doors, in one process that lives, with
// warm threads, breakers and caches. Runs in the foreground under a supervisor
// (daemontools, systemd) and logs to fd 2.
//
// SIGTERM and SIGINT: takes no new mail, finishes what it has, ends with 0.

import { setTimeout as sleep } from "node:timers/promises";
import { configPath, readConfig, type Config } from "../config.ts";
import { ConfigError } from "../config-error.ts";
import { builtinRules } from "../installation.ts";
import { readyScanners } from "../judge.ts";
import { openLog } from "../log.ts";
import { printable } from "../printable.ts";
import { daemonFrames, frame } from "../protocol.ts";
import { exitCodes } from "../qmail/exit-codes.ts";
import { control } from "./control.ts";
import { converse, type Service } from "./conversation.ts";
import { Counts } from "./counts.ts";
import { Gate } from "./gate.ts";
import { listen } from "./listen.ts";
import { loadAll } from "./load-all.ts";
import { usage } from "./usage.ts";

/** As long as doors wait by default (QSIFT_DEADLINE_S); those that are left then defer. */
const finishWithinMs = 250_000;

/** Connections beyond those that the gate counts: doors that send, and that deliver. */
const spareDoors = 100;

process.exitCode = 1;
// What it had is deferred by its doors, and the supervisor starts it again.
process.on("uncaughtException", (error) => {
  const stack = printable(error.stack ?? error.message);
  openLog({ fd: 2, level: "info" }).error({ event: "bug", stack });
  process.exit(1);
});
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`qsift daemon: ${text}\n`);
    process.exit(error instanceof ConfigError ? exitCodes.configuration : 1);
  },
);

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length > 0) {
    const isHelp = argv.length === 1 && argv[0] === "--help";
    (isHelp ? process.stdout : process.stderr).write(usage);
    return isHelp ? 0 : 2;
  }
  const config = await readConfig({
    file: configPath(process.env),
    builtinRules,
  });
  return serve(config);
}

async function serve(config: Config): Promise<number> {
  const log = openLog({ fd: 2, level: "info" });
  const { daemon } = config;
  const service: Service = {
    config,
    log,
    gate: new Gate(daemon),
    counts: new Counts(),
  };
  const conversations = new Set<Promise<void>>();
  const mostDoors = daemon.maxMessages + daemon.maxWaiting + spareDoors;
  // Opened now, so that what is wrong with one shows before mail comes.
  readyScanners(config);
  await loadAll(config);
  const commands = await listen({
    path: daemon.controlSocket,
    mode: 0o600,
    group: null,
    serve: (socket) => {
      control(socket, service);
    },
  });
  // Last: while a socket is made, files that others make have no mode.
  const doors = await listen({
    path: daemon.socket,
    mode: 0o660,
    group: daemon.socketGroup,
    serve: (socket) => {
      if (conversations.size >= mostDoors) {
        service.counts.busy += 1;
        log.warn({ event: "busy", reason: "too many doors" });
        socket.end(frame(daemonFrames.busy, Buffer.from("too many doors")));
        return;
      }
      const conversation = converse(socket, service).finally(() =>
        conversations.delete(conversation),
      );
      conversations.add(conversation);
    },
  });
  log.info({
    event: "started",
    socket: daemon.socket,
    config: config.file ?? "built-in defaults",
  });
  const signal = await nextSignal();
  doors.close();
  commands.close();
  log.info({ event: "stopping", signal, under_way: conversations.size });
  await Promise.race([Promise.all(conversations), sleep(finishWithinMs)]);
  log.info({ event: "stopped", messages: service.counts.messages });
  return 0;
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const)
      process.on(name, () => {
        resolve(name);
      });
  });
}
