// Decides what is done about a message, for each group of recipients that are
// to be treated alike. Called by the filter once all scanners have reported.
//
// For each recipient: the first rule of rules/*.toml that matches decides,
// alone. Where none does, the strongest of three sources decides, in the order
// reject > quarantine > defer > tag > queue:
//   on       what the policy does about each kind of finding, or `on_finding`
//            about one by its name. Of kind `spam`
//            only findings that are in no judge's score (clamd's phishing
//            heuristics); the others act through the bands.
//   spam     the band that the score reaches; not for mail whose spam is not
//            judged (scanner-use.ts).
//   scanner  a scanner that failed: `on_failure`; `queue` delivers, tagged.
// So a virus that one scanner found is refused though another scanner failed.
// Findings, scores and failures count only from scanners that the recipient's
// policy uses; what expansion found always counts. A skipped scanner is no
// failure; one that is switched on and has no verdict at all is.

import type { Action, Decision, Folder } from "../decision.ts";
import type { Mail, Message } from "../mail.ts";
import {
  allFindings,
  findingKinds,
  type Finding,
  type Verdict,
} from "../verdict.ts";
import { choosePolicies, takeRecipients } from "./choose.ts";
import { RuleSubject } from "./match.ts";
import type { Policy, Treatment } from "./policy.ts";
import type { Rule } from "./rule.ts";
import { judgesSpam, wantsScanner } from "./scanner-use.ts";
import { isScored, scoreSpam } from "./score.ts";
import {
  deferral,
  folderForKind,
  textForFinding,
  textForRule,
  textForSpam,
} from "./texts.ts";

/** The part of the configuration that decides. */
export interface DecidingConfig {
  readonly policies: readonly Policy[];
  readonly rules: readonly Rule[];
  readonly spam: { readonly judges: readonly string[] };
  readonly scanners: Readonly<Record<string, DecidingScanner>>;
}

interface DecidingScanner {
  readonly enabled: boolean | "auto";
  readonly onFailure: "defer" | "queue" | "quarantine";
  readonly judges: "virus" | "spam" | "both" | "neither";
}

/** What one source asks for. */
interface Claim {
  readonly treatment: Treatment;
  /** What follows the policy's name in `Decision.rule`. */
  readonly rule: string;
  readonly folder: Folder;
  readonly text: string | null;
}

const strength: Readonly<Record<Treatment, number>> = {
  queue: 0,
  tag: 1,
  defer: 2,
  quarantine: 3,
  reject: 4,
};

/** Every recipient is in exactly one decision; an envelope without recipients gets one decision. Throws UnknownPolicy. */
export function decide(
  mail: Mail,
  message: Message,
  verdicts: readonly Verdict[],
  config: DecidingConfig,
): Decision[] {
  const subject = new RuleSubject(mail, message);
  const decisions: Decision[] = [];
  for (const group of choosePolicies(mail, config.policies)) {
    const view = viewOf(group.policy, mail, message, verdicts, config);
    let rest: readonly number[] | null = group.recipients;
    for (const rule of config.rules) {
      if (rule.match.policy?.includes(group.policy.name) === false) continue;
      if (!subject.matches(rule, view.findings)) continue;
      const { taken, left } = takeRecipients(
        rule.match.recipient,
        mail.envelope.recipients,
        rest,
      );
      if (taken === null) continue;
      decisions.push(decision(taken, view, claimOfRule(rule), [tagOf(rule)]));
      rest = left.length === 0 ? null : left;
      if (rest === null) break;
    }
    if (rest === null) continue;
    const tags = view.findings.filter(
      (finding) => (actsByKind(finding, view) ?? "queue") !== "queue",
    );
    decisions.push(decision(rest, view, strongestClaim(view), tags));
  }
  return decisions;
}

/** The message as one policy sees it. */
interface View {
  readonly policy: Policy;
  readonly findings: readonly Finding[];
  readonly failures: readonly Claim[];
  readonly spam: Decision["spam"];
  readonly judges: readonly string[];
}

function viewOf(
  policy: Policy,
  mail: Mail,
  message: Message,
  verdicts: readonly Verdict[],
  config: DecidingConfig,
): View {
  const { judges } = config.spam;
  const wants = (name: string): boolean =>
    wantsScanner(policy, mail.peer, {
      name,
      judges: scannerOf(name, config)?.judges ?? "neither",
    });
  const used = verdicts.filter(({ scanner }) => wants(scanner));
  const failed = used
    .filter(({ status }) => status === "failed")
    .map(({ scanner }) => scanner);
  for (const [scanner, { enabled }] of Object.entries(config.scanners))
    if (
      enabled === true &&
      wants(scanner) &&
      !used.some((verdict) => verdict.scanner === scanner)
    )
      failed.push(scanner);
  return {
    policy,
    findings: allFindings(message.findings, used),
    failures: failed.map((scanner) => claimOfFailure(scanner, config)),
    spam: judgesSpam(mail.peer) ? scoreSpam(used, judges, policy.spam) : null,
    judges,
  };
}

function strongestClaim(view: View): Claim {
  let strongest: Claim = {
    treatment: "queue",
    rule: "none",
    folder: "policy",
    text: null,
  };
  for (const claim of claims(view))
    if (strength[claim.treatment] > strength[strongest.treatment])
      strongest = claim;
  return strongest;
}

/** Of equally strong claims the first one gives the decision its name. */
function* claims(view: View): Generator<Claim> {
  for (const kind of findingKinds)
    for (const finding of view.findings) {
      if (finding.kind !== kind) continue;
      const treatment = actsByKind(finding, view);
      if (treatment === null) continue;
      yield {
        treatment,
        rule: ownTreatment(finding, view.policy)
          ? `on_finding.${finding.name}`
          : `on.${kind}`,
        folder: folderForKind(kind),
        text: textForFinding(treatment, finding),
      };
    }
  const { spam, tag, quarantine, reject } = {
    spam: view.spam,
    ...view.policy.spam,
  };
  if (spam !== null)
    for (const [treatment, band] of [
      ["reject", reject],
      ["quarantine", quarantine],
      ["tag", tag],
    ] as const)
      if (band !== null && spam.score >= band)
        yield {
          treatment,
          rule: `spam.${treatment}`,
          folder: "spam",
          text: textForSpam(treatment),
        };
  yield* view.failures;
}

/** What `on` says about the finding; null where it acts through the score. */
function actsByKind(finding: Finding, view: View): Treatment | null {
  if (isScored(finding, view.judges)) return null;
  return ownTreatment(finding, view.policy) ?? view.policy.on[finding.kind];
}

/** What `on_finding` says. A virus is a virus, whatever a scanner calls it. */
function ownTreatment(
  { kind, name }: Finding,
  policy: Policy,
): Treatment | null {
  return kind === "virus" || !Object.hasOwn(policy.onFinding, name)
    ? null
    : (policy.onFinding[name] ?? null);
}

/**
 * Mail that could not be judged is held with what would have been looked for:
 * `spam` for a judge of spam, `virus` for every other scanner.
 */
function claimOfFailure(scanner: string, config: DecidingConfig): Claim {
  const settings = scannerOf(scanner, config);
  const onFailure = settings?.onFailure ?? "defer";
  return {
    treatment: onFailure === "queue" ? "tag" : onFailure,
    rule: `scanner.${scanner}.failed`,
    folder: settings?.judges === "spam" ? "spam" : "virus",
    text: onFailure === "defer" ? deferral : null,
  };
}

function scannerOf(
  name: string,
  { scanners }: DecidingConfig,
): DecidingScanner | undefined {
  return Object.hasOwn(scanners, name) ? scanners[name] : undefined;
}

function claimOfRule(rule: Rule): Claim {
  return {
    treatment: rule.action,
    rule: rule.name,
    folder: rule.folder,
    text: textForRule(rule.action, rule.text),
  };
}

/** What mail that a rule tags shows. */
function tagOf(rule: Rule): Finding {
  return {
    source: "policy",
    kind: "policy",
    name: rule.name,
    part: null,
    score: null,
  };
}

function decision(
  recipients: readonly number[],
  view: View,
  claim: Claim,
  tags: readonly Finding[],
): Decision {
  const { policy, spam } = view;
  const tagged = claim.treatment === "tag";
  const action: Action = claim.treatment === "tag" ? "queue" : claim.treatment;
  return {
    recipients,
    action,
    tagged,
    policy: policy.name,
    rule: `${policy.name}/${claim.rule}`,
    // A refusal may have to be held after all, where not all are refused.
    folder:
      action === "quarantine" || action === "reject" ? claim.folder : null,
    text: claim.text,
    spam,
    subjectTag: spam?.isSpam === true ? policy.subjectTag || null : null,
    tags,
  };
}
