// Drives what an importer made: its files are read as the configuration, and
// messages are opened and decided by them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readConfig, type Config } from "../../src/config.ts";
import type { Decision } from "../../src/decision.ts";
import type { ImportedPolicy } from "../../src/importers/import-result.ts";
import type { Mail, Peer } from "../../src/mail.ts";
import { defaultLimits } from "../../src/limits.ts";
import { decide } from "../../src/policy/decide.ts";
import { builtin } from "../../src/scanners/builtin.ts";
import type { Verdict } from "../../src/verdict.ts";
import { expand } from "../extractors/expand-all.ts";
import { done, exampleMail, finding } from "../policy/example.ts";

/** Where an importer is told that the rules will be; the reader is given the real place. */
export const rulesPath = "/nowhere/imported.rules.toml";

export async function configOf(imported: ImportedPolicy): Promise<Config> {
  const folder = mkdtempSync(join(tmpdir(), "qsift-import-"));
  try {
    const file = join(folder, "imported.toml");
    const rules = join(folder, "imported.rules.toml");
    writeFileSync(file, imported.policies.replaceAll(rulesPath, rules));
    writeFileSync(rules, imported.rules);
    return await readConfig({ file, builtinRules: "/nowhere" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Sent {
  readonly sender?: string;
  readonly recipients?: readonly string[];
  readonly peer?: Partial<Peer>;
  readonly subject?: string;
  /** Name and content; the content in base64 on the wire. */
  readonly attachment?: readonly [string, string | Uint8Array];
  /** What clamd finds; nothing where it is left out. */
  readonly virus?: string;
  /** What spamd says; 0 where it is left out. */
  readonly score?: number;
}

/** EICAR's string, made when it is needed. */
export const eicar = (): string =>
  [
    "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR",
    "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
  ].join("-");

export async function decisionsFor(
  config: Config,
  sent: Sent = {},
): Promise<readonly Decision[]> {
  const bytes = Buffer.from(messageText(sent));
  const { sender, recipients, peer } = sent;
  const mail: Mail = {
    ...exampleMail({
      ...(sender === undefined ? {} : { sender }),
      ...(recipients === undefined ? {} : { recipients }),
      ...(peer === undefined ? {} : { peer }),
    }),
    bytes,
  };
  const message = await expand(bytes, defaultLimits);
  const signal = new AbortController().signal;
  const settings = { ...builtin.defaults, options: {} };
  const report = await builtin
    .open(settings, defaultLimits)
    .scan({ mail, message }, signal);
  const verdicts: Verdict[] = [
    { ...done("builtin"), ...report, status: "done" },
    done("clamd", {
      findings: sent.virus === undefined ? [] : [finding("virus", sent.virus)],
    }),
    done("spamd", { score: sent.score ?? 0 }),
  ];
  return decide(mail, message, verdicts, config);
}

/** What happens to a message that is treated alike for all. */
export async function decisionFor(
  config: Config,
  sent: Sent = {},
): Promise<Decision> {
  const [decision, ...more] = await decisionsFor(config, sent);
  if (decision === undefined || more.length > 0)
    throw new Error("expected one decision");
  return decision;
}

function messageText({ subject, attachment }: Sent): string {
  const head = `From: a@example.org\nTo: b@example.test\nSubject: ${subject ?? "hello"}\nMIME-Version: 1.0\n`;
  if (attachment === undefined)
    return `${head}Content-Type: text/plain\n\nbody\n`;
  const [name, content] = attachment;
  return [
    `${head}Content-Type: multipart/mixed; boundary="b"\n`,
    "--b\nContent-Type: text/plain\n\nbody",
    `--b\nContent-Type: application/octet-stream; name="${name}"\nContent-Transfer-Encoding: base64\n`,
    Buffer.from(content).toString("base64"),
    "--b--\n",
  ].join("\n");
}
