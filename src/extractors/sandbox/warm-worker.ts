// One worker thread, kept for many messages, one at a time. Used by sandbox.ts
// alone, which keeps several and replaces those that ended.
//
// While it has nothing to do, the thread does not keep the process alive.

import { Worker } from "node:worker_threads";
import type { ExtractorBug } from "../extractor-bug.ts";
import type { PackedMessage } from "./pack.ts";
import type { Reply, Request, WorkerData } from "./serve.ts";

/** How one message fared. After all but `expanded` and `failed` the worker has ended. */
export type Result =
  | {
      readonly kind: "expanded";
      readonly message: PackedMessage;
      readonly bugs: readonly ExtractorBug[];
    }
  | { readonly kind: "failed"; readonly cause: Error }
  | { readonly kind: "died"; readonly cause: Error }
  /** It never came up: no memory, no descriptors, no program. Not the message's doing. */
  | { readonly kind: "unavailable"; readonly cause: Error }
  | { readonly kind: "overdue" };

export class WarmWorker {
  readonly #thread: Worker;
  #settle: ((result: Result) => void) | null = null;
  #started = false;
  #ended = false;

  constructor(file: URL | string, data: WorkerData) {
    this.#thread = new Worker(file, {
      workerData: data,
      env: {},
      execArgv: [],
      // V8's own heap: names, findings, records of parts. Decoded bytes are
      // not in it; the budget bounds those.
      resourceLimits: {
        maxOldGenerationSizeMb: data.limits.sandboxHeapBytes / (1024 * 1024),
      },
      // What a worker prints must not reach the process's own output, which the
      // doors use for other things (fd 1 is the envelope). Nobody reads these
      // streams: reading keeps the process alive, and serve.ts drops output.
      stdout: true,
      stderr: true,
    });
    this.#thread.on("message", (reply: Reply) => {
      if ("started" in reply) {
        this.#started = true;
        return;
      }
      this.#finish(
        "message" in reply
          ? { kind: "expanded", ...reply }
          : { kind: "failed", cause: new Error(reply.error) },
      );
    });
    this.#thread.on("messageerror", (cause) => {
      this.#end({ kind: "died", cause });
    });
    this.#thread.on("error", (cause) => {
      this.#end({
        kind: "died",
        cause: cause instanceof Error ? cause : new Error(String(cause)),
      });
    });
    this.#thread.on("exit", (code) => {
      this.#end({
        kind: "died",
        cause: new Error(`the sandbox worker exited with code ${code}`),
      });
    });
    this.#thread.unref();
  }

  /** It will take no more messages. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Never rejects. `bytes` must be in shared memory, and this worker idle. */
  run(bytes: Uint8Array, deadlineMs: number): Promise<Result> {
    return new Promise((resolve) => {
      if (this.#ended) {
        resolve({
          kind: "unavailable",
          cause: new Error("the worker had ended"),
        });
        return;
      }
      const timer = setTimeout(() => {
        this.#end({ kind: "overdue" });
      }, deadlineMs);
      this.#settle = (result) => {
        clearTimeout(timer);
        resolve(result);
      };
      this.#thread.ref();
      this.#thread.postMessage({ bytes } satisfies Request);
    });
  }

  /** Ends the thread, in the middle of a message if need be. */
  async stop(): Promise<void> {
    this.#end({ kind: "died", cause: new Error("stopped") });
    await this.#thread.terminate();
  }

  #finish(result: Result): void {
    const settle = this.#settle;
    this.#settle = null;
    if (!this.#ended) this.#thread.unref();
    settle?.(result);
  }

  #end(result: Result): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#thread.terminate();
    this.#finish(
      result.kind === "died" && !this.#started
        ? { ...result, kind: "unavailable" }
        : result,
    );
  }
}
