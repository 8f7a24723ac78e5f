// The filter in the door's own process, where no daemon is asked. Loaded by
// `await import()` only: a door that asks the daemon does without.

import { holdUndelivered, refuseSize } from "../answer.ts";
import { makeMail } from "../arrival.ts";
import type { Config } from "../config.ts";
import { filterMail, type Filtered } from "../filter.ts";
import type { Log } from "../log.ts";
import type { Mail } from "../mail.ts";
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
  return toJudged(mail, filtered, config, received.env);
}

/** Without its bytes: those of a message too large to be looked at were not kept. */
export function judgeSize(
  received: Received,
  size: number,
  config: Config,
): Judged {
  const bytes = new Uint8Array();
  const mail = makeMail({ ...received, ...readCaller(), bytes }, config);
  const filtered = refuseSize(received.id, size, config);
  return toJudged(mail, filtered, config, received.env);
}

function toJudged(
  mail: Mail,
  { answer, judgement, cause }: Filtered,
  config: Config,
  env: NodeJS.ProcessEnv,
): Judged {
  return {
    answer,
    fields: outcomeFields(mail, judgement, env["TCPREMOTEIP"] ?? null),
    cause,
    hold: (delivery, why, n) =>
      holdUndelivered(judgement, config, delivery, why, n),
    ended: () => undefined,
  };
}
