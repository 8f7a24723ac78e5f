// `qsift quarantine delete`: for good. A message that is being released, or
// whose release was cut short, is left alone unless --force.

import type { Config } from "../config.ts";
import { readRecords, releaseState } from "../quarantine/release.ts";
import { remove, type Removal } from "../quarantine/remove.ts";
import type { Place } from "../quarantine/store.ts";
import { failure, readHeld } from "./find-held.ts";
import { actOnEach, openAudit } from "./held-acts.ts";
import { type SelectOptions, select } from "./held-selection.ts";
import { exits, type Io } from "./io.ts";
import type { Services } from "./services.ts";

export interface DeleteOptions extends SelectOptions {
  readonly force?: true;
  readonly dryRun?: true;
}

export async function deleteHeld(
  config: Config,
  ids: readonly string[],
  options: DeleteOptions,
  io: Io,
  services: Services,
): Promise<number> {
  const { path } = config.quarantine;
  const selection = await select(config, ids, options, io, services);
  const records = await readRecords(path);
  const audit = openAudit(path, io);
  const force = options.force === true;
  const act = async (place: Place): Promise<string> => {
    const held = readHeld(path, place);
    if (options.dryRun) {
      const { kind } = await releaseState(path, place.id, records);
      return kind === "releasing" && !force
        ? `would not be deleted: ${explain("releasing")}`
        : "would be deleted";
    }
    const removal = await remove(path, held, { records, force, now: io.now() });
    if (removal !== "removed") throw failure(explain(removal));
    const head = held.kind === "entry" ? held.head : null;
    await audit.record({ act: "delete", id: place.id, result: "done", head });
    return "deleted";
  };
  const code = await actOnEach(config, selection, "deleting", act, io);
  return audit.isIncomplete() ? exits.notDone : code;
}

export function explain(removal: Exclude<Removal, "removed">): string {
  switch (removal) {
    case "gone":
      return "has been deleted by somebody else";
    case "releasing":
      return "not deleted: a release has begun and not ended; --force deletes it all the same";
  }
}
