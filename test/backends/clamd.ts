// A private clamd for tests: own configuration, socket and signatures, nothing
// that goes to the network. Detects EICAR, a harmless marker, and encrypted
// archives; freshclam and the official databases are not needed.

import { defaultLimits } from "../../src/limits.ts";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { clamd } from "../../src/scanners/clamd.ts";
import { findProgram, startDaemon, type Daemon } from "./daemon.ts";

/** Detected as Test.Marker.UNOFFICIAL wherever it stands. */
export const virusMarker = "QSIFT-TEST-HARMLESS-MARKER";
/** Detected as Test.Fixture.UNOFFICIAL: what the archives of the extractors' tests hold. */
const fixtureText = "qsift archive fixture, harmless text";

export interface PrivateClamd extends Daemon {
  /** As in the configuration: unix:/path. */
  readonly address: string;
}

export function isInstalled(): boolean {
  return findProgram("clamd") !== null;
}

/** `extra`: more lines for clamd.conf. */
export async function startClamd(
  directory: string,
  extra: readonly string[] = [],
): Promise<PrivateClamd> {
  const program = findProgram("clamd");
  if (program === null) throw new Error("clamd is not installed");
  const socket = join(directory, "clamd.sock");
  await mkdir(join(directory, "db"), { recursive: true });
  await mkdir(join(directory, "tmp"), { recursive: true });
  // In two halves, so that this file is not itself detected.
  const eicar =
    "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" +
    "ANTIVIRUS-TEST-FILE!$H+H*";
  // Name : any file type : any offset : hexadecimal bytes.
  await writeFile(
    join(directory, "db", "test.ndb"),
    `Test.Eicar:0:*:${hex(eicar)}\nTest.Marker:0:*:${hex(virusMarker)}\nTest.Fixture:0:*:${hex(fixtureText)}\n`,
  );
  const configuration = join(directory, "clamd.conf");
  const given = new Set(extra.map((line) => line.split(" ")[0]));
  const lines = [
    `LocalSocket ${socket}`,
    "LocalSocketMode 666",
    "FixStaleSocket yes",
    `TemporaryDirectory ${join(directory, "tmp")}`,
    `DatabaseDirectory ${join(directory, "db")}`,
    "Foreground yes",
    "SelfCheck 0",
    "Bytecode no",
    "PhishingSignatures no",
    "PhishingScanURLs no",
    "AlertEncrypted yes",
    "MaxThreads 4",
    "StreamMaxLength 50M",
    "CommandReadTimeout 5",
    "ReadTimeout 60",
  ].filter((line) => !given.has(line.split(" ")[0]));
  await writeFile(configuration, [...lines, ...extra, ""].join("\n"));
  const address = `unix:${socket}`;
  const scanner = clamd.open(
    {
      ...clamd.defaults,
      addresses: [{ kind: "unix", path: socket }],
    },
    defaultLimits,
  );
  const daemon = await startDaemon({
    command: [program, `--config-file=${configuration}`],
    log: join(directory, "clamd.log"),
    readyWithinMs: 20_000,
    isReady: () =>
      scanner.ping(AbortSignal.timeout(5000)).then(
        () => true,
        () => false,
      ),
  });
  return { ...daemon, address };
}

function hex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}
