// A private c-icap for tests, on a loopback port: its virus_scan service with a
// private clamd behind it, and its echo service, which scans nothing.

import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultLimits } from "../../src/limits.ts";
import { parseAddress } from "../../src/scanners/address.ts";
import { icap } from "../../src/scanners/icap.ts";
import { unusedPort } from "../fakes/scanner-server.ts";
import { findProgram, startDaemon, type Daemon } from "./daemon.ts";

export interface PrivateCIcap extends Daemon {
  /** As in the configuration: tcp:host:port. */
  readonly address: string;
}

/** Debian keeps modules in /usr/lib/<architecture>/c_icap. */
async function moduleFolder(): Promise<string | null> {
  const folders = (await readdir("/usr/lib")).map(
    (each) => `/usr/lib/${each}/c_icap`,
  );
  const needed = ["virus_scan.so", "clamd_mod.so", "srv_echo.so"];
  const isWhole = (folder: string): boolean =>
    needed.every((file) => existsSync(join(folder, file)));
  return ["/usr/lib/c_icap", ...folders].find(isWhole) ?? null;
}

export async function isInstalled(): Promise<boolean> {
  return findProgram("c-icap") !== null && (await moduleFolder()) !== null;
}

export async function startCIcap(
  directory: string,
  clamdSocket: string,
): Promise<PrivateCIcap> {
  const program = findProgram("c-icap");
  const modules = await moduleFolder();
  if (program === null || modules === null)
    throw new Error("c-icap is not installed");
  const free = await unusedPort();
  if (free.kind !== "tcp") throw new Error("expected a port");
  const configuration = join(directory, "c-icap.conf");
  await mkdir(join(directory, "tmp"), { recursive: true });
  const lines = [
    `PidFile ${directory}/c-icap.pid`,
    `CommandsSocket ${directory}/c-icap.ctl`,
    `Port 127.0.0.1:${free.port}`,
    `TmpDir ${directory}/tmp`,
    `ModulesDir ${modules}`,
    `ServicesDir ${modules}`,
    "TemplateDir /usr/share/c_icap/templates/",
    "LoadMagicFile /etc/c-icap/c-icap.magic",
    `ServerLog ${directory}/server.log`,
    `AccessLog ${directory}/access.log`,
    "Timeout 20",
    "StartServers 1",
    "MaxServers 1",
    "ThreadsPerChild 8",
    "MinSpareThreads 2",
    "MaxSpareThreads 8",
    "Service echo srv_echo.so",
    "Module common clamd_mod.so",
    `clamd_mod.ClamdSocket ${clamdSocket}`,
    "Service antivirus_module virus_scan.so",
    "ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple",
    "virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE GRAPHICS STREAM DOCUMENT",
    "virus_scan.MaxObjectSize 1M",
    "virus_scan.PassOnError off",
  ];
  await writeFile(configuration, `${lines.join("\n")}\n`);
  const address = `tcp:127.0.0.1:${free.port}`;
  const scanner = icap.open(
    {
      ...icap.defaults,
      retries: 0,
      breakerFailures: Number.MAX_SAFE_INTEGER,
      addresses: [parseAddress(address)],
      options: { service: "/avscan" },
    },
    defaultLimits,
  );
  const daemon = await startDaemon({
    command: [program, "-N", "-f", configuration],
    log: join(directory, "c-icap.log"),
    readyWithinMs: 20_000,
    isReady: () =>
      scanner.ping(AbortSignal.timeout(5000)).then(
        () => true,
        () => false,
      ),
  });
  return { ...daemon, address };
}
