// Teaches scanners what a message is, and tells their networks. Called by
// `qsift learn`, loaded where it is needed.

import type { Config } from "../config.ts";
import { undoEdits } from "../mime/edits.ts";
import { asError } from "../scanners/as-error.ts";
import {
  ScannerFailure,
  type LearnAs,
  type OpenScanner,
  type Scanner,
  type ScannerSettings,
} from "../scanners/scanner.ts";
import { within } from "../scanners/within.ts";

/** `learn`: its own database; `report`: the network that it asks. */
export type Lesson = "learn" | "report";

export interface Teachable {
  readonly scanner: OpenScanner;
  readonly settings: ScannerSettings;
  readonly lessons: readonly Lesson[];
}

export interface Class {
  readonly teachables: readonly Teachable[];
  /** Who gets no lesson though it was asked for, and why. */
  readonly leftOut: readonly string[];
}

/** What came of one lesson. */
export interface Taught {
  readonly scanner: string;
  readonly lesson: Lesson;
  readonly status: "done" | "skipped" | "failed";
  readonly reason: string | null;
  readonly ms: number;
}

/** Opens those that have something to learn. `named`: nothing of them may be left out silently. */
export function openTeachables(
  scanners: readonly Scanner[],
  config: Config,
  options: { readonly isReported: boolean; readonly isNamed: boolean },
): Class {
  const teachables: Teachable[] = [];
  const leftOut: string[] = [];
  for (const one of scanners) {
    const { name } = one;
    const settings = config.scanners[name] ?? one.defaults;
    // Whether the network is told is the administrator's to say.
    const hasNetwork = Object.hasOwn(one.options, "report");
    if (settings.enabled === false) {
      if (options.isNamed || (options.isReported && hasNetwork))
        leftOut.push(`${name}: switched off`);
      continue;
    }
    const scanner = one.open(settings, config.limits);
    const lessons: Lesson[] = [];
    if (scanner.learn !== undefined) lessons.push("learn");
    else if (options.isNamed && !options.isReported)
      leftOut.push(
        `${name}: has no database of its own to teach${hasNetwork ? "; its network is told with --report" : ""}`,
      );
    if (options.isReported && hasNetwork) {
      if (settings.options["report"] !== true)
        leftOut.push(
          `${name}: its network is not told: report = true is not in [scanners.${name}]`,
        );
      else if (scanner.report !== undefined) lessons.push("report");
    } else if (options.isReported && options.isNamed)
      leftOut.push(`${name}: asks no network that could be told`);
    if (lessons.length > 0) teachables.push({ scanner, settings, lessons });
    else void close(scanner);
  }
  return { teachables, leftOut };
}

/**
 * All at once, and each within its own time-out. Never rejects. What a delivery
 * and qsift have put on top is taken off, so that the received message is learned.
 */
export async function teach(
  bytes: Uint8Array,
  as: LearnAs,
  teachables: readonly Teachable[],
): Promise<Taught[]> {
  const received = undoEdits(bytes) ?? bytes;
  return Promise.all(
    teachables.flatMap((teachable) =>
      teachable.lessons.map((lesson) => give(received, as, teachable, lesson)),
    ),
  );
}

export async function closeAll(
  teachables: readonly Teachable[],
): Promise<void> {
  await Promise.all(teachables.map(({ scanner }) => close(scanner)));
}

async function give(
  message: Uint8Array,
  as: LearnAs,
  { scanner, settings }: Teachable,
  lesson: Lesson,
): Promise<Taught> {
  const started = performance.now();
  const taught = (status: Taught["status"], reason: string | null): Taught => ({
    scanner: scanner.name,
    lesson,
    status,
    reason,
    ms: Math.round((performance.now() - started) * 10) / 10,
  });
  const { maxBytes, timeoutMs } = settings;
  if (message.length > maxBytes)
    return taught(
      "failed",
      `message of ${message.length} bytes, over max_bytes ${maxBytes}`,
    );
  try {
    await within(timeoutMs, new AbortController().signal, async (signal) => {
      await scanner[lesson]?.(message, as, signal);
    });
    return taught("done", null);
  } catch (error) {
    const isAbsent =
      error instanceof ScannerFailure && error.reason === "absent";
    return isAbsent && settings.enabled === "auto"
      ? taught("skipped", "not running")
      : taught("failed", asError(error).message);
  }
}

async function close(scanner: OpenScanner): Promise<void> {
  await scanner.close?.().catch(() => undefined);
}
