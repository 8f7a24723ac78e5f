// One open scanner with all that is common to scanners: sizes, time-outs, a
// bound on how many scans run at a time, one scan for copies that come at
// once, and the place where throws become `failed`. Kept for as long as the
// process lives; run.ts asks it once for each message.
//
// `done` comes of a Report that was returned in time and makes sense, of
// nothing else.

import PQueue from "p-queue";
import { defaultLimits, type Limits } from "../limits.ts";
import { printableAscii } from "../printable.ts";
import type { Verdict } from "../verdict.ts";
import { checkReport } from "./check-report.ts";
import { DecisionMade } from "./decision-made.ts";
import { Flights } from "./flights.ts";
import {
  ScannerFailure,
  type OpenScanner,
  type Report,
  type ScannerSettings,
  type Subject,
} from "./scanner.ts";
import { within } from "./within.ts";

// Reasons stand in a header field.
const maxReasonCharacters = 200;

/** What it has done since it was opened. */
export interface Counters {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  /** Messages that shared another one's scan. */
  readonly joined: number;
  /** Milliseconds of the last scan that was done. */
  readonly lastMs: number | null;
}

export class ReadyScanner {
  readonly scanner: OpenScanner;
  readonly settings: ScannerSettings;
  readonly #limits: Pick<Limits, "findings">;
  readonly #queue: PQueue;
  readonly #flights = new Flights<Report>();
  readonly #count = { done: 0, failed: 0, skipped: 0 };
  #lastMs: number | null = null;

  constructor(
    scanner: OpenScanner,
    settings: ScannerSettings,
    limits: Pick<Limits, "findings"> = defaultLimits,
  ) {
    this.scanner = scanner;
    this.settings = settings;
    this.#limits = limits;
    this.#queue = new PQueue({ concurrency: settings.concurrency });
  }

  get counters(): Counters {
    const { joined } = this.#flights;
    return { ...this.#count, joined, lastMs: this.#lastMs };
  }

  /** Never rejects, and never outlasts the signal. */
  async judge(subject: Subject, signal: AbortSignal): Promise<Verdict> {
    const started = performance.now();
    const verdict = await this.#judge(subject, signal);
    const ms = Math.round((performance.now() - started) * 10) / 10;
    this.#count[verdict.status] += 1;
    if (verdict.status === "done") this.#lastMs = ms;
    return { ...verdict, scanner: this.scanner.name, ms };
  }

  async #judge(
    subject: Subject,
    signal: AbortSignal,
  ): Promise<WithoutName<Verdict>> {
    const { settings, scanner } = this;
    const bytes = subject.mail.bytes.length;
    if (bytes > settings.maxBytes)
      return {
        status: "skipped",
        reason: `message of ${bytes} bytes, over max_bytes ${settings.maxBytes}`,
      };
    try {
      const report = await within(settings.timeoutMs, signal, (inner) =>
        this.#report(subject, inner),
      );
      return {
        status: "done",
        ...checkReport(scanner.name, report, subject, this.#limits),
      };
    } catch (error) {
      if (error instanceof DecisionMade)
        return { status: "skipped", reason: error.message };
      if (
        settings.enabled === "auto" &&
        error instanceof ScannerFailure &&
        error.reason === "absent"
      )
        return { status: "skipped", reason: "not running" };
      return { status: "failed", reason: reasonOf(error) };
    }
  }

  #report(subject: Subject, signal: AbortSignal): Promise<Report> {
    const { scanner } = this;
    const key = scanner.key?.(subject) ?? null;
    if (key === null) return this.#scan(subject, signal);
    return this.#flights.run(key, signal, (shared) =>
      this.#scan(subject, shared),
    );
  }

  /** In its turn. The time-out counts again from the start of shared work, so that those who join can't keep it up for ever. */
  #scan(subject: Subject, signal: AbortSignal): Promise<Report> {
    return this.#queue.add(
      () =>
        within(this.settings.timeoutMs, signal, (inner) =>
          this.scanner.scan(subject, inner),
        ),
      { signal },
    );
  }
}

type WithoutName<V> = V extends unknown ? Omit<V, "scanner" | "ms"> : never;

function reasonOf(error: unknown): string {
  const text =
    error instanceof ScannerFailure
      ? error.message
      : error instanceof Error && error.name === "AbortError"
        ? "deadline"
        : `unexpected error: ${error instanceof Error ? error.message : String(error)}`;
  // What a ScannerFailure quotes is escaped already.
  const shown = /^[ -~]*$/.test(text)
    ? text
    : printableAscii(text, text.length * 8);
  return shown.length > maxReasonCharacters
    ? `${shown.slice(0, maxReasonCharacters - 3)}...`
    : shown;
}
