// Opens a message: mail syntax here, and all other formats in the sandbox,
// whose thread is started with the first message that needs it and kept.

import { expand, type ExpandOptions } from "./extractors/expand.ts";
import type { ExtractorBug } from "./extractors/extractor-bug.ts";
import { inlineExtractors, isPlain, mayBePlain } from "./extractors/inline.ts";
import type { Sandbox } from "./extractors/sandbox/sandbox.ts";
import { unopened } from "./extractors/sandbox/unopened.ts";
import { sandboxWorker } from "./installation.ts";
import type { Limits } from "./limits.ts";
import type { Message } from "./mail.ts";
import type { Finding } from "./verdict.ts";

/** One for each set of limits; a process has one. */
const sandboxes = new WeakMap<Limits, Sandbox>();

/**
 * Never throws for what the message holds. Where the sandbox fails or `signal`
 * ends it, the parts that mail syntax gives are there, with a `limit` finding;
 * `onFailure` hears why. It and the passwords of the first call are kept.
 */
export async function expandMessage(
  bytes: Uint8Array,
  limits: Limits,
  signal: AbortSignal,
  onFailure: (cause: Error) => void,
  { passwords = [], onBug = () => undefined }: ExpandOptions = {},
): Promise<Message> {
  // Told only where the sandbox does not: what fails here fails there again.
  const bugs: ExtractorBug[] = [];
  const readInline = (): Promise<Message> =>
    expand(bytes, limits, inlineExtractors, { onBug: (bug) => bugs.push(bug) });
  const inline = mayBePlain(bytes) ? await readInline() : null;
  if (inline !== null && isPlain(inline)) {
    bugs.forEach(onBug);
    return inline;
  }
  let finding: Finding;
  try {
    const sandbox = await sandboxFor(limits, passwords, onFailure);
    const result = await sandbox.expand(bytes, signal);
    if (result.kind === "expanded") {
      result.bugs.forEach(onBug);
      return result.message;
    }
    ({ finding } = result);
  } catch (error) {
    if (!signal.aborted) throw error;
    finding = unopened("expansion-ms");
  }
  const message = inline ?? (await readInline());
  bugs.forEach(onBug);
  return { ...message, findings: [...message.findings, finding] };
}

async function sandboxFor(
  limits: Limits,
  passwords: readonly string[],
  onFailure: (cause: Error) => void,
): Promise<Sandbox> {
  // Loaded when it is needed: a process for every message pays for each module.
  const { openSandbox } = await import("./extractors/sandbox/sandbox.ts");
  let sandbox = sandboxes.get(limits);
  if (sandbox === undefined) {
    sandbox = openSandbox({
      workers: limits.sandboxThreads,
      limits,
      passwords,
      workerFile: sandboxWorker,
      onFailure,
    });
    sandboxes.set(limits, sandbox);
  }
  return sandbox;
}
