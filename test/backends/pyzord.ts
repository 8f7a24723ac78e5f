// A private pyzord for tests, on a loopback port, with a database of its own.
// It lets anonymous clients do everything, which pyzord by itself does not:
// whitelisting is for those with an account. One account is there as well.

import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pyzor } from "../../src/scanners/pyzor.ts";
import type { Address } from "../../src/scanners/scanner.ts";
import { defaultLimits } from "../../src/limits.ts";
import { findProgram, startDaemon, type Daemon } from "./daemon.ts";

/** Known to it, besides anonymous. */
export const account = { user: "tester", key: "0123456789abcdef" };

export interface PrivatePyzord extends Daemon {
  readonly address: Extract<Address, { port: number }>;
}

/** Its database needs python3-gdbm, which Debian's package does not depend on. */
export function isInstalled(): boolean {
  return (
    findProgram("pyzord") !== null &&
    spawnSync("/usr/bin/python3", ["-I", "-c", "import _gdbm"]).status === 0
  );
}

export async function startPyzord(
  directory: string,
  anonymousMay = "check report ping whitelist",
): Promise<PrivatePyzord> {
  const program = findProgram("pyzord");
  if (program === null) throw new Error("pyzord is not installed");
  const home = join(directory, "pyzord");
  await mkdir(home, { recursive: true });
  await writeFile(
    join(home, "pyzord.access"),
    `${anonymousMay} : anonymous : allow\ncheck report ping whitelist : ${account.user} : allow\n`,
  );
  await writeFile(
    join(home, "pyzord.passwd"),
    `${account.user} : ${account.key}\n`,
  );
  const address = await unusedUdpPort();
  const scanner = pyzor.open(
    { ...pyzor.defaults, addresses: [address] },
    defaultLimits,
  );
  const daemon = await startDaemon({
    command: [
      program,
      ...["--homedir", home, "-e", "gdbm"],
      ...["-a", address.host, "-p", String(address.port)],
      ...["--log-file", join(home, "log")],
      ...["--usage-log-file", join(home, "usage")],
      ...["--pid-file", join(home, "pid")],
    ],
    log: join(directory, "pyzord.log"),
    readyWithinMs: 20_000,
    isReady: () =>
      scanner.ping(AbortSignal.timeout(1000)).then(
        () => true,
        () => false,
      ),
  });
  return { ...daemon, address };
}

/** A loopback port that nobody listens on. */
export async function unusedUdpPort(): Promise<PrivatePyzord["address"]> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return { kind: "udp", host: "127.0.0.1", port };
}
