// `qsift quarantine learn`: teaches the scanners with held messages, as `qsift
// learn` does with files: a false positive as ham before it is released, spam
// that was held for another reason as spam.

import type { Config } from "../config.ts";
import { readBytes, type Place } from "../quarantine/store.ts";
import type { LearnAs } from "../scanners/scanner.ts";
import { failure, readWhole } from "./find-held.ts";
import { actOnEach, openAudit } from "./held-acts.ts";
import { type SelectOptions, select } from "./held-selection.ts";
import { exits, type Io } from "./io.ts";
import { chooseScanners } from "./scanners.ts";
import type { Services } from "./services.ts";
import type { Taught } from "./teach.ts";

export interface LearnHeldOptions extends SelectOptions {
  readonly scanner?: readonly string[];
  readonly report?: true;
  readonly dryRun?: true;
}

export async function learnHeld(
  config: Config,
  as: LearnAs,
  ids: readonly string[],
  options: LearnHeldOptions,
  io: Io,
  services: Services,
): Promise<number> {
  const { path } = config.quarantine;
  const names = options.scanner ?? [];
  const chosen = chooseScanners(config, names);
  const { closeAll, openTeachables, teach } = await import("./teach.ts");
  const { teachables, leftOut } = openTeachables(chosen, config, {
    isReported: options.report === true,
    isNamed: names.length > 0,
  });
  try {
    for (const text of leftOut) await io.err.write(`qsift: ${text}\n`);
    if (teachables.length === 0)
      throw failure(
        "none of the scanners that are switched on can be taught; nothing was done",
      );
    const selection = await select(config, ids, options, io, services);
    const audit = openAudit(path, io);
    const act = async (place: Place): Promise<string> => {
      const entry = readWhole(path, place);
      if (options.dryRun) return `would be learned as ${as}`;
      const bytes = Buffer.concat([...readBytes(entry)]);
      const lessons = await teach(bytes, as, teachables);
      const result = lessons.map(describe).join(", ");
      const { id, head } = entry;
      await audit.record({ act: "learn", id, result, head, to: [as] });
      const isDone =
        lessons.every(({ status }) => status !== "failed") &&
        lessons.some(({ status }) => status === "done");
      if (!isDone) throw failure(`not learned as ${as}: ${result}`);
      return `learned as ${as}: ${result}`;
    };
    const code = await actOnEach(config, selection, "learning", act, io);
    const isShort = names.length > 0 && leftOut.length > 0;
    return isShort || audit.isIncomplete() ? exits.notDone : code;
  } finally {
    await closeAll(teachables);
  }
}

function describe({ scanner, lesson, status, reason }: Taught): string {
  const what = lesson === "report" ? `${scanner} (network)` : scanner;
  return status === "done"
    ? what
    : `${what} ${status} (${reason ?? "unknown"})`;
}
