// What is known about a mail before anything is done about it: expands the
// message, asks the scanners, decides. filter.ts calls it, and `qsift scan`,
// which does no more than that.

import { expandMessage } from "./expansion.ts";
import { choosePolicies } from "./policy/choose.ts";
import { decide } from "./policy/decide.ts";
import { skipReason } from "./policy/scanner-use.ts";
import { isSettled } from "./policy/settled.ts";
import { ReadyScanner } from "./scanners/ready-scanner.ts";
import { runScanners } from "./scanners/run.ts";
import type { Config } from "./config.ts";
import type { ExtractorBug } from "./extractors/extractor-bug.ts";
import type { Decision } from "./decision.ts";
import type { Mail, Message } from "./mail.ts";
import type { Policy } from "./policy/policy.ts";
import type { Verdict } from "./verdict.ts";

/** All that was found out about a mail, before anything is done about it. */
export interface Judgement {
  readonly mail: Mail;
  readonly message: Message;
  readonly verdicts: readonly Verdict[];
  /** One for each group of recipients that is treated alike; together all recipients. */
  readonly decisions: readonly Decision[];
  readonly ms: number;
}

/**
 * Expands, scans and decides. `signal` ends the scanners, whose verdicts are
 * then `failed`. Throws UnknownPolicy if QSIFT_POLICY names none.
 */
export async function judge(
  mail: Mail,
  config: Config,
  signal: AbortSignal,
  onSandboxFailure: (cause: Error) => void = () => undefined,
  onExtractorBug: (bug: ExtractorBug) => void = () => undefined,
): Promise<Judgement> {
  const start = Date.now();
  const policies = choosePolicies(mail, config.policies).map(
    (chosen) => chosen.policy,
  );
  const message = await expandMessage(
    mail.bytes,
    config.limits,
    signal,
    onSandboxFailure,
    { passwords: config.expansion.passwords, onBug: onExtractorBug },
  );
  const verdicts = await scan(mail, message, policies, config, signal);
  const decisions = decide(mail, message, verdicts, config);
  return {
    mail,
    message,
    verdicts,
    decisions,
    ms: Date.now() - start,
  };
}

/** One set for each configuration; a process has one. Breakers, queues and connections live in it. */
const opened = new WeakMap<Config, readonly ReadyScanner[]>();

/** All scanners that are switched on, opened when they are first asked for. */
export function readyScanners(config: Config): readonly ReadyScanner[] {
  let ready = opened.get(config);
  if (ready === undefined) {
    ready = config.scannerList.flatMap((scanner) => {
      const settings = config.scanners[scanner.name] ?? scanner.defaults;
      return settings.enabled === false
        ? []
        : new ReadyScanner(
            scanner.open(settings, config.limits),
            settings,
            config.limits,
          );
    });
    opened.set(config, ready);
  }
  return ready;
}

/** Asks every scanner that is switched on and that some recipient's policy wants. */
async function scan(
  mail: Mail,
  message: Message,
  policies: readonly Policy[],
  config: Config,
  signal: AbortSignal,
): Promise<Verdict[]> {
  const selected: ReadyScanner[] = [];
  const skipped: Verdict[] = [];
  for (const ready of readyScanners(config)) {
    const { name } = ready.scanner;
    const judges = config.scanners[name]?.judges ?? "neither";
    const reason = skipReason(policies, mail.peer, { name, judges });
    if (reason === null) selected.push(ready);
    else skipped.push({ status: "skipped", scanner: name, reason, ms: 0 });
  }
  const verdicts = await runScanners(
    { mail, message },
    selected,
    signal,
    (there) =>
      isSettled(decide(mail, message, there, config), policies, config.rules),
  );
  return [...verdicts, ...skipped];
}
