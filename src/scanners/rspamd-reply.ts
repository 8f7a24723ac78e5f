// Reads what rspamd answers; see the dialogue at the head of rspamd.ts. Pure.
//
// Its action is made by its own thresholds and modules. Ours comes of the score
// and the findings, so the action is information, but for what no score
// says:
// - `soft reject` asks for another try later (grey-listing, rate limits, its
//   own time-out): no verdict was had;
// - `reject` may come of one rule alone, whatever the score;
// - a scan that ran into rspamd's time-out has the score of the rules that had
//   their turn, and looks like any other unless soft_reject_on_timeout is set:
//   only the time that it took gives it away;
// - an action on a message that was skipped is that of a test pattern (GTUBE);
//   skipped without `reject`, it was not judged at all.

import * as v from "valibot";
import type { Finding } from "../verdict.ts";
import { quoted } from "./connection.ts";
import { findingName } from "./finding-name.ts";
import { ScannerFailure, type Report } from "./scanner.ts";

const name = "rspamd";
/** Where rspamd rejects, ours is SpamAssassin's threshold: bands are made for its scale. */
const requiredScore = 5;
/** SpamAssassin's for GTUBE: past every band. */
const certainScore = 1000;
// Its timer starts a little later than its clock, and is a little coarse.
const almost = 0.99;
export const actionField = "X-Qsift-Rspamd-Action";

const number = v.pipe(v.number(), v.finite());
const symbol = v.object({
  score: number,
  options: v.optional(v.array(v.unknown()), []),
});
const reply = v.object({
  is_skipped: v.boolean(),
  score: number,
  required_score: v.pipe(
    number,
    v.check((value) => value > 0),
  ),
  action: v.pipe(v.string(), v.regex(/^[!-~][ -~]{0,99}$/)),
  // Not v.record, which leaves out names like __proto__.
  symbols: v.pipe(
    v.custom<object>(isTable),
    v.transform((symbols) => Object.entries(symbols)),
    v.array(v.tuple([v.string(), symbol])),
  ),
  messages: v.optional(v.unknown()),
  /** Seconds. */
  time_real: number,
});
type Reply = v.InferOutput<typeof reply>;

/** The body of a reply to /checkv2. Throws ScannerFailure where it is no verdict. */
export function parseCheckReply(
  body: Uint8Array,
  virusSymbols: readonly string[],
  taskTimeoutS: number,
): Omit<Report, "version"> {
  const said = parseReply(body);
  const { findings, failed } = judgeSymbols(said, virusSymbols);
  const isInfected = findings.some(({ kind }) => kind === "virus");
  if (said.action === "soft reject" && !isInfected)
    throw failure("message", `rspamd asks to try again later${why(said)}`);
  if (said.is_skipped && said.action !== "reject")
    throw failure("message", `rspamd skipped the message (${said.action})`);
  if (said.time_real >= taskTimeoutS * almost && !isInfected)
    throw failure(
      "message",
      `partial score (${said.time_real} s, rspamd's task_timeout is ${taskTimeoutS} s)`,
    );
  if (failed !== null && !isInfected)
    throw failure("failed", `rspamd's virus scanner failed (${failed})`);

  let score = scaled(said.score, said);
  if (!Number.isFinite(score))
    throw failure("failed", `score out of range: ${said.score}`);
  if (said.action === "reject") {
    const least = said.is_skipped ? certainScore : requiredScore;
    if (score < least) {
      findings.push(finding("spam", "rspamd-reject", least - score));
      score = least;
    }
  }
  return {
    findings,
    score,
    fields: [{ name: actionField, value: said.action }],
  };
}

// rspamd's antivirus module: SYMBOL has the names of what was found as its
// options; SYMBOL_FAIL where it could not scan, with a score of 0 and an action
// as for clean mail.
const virusSuffixes = [
  ["", "virus"],
  ["_ENCRYPTED", "encrypted"],
  ["_MACRO", "macro"],
  ["_FAIL", "failed"],
] as const;

function judgeSymbols(
  said: Reply,
  virusSymbols: readonly string[],
): { findings: Finding[]; failed: string | null } {
  const findings: Finding[] = [];
  let failed: string | null = null;
  for (const [text, { score, options }] of said.symbols) {
    const [, role = "spam"] =
      virusSuffixes.find(([suffix]) =>
        virusSymbols.some((each) => each + suffix === text),
      ) ?? [];
    if (role === "failed") failed = text;
    else if (role === "virus") {
      const names = options.filter((each) => typeof each === "string");
      for (const each of names.length > 0 ? names : [text])
        findings.push(finding(role, each, null));
    } else
      findings.push(
        finding(role, text, role === "spam" ? scaled(score, said) : null),
      );
  }
  return { findings, failed };
}

/** In thousandths: rspamd computes in single precision and says 7.599999. */
function scaled(score: number, { required_score: required }: Reply): number {
  // No -0.
  return Math.round((score * requiredScore * 1000) / required) / 1000 + 0;
}

function parseReply(body: Uint8Array): Reply {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch (cause) {
    throw failure("failed", `expected JSON, found ${quoted(body)}`, cause);
  }
  const result = v.safeParse(reply, json);
  if (result.success) return result.output;
  const key = v.getDotPath(result.issues[0])?.split(".")[0];
  throw failure(
    "failed",
    key === undefined
      ? `expected rspamd's verdict, found ${quoted(body)}`
      : `expected rspamd's verdict, found no usable ${key}`,
  );
}

/** What it would have the client be told, where it says. */
function why({ messages }: Reply): string {
  const said = v.safeParse(v.object({ smtp_message: v.string() }), messages);
  return said.success
    ? `: ${quoted(Buffer.from(said.output.smtp_message))}`
    : "";
}

function isTable(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function finding(
  kind: Finding["kind"],
  text: string,
  score: number | null,
): Finding {
  return { source: name, kind, name: findingName(text), part: null, score };
}

function failure(
  reason: "failed" | "message",
  message: string,
  cause?: unknown,
): ScannerFailure {
  return new ScannerFailure(reason, message, { cause });
}
