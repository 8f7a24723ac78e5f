// The interface of what judges a message: one file a scanner.
//
// A scanner returns a Report or throws. A reply that cannot be understood
// throws. It does not retry, cache, log, time out, or pick an action:
// run.ts does what is common to all, once, and gives the deadline as a signal.

import type { Limits } from "../limits.ts";
import type { Mail, Message } from "../mail.ts";
import type { Finding } from "../verdict.ts";

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
}

/** Where a scanner listens. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** What is common to every `[scanners.NAME]` table. */
export interface ScannerSettings {
  /** "auto": used where it is running (only unix sockets and loopback are tried). */
  readonly enabled: boolean | "auto";
  /** Tried in order. Empty for scanners that need no connection. */
  readonly addresses: readonly Address[];
  readonly timeoutMs: number;
  /** Larger messages are skipped, visibly. */
  readonly maxBytes: number;
  readonly onFailure: "defer" | "queue" | "quarantine";
}

/** The limits that scanners keep themselves. */
export type ScannerLimits = Pick<Limits, "replyBytes">;

/** A scanner ready for use with its settings. */
export interface OpenScanner {
  readonly name: string;
  scan(subject: Subject, signal: AbortSignal): Promise<Report>;
  /** One cheap round trip; returns the version or a word of life. */
  ping(signal: AbortSignal): Promise<string>;
}

export interface Scanner {
  readonly name: string;
  readonly defaults: ScannerSettings;
  open(settings: ScannerSettings, limits: ScannerLimits): OpenScanner;
}

/** Thrown by scanners for every failure that has a name. The message is short and printable. */
export class ScannerFailure extends Error {
  /**
   * `absent`: nothing listens there (no socket file, or a refused TCP
   * connection); with `enabled = "auto"` this is "not installed". All else
   * is a failure whatever the configuration says.
   */
  readonly reason: "absent" | "failed";
  constructor(
    reason: "absent" | "failed",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ScannerFailure";
    this.reason = reason;
  }
}
