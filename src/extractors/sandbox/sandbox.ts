// Where messages are expanded: in worker threads, kept warm in a small pool,
// so that hostile bytes can cost one thread and no more. A worker that takes
// too long, dies or runs out of memory is ended, and another is started for
// the next message. Whatever happens there is a Message or a `limit` finding,
// so that nothing passes for clean.
//
// Called by expansion.ts. Errors of the sandbox become findings here; the only
// rejections are the caller's own: its signal, and close().

import type { Limits } from "../../limits.ts";
import type { Message } from "../../mail.ts";
import type { Finding } from "../../verdict.ts";
import type { ExtractorBug } from "../extractor-bug.ts";
import { unpackMessage } from "./pack.ts";
import { SandboxUnavailable } from "./unavailable.ts";
import { unopened } from "./unopened.ts";
import { WarmWorker } from "./warm-worker.ts";

export interface SandboxOptions {
  /** Most threads at work at a time; they are started when first needed. */
  readonly workers: number;
  readonly limits: Limits;
  /** Tried on what is encrypted. */
  readonly passwords?: readonly string[];
  /** The worker's program: worker.ts, built. */
  readonly workerFile: URL | string;
  /** Told when a worker failed, for the log. */
  readonly onFailure?: (cause: Error) => void;
}

/** `unopened`: a worker died or was ended over the message; the finding says which. */
export type SandboxResult =
  | {
      readonly kind: "expanded";
      readonly message: Message;
      /** Exceptions of extractors, for the log. */
      readonly bugs: readonly ExtractorBug[];
    }
  | { readonly kind: "unopened"; readonly finding: Finding };

export interface Sandbox {
  /**
   * `bytes` stays the caller's, who must not change it until this settles;
   * parts may be views of it. Bytes in a SharedArrayBuffer are not copied.
   * Waiting for a free worker does not count against `expansionMs`. Rejects
   * with the signal's reason, with SandboxUnavailable, or when the sandbox was
   * closed.
   */
  expand(bytes: Uint8Array, signal: AbortSignal): Promise<SandboxResult>;
  /** Ends all threads. What is under way rejects. */
  close(): Promise<void>;
}

export function openSandbox(options: SandboxOptions): Sandbox {
  const { limits, passwords = [], workerFile } = options;
  const idle: WarmWorker[] = [];
  const busy = new Set<WarmWorker>();
  const waiting: ((worker: WarmWorker | null) => void)[] = [];
  let closed = false;

  /** An idle worker, a new one, or the next that comes free; null once closed. */
  function acquire(signal: AbortSignal): Promise<WarmWorker | null> {
    if (closed || signal.aborted) return Promise.resolve(null);
    const ready = nextWorker();
    if (ready !== null) return Promise.resolve(ready);
    return new Promise((resolve) => {
      const take = (worker: WarmWorker | null): void => {
        signal.removeEventListener("abort", leave);
        resolve(worker);
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(take), 1);
        resolve(null);
      };
      signal.addEventListener("abort", leave, { once: true });
      waiting.push(take);
    });
  }

  function nextWorker(): WarmWorker | null {
    let worker = idle.pop();
    // One that died while idle: the next may be well.
    while (worker?.ended === true) worker = idle.pop();
    if (worker === undefined && busy.size >= options.workers) return null;
    worker ??= start();
    busy.add(worker);
    return worker;
  }

  function start(): WarmWorker {
    try {
      return new WarmWorker(workerFile, { limits, passwords });
    } catch (error) {
      throw new SandboxUnavailable(error);
    }
  }

  function release(worker: WarmWorker): void {
    busy.delete(worker);
    if (!worker.ended) idle.push(worker);
    if (waiting.length === 0 || closed) return;
    const next = nextWorker();
    if (next !== null) waiting.shift()?.(next);
  }

  async function expandOn(
    worker: WarmWorker,
    bytes: Uint8Array,
    shared: Uint8Array,
    signal: AbortSignal,
  ): Promise<SandboxResult> {
    const stop = (): void => void worker.stop();
    signal.addEventListener("abort", stop, { once: true });
    const result = await worker.run(shared, limits.expansionMs);
    signal.removeEventListener("abort", stop);
    // Free for the next message before this one is looked at any further.
    release(worker);
    if (result.kind === "expanded")
      return {
        kind: "expanded",
        message: unpackMessage(result.message, bytes),
        bugs: result.bugs,
      };
    signal.throwIfAborted();
    if (closed) throw new Error("the sandbox was closed");
    if (result.kind === "unavailable")
      throw new SandboxUnavailable(result.cause);
    if (result.kind === "overdue")
      return { kind: "unopened", finding: unopened("expansion-ms") };
    options.onFailure?.(result.cause);
    return { kind: "unopened", finding: unopened("sandbox-died") };
  }

  return {
    async expand(bytes, signal) {
      // Before a worker is taken: it may throw for want of memory.
      const shared = inSharedMemory(bytes);
      const worker = await acquire(signal);
      if (worker !== null) return expandOn(worker, bytes, shared, signal);
      signal.throwIfAborted();
      throw new Error("the sandbox was closed");
    },

    async close() {
      closed = true;
      for (const give of waiting.splice(0)) give(null);
      await Promise.all([...busy, ...idle].map((worker) => worker.stop()));
      idle.length = 0;
    },
  };
}

/** The same bytes where worker threads see them too. */
function inSharedMemory(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  shared.set(bytes);
  return shared;
}
