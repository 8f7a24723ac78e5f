// Opens a message: mail syntax here, and all other formats in the sandbox,
// whose thread is started with the first message that needs it and kept.

import { expand } from "./extractors/expand.ts";
import { inlineExtractors, isPlain } from "./extractors/inline.ts";
import type { Sandbox } from "./extractors/sandbox/sandbox.ts";
import { sandboxWorker } from "./installation.ts";
import type { Limits } from "./limits.ts";
import type { Message } from "./mail.ts";
import type { Finding } from "./verdict.ts";

/** One for each set of limits; a process has one. */
const sandboxes = new WeakMap<Limits, Sandbox>();

/**
 * Never throws for what the message holds. Where the sandbox fails or `signal`
 * ends it, the parts that mail syntax gives are there, with a `limit` finding;
 * `onFailure` (that of the first call is kept) hears why.
 */
export async function expandMessage(
  bytes: Uint8Array,
  limits: Limits,
  signal: AbortSignal,
  onFailure: (cause: Error) => void,
): Promise<Message> {
  const message = await expand(bytes, limits, inlineExtractors);
  if (isPlain(message)) return message;
  try {
    const sandbox = await sandboxFor(limits, onFailure);
    const opened = await sandbox.expand(bytes, signal);
    return isUnopened(opened) ? withFindings(message, opened.findings) : opened;
  } catch (error) {
    if (!signal.aborted) throw error;
    return withFindings(message, [outOfTime]);
  }
}

async function sandboxFor(
  limits: Limits,
  onFailure: (cause: Error) => void,
): Promise<Sandbox> {
  // Loaded when it is needed: a process for every message pays for each module.
  const { openSandbox } = await import("./extractors/sandbox/sandbox.ts");
  let sandbox = sandboxes.get(limits);
  if (sandbox === undefined) {
    sandbox = openSandbox({
      workers: 1,
      limits,
      workerFile: sandboxWorker,
      onFailure,
    });
    sandboxes.set(limits, sandbox);
  }
  return sandbox;
}

/** The sandbox died or was stopped over it (unopened-message.ts). */
function isUnopened(message: Message): boolean {
  return message.findings.some(({ source }) => source === "sandbox");
}

function withFindings(message: Message, findings: readonly Finding[]): Message {
  return { ...message, findings: [...message.findings, ...findings] };
}

const outOfTime: Finding = {
  source: "sandbox",
  kind: "limit",
  name: "expansion-ms",
  part: 0,
  score: null,
};
