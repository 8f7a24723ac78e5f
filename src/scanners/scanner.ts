// The interface of what judges a message: one file a scanner.
//
// A scanner returns a Report or throws. A reply that cannot be understood
// throws. It does not retry, log, time out, or pick an action:
// ready-scanner.ts does what is common to all, once, and gives the time as a
// signal; endpoints.ts chooses among addresses.

import * as v from "valibot";
import type { Limits } from "../limits.ts";
import type { Mail, Message } from "../mail.ts";
import type { Finding, HeaderLine } from "../verdict.ts";
import type { CacheCounters } from "./digest-cache.ts";
import type { Endpoints } from "./endpoints.ts";

/** What a scanner looks at. */
export interface Subject {
  readonly mail: Mail;
  readonly message: Message;
}

/** What a scanner says when it is done. */
export interface Report {
  readonly findings: readonly Finding[];
  /** Total spam score, where the scanner judges spam; else null. */
  readonly score: number | null;
  /** Engine and signatures as it names them; null where it does not. */
  readonly version: string | null;
  /** Header fields for the delivered message, as information: X-DCC-..., Authentication-Results. */
  readonly fields?: readonly HeaderLine[];
}

/** Where a scanner listens. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | {
      /** "udp": datagrams, which only some scanners take. */
      readonly kind: "tcp" | "udp";
      readonly host: string;
      readonly port: number;
    };

/** What is common to every `[scanners.NAME]` table. */
export interface ScannerSettings {
  /** "auto": used where it is running (only unix sockets and loopback are tried). */
  readonly enabled: boolean | "auto";
  /** Empty for scanners that need no connection. */
  readonly addresses: readonly Address[];
  /** True: every scan begins with another address. False: in order. */
  readonly spread: boolean;
  /** How often all addresses are tried again after a failure of theirs. */
  readonly retries: number;
  /** So many failures in a row, and an address is left alone for `breakerMs`. */
  readonly breakerFailures: number;
  readonly breakerMs: number;
  /** For one message, waiting for its turn included. */
  readonly timeoutMs: number;
  /** Scans at a time in this process; others wait. */
  readonly concurrency: number;
  /** Larger messages are skipped, visibly. */
  readonly maxBytes: number;
  readonly onFailure: "defer" | "queue" | "quarantine";
  /** The scanner's own keys (`Scanner.options`), defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The limits that scanners keep themselves. */
export type ScannerLimits = Pick<Limits, "replyBytes">;

/** What a ping tells. */
export interface Health {
  /** Engine and signatures as it names them, or a word of life. */
  readonly version: string;
  /** Milliseconds since the epoch, of the signature database; null where it tells none. */
  readonly databaseAt: number | null;
}

/** What a message is learned or reported as. */
export type LearnAs = "spam" | "ham";

/** A scanner ready for use with its settings; one for each process. */
export interface OpenScanner {
  readonly name: string;
  scan(subject: Subject, signal: AbortSignal): Promise<Report>;
  /** One cheap round trip to one address. */
  ping(signal: AbortSignal): Promise<Health>;
  /**
   * Messages of the same key get the same report, so that copies which come at
   * once are asked about once. Null, or not there: each is asked about.
   */
  key?(subject: Subject): string | null;
  /** Teaches the scanner's own database. */
  learn?(message: Uint8Array, as: LearnAs, signal: AbortSignal): Promise<void>;
  /** Tells the network that the scanner asks ("ham": takes it back). Only where its option `report` is true. */
  report?(message: Uint8Array, as: LearnAs, signal: AbortSignal): Promise<void>;
  /** Where it keeps addresses. */
  readonly endpoints?: Endpoints;
  /** Where it keeps what was said of contents. */
  readonly cache?: CacheCounters;
  /** Ends processes and connections that it keeps. */
  close?(): Promise<void>;
}

export interface Scanner {
  readonly name: string;
  /** What its silence is about: X-Virus-Scanned names those that judge viruses, relay clients' mail is not given to those that judge spam alone. */
  readonly judges: "virus" | "spam" | "both" | "neither";
  readonly defaults: ScannerSettings;
  /** Schema of its own keys in `[scanners.NAME]`, each with a default. */
  readonly options: v.ObjectEntries;
  open(settings: ScannerSettings, limits: ScannerLimits): OpenScanner;
}

/** The settings with what the scanner is for, as policy needs to know it. */
export interface ConfiguredScanner extends ScannerSettings {
  readonly judges: Scanner["judges"];
}

/** Settings that most scanners share; each says where it differs. */
export const commonDefaults = {
  enabled: "auto",
  addresses: [],
  spread: false,
  retries: 1,
  // Five failures in a row are no accident (a message that is tried again
  // makes two). Half a minute later the next one asks again, so that a
  // restarted scanner is found soon.
  breakerFailures: 5,
  breakerMs: 30_000,
  timeoutMs: 60_000,
  concurrency: 16,
  maxBytes: Number.MAX_SAFE_INTEGER,
  onFailure: "defer",
  options: {},
} as const satisfies ScannerSettings;

/** Thrown by scanners for every failure that has a name. The message is short and printable. */
export class ScannerFailure extends Error {
  /**
   * `absent`: nothing listens there (no socket file, or a refused TCP
   * connection); with `enabled = "auto"` this is "not installed". `failed`:
   * whatever the configuration says. `message`: a failure too, which comes of
   * this message, so that another address or a second try would say the same.
   */
  readonly reason: "absent" | "failed" | "message";
  constructor(
    reason: "absent" | "failed" | "message",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ScannerFailure";
    this.reason = reason;
  }
}

/** A time that ran out: no sense in a second try. */
export class ScannerTimeout extends ScannerFailure {
  constructor(message: string, options?: ErrorOptions) {
    super("failed", message, options);
    this.name = "ScannerTimeout";
  }
}

/** The scanner's own keys as its schema made them; those that nobody gave have their defaults. */
export function optionsOf<const Entries extends v.ObjectEntries>(
  settings: ScannerSettings,
  entries: Entries,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> {
  const defaults = v.parse(v.object(entries), {});
  return { ...defaults, ...settings.options };
}
