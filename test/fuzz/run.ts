// Runs inputs one after another through what expands them, and collects what
// is wrong. fuzz.test.ts and main.ts call it.

import type { Sandbox } from "../../src/extractors/sandbox/sandbox.ts";
import type { Message } from "../../src/mail.ts";
import { faultsOf, fuzzLimits } from "./check.ts";
import { makeInput, randomFrom, readSeeds, type Input } from "./mutate.ts";

export interface Failure extends Input {
  /** Makes this input again, as the first of a run. */
  readonly seed: number;
  readonly faults: readonly string[];
}

export interface Run {
  readonly root: string;
  /** Each input has a seed of its own, one more than the last. */
  readonly seed: number;
  readonly expand: (message: Uint8Array) => Promise<Message>;
  /** Asked before each input. */
  readonly goesOn: (done: number) => boolean;
  readonly onFailure: (failure: Failure) => void;
  /** Inputs under way at a time. */
  readonly workers?: number;
}

/** The number of inputs run. */
export async function runFuzz(run: Run): Promise<number> {
  const seeds = readSeeds(run.root);
  let done = 0;
  const work = async () => {
    while (run.goesOn(done)) {
      const seed = (run.seed + done) >>> 0;
      done += 1;
      const input = makeInput(seeds, randomFrom(seed));
      const faults = await faultsIn(input.message, run.expand);
      if (faults.length > 0) run.onFailure({ ...input, seed, faults });
    }
  };
  await Promise.all(Array.from({ length: run.workers ?? 1 }, work));
  return done;
}

export async function faultsIn(
  message: Uint8Array,
  expand: (message: Uint8Array) => Promise<Message>,
): Promise<readonly string[]> {
  try {
    return faultsOf(await expand(message), message, fuzzLimits);
  } catch (error) {
    return [
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    ];
  }
}

/** What a message becomes in a worker; throws where it becomes nothing. */
export function expandIn(
  sandbox: Sandbox,
): (message: Uint8Array) => Promise<Message> {
  const { signal } = new AbortController();
  return async (bytes) => {
    const result = await sandbox.expand(bytes, signal);
    if (result.kind === "expanded") return result.message;
    throw new Error(`the sandbox gave up: ${result.finding.name}`);
  };
}
