// Scans with a fake clamd that says what a test wants, for the tests of clamd.

import { defaultLimits } from "../../src/limits.ts";
import { clamd } from "../../src/scanners/clamd.ts";
import type {
  OpenScanner,
  Report,
  ScannerSettings,
  Subject,
} from "../../src/scanners/scanner.ts";
import { clamdVersionReply, serveClamd } from "../fakes/scanner-clamd.ts";
import { listen, type FakeServer } from "../fakes/scanner-server.ts";
import { noDeadline } from "./subject.ts";

interface Scanned {
  readonly report: Report;
  readonly streams: readonly string[];
}

/** Scans with a clamd that says `reply(stream)` after `stream: `. */
export async function scanWith(
  subject: Subject,
  reply: (stream: string) => string,
  settings: Partial<ScannerSettings> = {},
): Promise<Scanned> {
  const streams: string[] = [];
  const server = await listen("unix", (socket) => {
    serveClamd(socket, (bytes, number) => {
      const stream = bytes.toString("latin1");
      streams.push(stream);
      socket.write(`${number}: stream: ${reply(stream)}\0`);
      // Out of order, as clamd may.
      if (number === 2) socket.write(clamdVersionReply);
    });
  });
  try {
    const scanner = openAt(server, settings);
    return { report: await scanner.scan(subject, noDeadline()), streams };
  } finally {
    await server.stop();
  }
}

export function openAt(
  { address }: FakeServer,
  settings: Partial<ScannerSettings> = {},
): OpenScanner {
  return clamd.open(
    { ...clamd.defaults, ...settings, addresses: [address] },
    defaultLimits,
  );
}

export const clean = (): string => "OK";
