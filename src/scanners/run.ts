// Asks all scanners at once and makes a Verdict of each one's work. What is
// common to scanners is done here and nowhere else: sizes, time-outs, the
// deadline, and the place where throws become `failed`. Called by judge.ts.
//
// `done` comes of a Report that was returned in time and makes sense, of
// nothing else.

import { defaultLimits, limitFindingName, type Limits } from "../limits.ts";
import { printableAscii } from "../printable.ts";
import { findingKinds, type Finding, type Verdict } from "../verdict.ts";
import { findingName } from "./finding-name.ts";
import {
  ScannerFailure,
  type OpenScanner,
  type Report,
  type ScannerSettings,
  type Subject,
} from "./scanner.ts";

// Reasons stand in a header field.
const maxReasonCharacters = 200;

export interface SelectedScanner {
  readonly scanner: OpenScanner;
  readonly settings: ScannerSettings;
}

/** One Verdict for each, in the same order. Never rejects, and never outlasts the signal. */
export async function runScanners(
  subject: Subject,
  selected: readonly SelectedScanner[],
  signal: AbortSignal,
  limits: Pick<Limits, "findings"> = defaultLimits,
): Promise<Verdict[]> {
  return Promise.all(
    selected.map((each) => runScanner(subject, each, signal, limits)),
  );
}

async function runScanner(
  subject: Subject,
  { scanner, settings }: SelectedScanner,
  signal: AbortSignal,
  limits: Pick<Limits, "findings">,
): Promise<Verdict> {
  const started = Date.now();
  const common = () => ({
    scanner: scanner.name,
    ms: Math.round((Date.now() - started) * 10) / 10,
  });
  const bytes = subject.mail.bytes.length;
  if (bytes > settings.maxBytes)
    return {
      status: "skipped",
      reason: `message of ${bytes} bytes, over max_bytes ${settings.maxBytes}`,
      ...common(),
    };
  try {
    const report = await within(settings.timeoutMs, signal, (inner) =>
      scanner.scan(subject, inner),
    );
    return {
      status: "done",
      ...checked(scanner.name, report, subject, limits),
      ...common(),
    };
  } catch (error) {
    if (
      settings.enabled === "auto" &&
      error instanceof ScannerFailure &&
      error.reason === "absent"
    )
      return { status: "skipped", reason: "not running", ...common() };
    return { status: "failed", reason: reasonOf(error), ...common() };
  }
}

/**
 * Rejects when the time or the outer signal runs out, whether or not `work`
 * cares for its signal. By hand and not with AbortSignal.any, which on Node 20
 * holds on to its signals for as long as the outer one lives.
 */
async function within<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let giveUp: (failure: ScannerFailure) => void = () => undefined;
  const given = new Promise<never>((_resolve, reject) => {
    giveUp = (failure) => {
      // Rejects before the scanner hears of it, so that the reason is ours.
      reject(failure);
      controller.abort(failure);
    };
  });
  const onDeadline = (): void => {
    giveUp(new ScannerFailure("failed", "deadline"));
  };
  const timer = setTimeout(() => {
    const text = `time-out after ${timeoutMs / 1000} s`;
    giveUp(new ScannerFailure("failed", text));
  }, timeoutMs);
  signal.addEventListener("abort", onDeadline, { once: true });
  try {
    if (signal.aborted) throw new ScannerFailure("failed", "deadline");
    return await Promise.race([given, work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onDeadline);
  }
}

/** A Report as the rest of the program may rely on it; throws where it makes no sense. */
function checked(
  source: string,
  { findings, score, version }: Report,
  subject: Subject,
  limits: Pick<Limits, "findings">,
): Report {
  if (score !== null && !Number.isFinite(score))
    throw new ScannerFailure("failed", "score is not a number");
  // Where there are too many, those that say more than a rule's name stay.
  const kept = [
    ...findings.filter(({ kind }) => kind !== "spam"),
    ...findings.filter(({ kind }) => kind === "spam"),
  ].slice(0, limits.findings);
  const result = kept.map((each) => checkedFinding(source, each, subject));
  if (findings.length > kept.length)
    result.push({
      source,
      kind: "limit",
      name: limitFindingName("findings"),
      part: null,
      score: null,
    });
  return {
    findings: result,
    score,
    version: version === null ? null : printableAscii(version, 200),
  };
}

function checkedFinding(
  source: string,
  { kind, name, part, score }: Finding,
  { message }: Subject,
): Finding {
  if (!findingKinds.includes(kind))
    throw new ScannerFailure("failed", "finding of unknown kind");
  if (score !== null && !Number.isFinite(score))
    throw new ScannerFailure("failed", "score is not a number");
  return {
    source,
    kind,
    name: findingName(name),
    part: part !== null && message.parts[part] ? part : null,
    score,
  };
}

function reasonOf(error: unknown): string {
  const text =
    error instanceof ScannerFailure
      ? error.message
      : `unexpected error: ${error instanceof Error ? error.message : String(error)}`;
  // What a ScannerFailure quotes is escaped already.
  const shown = /^[ -~]*$/.test(text)
    ? text
    : printableAscii(text, text.length * 8);
  return shown.length > maxReasonCharacters
    ? `${shown.slice(0, maxReasonCharacters - 3)}...`
    : shown;
}
