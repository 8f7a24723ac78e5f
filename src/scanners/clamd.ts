// ClamAV's daemon, asked by its own protocol (clamd(8)): the message goes over
// the socket, so clamd needs no permission on any file of ours.
//
// One session, C what we send, S what comes back, every reply ended by NUL and
// tagged with the number of its command, in any order:
//
//   C: zIDSESSION\0 zVERSION\0 zINSTREAM\0 <u32 length><data>... <u32 0>
//   S: 1: ClamAV 1.4.6/27500/Fri Jan 10 09:26:01 2025\0
//   S: 2: stream: OK\0                       or
//   S: 2: stream: Win.Test.EICAR_HDB-1 FOUND\0
//   C: zINSTREAM\0 ...                       (each part that it may not have seen)
//   S: 3: stream: OK\0
//   C: zEND\0
//
// Refusals: `INSTREAM size limit exceeded. ERROR\0` (StreamMaxLength, then it
// closes, so the reply can be lost), `COMMAND READ TIMED OUT\n` (never NUL).
// Not used: SCAN and FILDES (they gain at most a tenth of the time), ALLMATCH
// (does not exist for streams), so there is one name for a stream.

import * as v from "valibot";
import { nonNegativeInteger, oneOf, timeoutSeconds } from "../schema.ts";
import { findingKinds } from "../verdict.ts";
import { parseAddress } from "./address.ts";
import {
  databaseTime,
  defaultHeuristics,
  parseVersion,
} from "./clamd-reply.ts";
import { ClamdScan, partChoices, type Said } from "./clamd-scan.ts";
import { withConnection } from "./connection.ts";
import { keyWithParts } from "./decoded-parts.ts";
import { DigestCache } from "./digest-cache.ts";
import { Endpoints } from "./endpoints.ts";
import {
  commonDefaults,
  optionsOf,
  type OpenScanner,
  type Scanner,
  type ScannerLimits,
  type ScannerSettings,
} from "./scanner.ts";

const name = "clamd";
const MiB = 1024 * 1024;

const options = {
  /** What of archives is sent besides the message: what clamd may not have seen itself, all, or nothing. */
  parts: v.optional(oneOf(partChoices), "unseen"),
  /** How long what it said of some bytes is kept; never beyond a new version of the signatures. */
  cache_s: v.optional(timeoutSeconds, 300),
  /** Of how many contents; 0: of none. One takes some 300 bytes. */
  cache_entries: v.optional(nonNegativeInteger, 10_000),
  /** Kinds of finding by how a signature's name begins; any other is a virus. */
  heuristics: v.optional(
    v.record(v.string(), oneOf(findingKinds), "expected a table"),
    defaultHeuristics,
  ),
};

export const clamd: Scanner = {
  name,
  judges: "virus",
  defaults: {
    ...commonDefaults,
    addresses: [
      // Debian and Ubuntu; /var/run is a link to /run there.
      "unix:/run/clamav/clamd.ctl",
      // Fedora and its relatives.
      "unix:/run/clamd.scan/clamd.sock",
      "tcp:127.0.0.1:3310",
    ].map(parseAddress),
    // 1 MB takes clamd 50 ms, 20 MB one or two seconds; its own limit,
    // MaxScanTime, is 120 s by default.
    timeoutMs: 60_000,
    // clamd's StreamMaxLength is 100 MB by default, 25 MB on Debian.
    maxBytes: 100 * MiB,
    options: v.getDefaults(v.object(options)),
  },
  options,
  open,
};

function open(settings: ScannerSettings, limits: ScannerLimits): OpenScanner {
  const endpoints = new Endpoints(settings);
  const own = optionsOf(settings, options);
  const { replyBytes } = limits;
  const cache = new DigestCache<Said>(own.cache_entries, own.cache_s * 1000);
  const { maxBytes } = settings;
  const clamdScan = new ClamdScan({ ...own, maxBytes, replyBytes }, cache);
  return {
    name,
    endpoints,
    cache,
    key: keyWithParts,
    scan: (subject, signal) =>
      endpoints.use(signal, (address, attempt) =>
        clamdScan.scan(subject, address, attempt),
      ),
    ping: (signal) =>
      endpoints.use(signal, (address, attempt) =>
        withConnection(address, replyBytes, attempt, async (connection) => {
          await connection.write([Buffer.from("zVERSION\0")]);
          const version = parseVersion(await connection.readRecord(0));
          return { version, databaseAt: databaseTime(version) };
        }),
      ),
  };
}
