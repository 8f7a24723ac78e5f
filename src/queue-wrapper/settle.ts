// Settles an Answer into the Outcome: runs qmail-queue for each delivery.
//
// Guarantee G3: once one delivery is queued, the answer to the client must be
// success, or its retry would reach those recipients twice. So a delivery that
// fails after that is held durably in folder `undelivered`; only if that fails
// too is the whole message deferred, and the log says duplicate_possible.

import type { Answer, Delivery, Outcome } from "../decision.ts";
import type { Envelope } from "../mail.ts";
import { applyEdits } from "../mime/edits.ts";
import { exitCodes } from "../qmail/exit-codes.ts";
import { runQmailQueue, type QueueResult } from "../qmail/qmail-queue.ts";
import { outcomeOf } from "./error-descriptor.ts";

export interface Settlement {
  readonly answer: Answer;
  /** As received. */
  readonly message: Uint8Array;
  readonly envelope: Envelope;
  /** Absolute path of qmail-queue. */
  readonly queue: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Holds a delivery's recipients durably as the `n`th entry of this mail; returns its ID. */
  readonly holdUndelivered: (
    delivery: Delivery,
    cause: string,
    n: number,
  ) => Promise<string>;
}

export interface Settled {
  readonly outcome: Outcome;
  /** IDs of quarantine entries, those of failed deliveries too. */
  readonly held: readonly string[];
  readonly duplicatePossible: boolean;
}

export async function settle(settlement: Settlement): Promise<Settled> {
  const { answer } = settlement;
  switch (answer.kind) {
    case "queue":
      return deliver(settlement, answer.deliveries, answer.held);
    case "accept":
      return settled(
        {
          outcome: "quarantined",
          exitCode: exitCodes.queued,
          text: null,
          cause: null,
        },
        answer.held,
      );
    case "reject":
      return settled({
        outcome: "rejected",
        exitCode: exitCodes.custom,
        text: answer.text,
        cause: null,
      });
    case "defer":
      return settled({
        outcome: "deferred",
        exitCode: answer.failure ?? exitCodes.custom,
        text: answer.text,
        cause: null,
      });
  }
}

async function deliver(
  settlement: Settlement,
  deliveries: readonly Delivery[],
  heldBefore: readonly string[],
): Promise<Settled> {
  const held = [...heldBefore];
  let queued = false;
  let cause: string | null = null;
  for (const delivery of deliveries) {
    const result = await run(settlement, delivery);
    if (result.kind === "queued") {
      queued = true;
      continue;
    }
    if (!queued)
      return {
        ...settled(
          {
            outcome: outcomeOf(result.exitCode),
            exitCode: result.exitCode,
            text: null,
            cause: result.cause,
          },
          held,
        ),
        // It had the whole envelope and did not say how it ended.
        duplicatePossible: result.isUncertain,
      };
    cause = result.cause;
    try {
      held.push(
        await settlement.holdUndelivered(delivery, result.cause, held.length),
      );
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return {
        outcome: {
          outcome: "deferred",
          exitCode: exitCodes.deferred,
          text: null,
          cause: `${result.cause}; the rest cannot be held: ${why}`,
        },
        held,
        duplicatePossible: true,
      };
    }
  }
  return settled(
    { outcome: "queued", exitCode: exitCodes.queued, text: null, cause },
    held,
  );
}

/** Never rejects: after one delivery was queued an exception would defer them all. */
async function run(
  settlement: Settlement,
  delivery: Delivery,
): Promise<QueueResult> {
  const { message, envelope, queue, env, signal } = settlement;
  try {
    return await runQmailQueue({
      queue,
      message: applyEdits(message, delivery.edits),
      sender: envelope.sender,
      recipients: delivery.recipients.flatMap(
        (index) => envelope.recipients[index] ?? [],
      ),
      signal,
      env,
    });
  } catch (error) {
    return {
      kind: "failed",
      exitCode: exitCodes.bug,
      cause: error instanceof Error ? (error.stack ?? "") : String(error),
      isUncertain: true,
    };
  }
}

function settled(outcome: Outcome, held: readonly string[] = []): Settled {
  return { outcome, held, duplicatePossible: false };
}
