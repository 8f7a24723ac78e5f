// The filter in the door's own process, where no daemon is asked. Loaded by
// `await import()` only: a door that asks the daemon does without.

import { holdUndelivered } from "../answer.ts";
import { makeMail } from "../arrival.ts";
import type { Config } from "../config.ts";
import { filterMail } from "../filter.ts";
import type { Log } from "../log.ts";
import { outcomeFields } from "../outcome-fields.ts";
import { readCaller } from "./caller.ts";
import type { Judged } from "./judged.ts";
import type { Received } from "./received.ts";

/** Never rejects. */
export async function judgeHere(
  received: Received,
  bytes: Uint8Array,
  config: Config,
  signal: AbortSignal,
  log: Log,
): Promise<Judged> {
  const mail = makeMail({ ...received, ...readCaller(), bytes }, config);
  const filtered = await filterMail(mail, config, signal, log);
  const { answer, judgement, cause } = filtered;
  const clientIp = received.env["TCPREMOTEIP"] ?? null;
  return {
    answer,
    fields: outcomeFields(mail, judgement, clientIp),
    cause,
    hold: (delivery, why, n) =>
      holdUndelivered(judgement, config, delivery, why, n),
    ended: () => undefined,
  };
}

/** The answer to a message too large to be looked at: a refusal that says so, as qmail's databytes does. */
export function refuseSize(
  received: Received,
  size: number,
  config: Config,
): Judged {
  const mail = makeMail(
    { ...received, ...readCaller(), bytes: new Uint8Array() },
    config,
  );
  return {
    answer: {
      kind: "reject",
      text: `message too large (#5.3.4) ${received.id}`,
    },
    fields: outcomeFields(mail, null, received.env["TCPREMOTEIP"] ?? null),
    cause: `message of ${size} bytes, at most ${config.limits.messageBytes} expected (limits.message_bytes)`,
    hold: () => Promise.reject(new Error("nothing was to be delivered")),
    ended: () => undefined,
  };
}
