// The worker's end of the sandbox: takes one message at a time, expands it,
// and sends the Message back (pack.ts). Called by worker.ts, and by tests with
// another `expand`.

import { parentPort, workerData } from "node:worker_threads";
import type { Limits } from "../../limits.ts";
import type { Message } from "../../mail.ts";
import type { ExpandOptions } from "../expand.ts";
import type { ExtractorBug } from "../extractor-bug.ts";
import { packMessage, type PackedMessage } from "./pack.ts";

/** What a worker is asked: a message, in memory that both threads see. */
export interface Request {
  readonly bytes: Uint8Array;
}

/** What it says: that it has started, a message, or an exception out of `expand`, which is a bug or a lack of memory. */
export type Reply =
  | { readonly started: true }
  | {
      readonly message: PackedMessage;
      readonly bugs: readonly ExtractorBug[];
    }
  | { readonly error: string };

/** What comes with the thread. */
export interface WorkerData {
  readonly limits: Limits;
  readonly passwords: readonly string[];
}

/** Answers requests until the thread is ended. */
export function serve(
  expand: (
    bytes: Uint8Array,
    limits: Limits,
    options: ExpandOptions,
  ) => Promise<Message>,
): void {
  const port = parentPort;
  if (port === null) throw new Error("serve() runs in a worker thread only");
  const { limits, passwords } = workerData as WorkerData;
  // Format libraries print; it would wait in memory for a reader for ever.
  process.stdout.write = () => true;
  process.stderr.write = () => true;

  async function answer({ bytes }: Request): Promise<void> {
    let message: Message;
    const bugs: ExtractorBug[] = [];
    try {
      message = await expand(bytes, limits, {
        passwords,
        onBug: (bug) => bugs.push(bug),
      });
    } catch (cause) {
      const error =
        cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      port?.postMessage({ error } satisfies Reply);
      return;
    }
    try {
      const { packed, transfer } = packMessage(message, bytes);
      port?.postMessage({ message: packed, bugs } satisfies Reply, transfer);
    } catch {
      // Some buffer cannot be handed over; nothing was, so copy them all.
      const { packed, transfer } = packMessage(message, bytes, false);
      port?.postMessage({ message: packed, bugs } satisfies Reply, transfer);
    }
  }

  port.postMessage({ started: true } satisfies Reply);
  port.on("message", (request: Request) => {
    void answer(request);
  });
}
