// `qsift quarantine verify`: reads every held message whole and compares size
// and SHA-256 with what was recorded; also names files that are nobody's.

import type { Config } from "../config.ts";
import { folders } from "../decision.ts";
import { printable } from "../printable.ts";
import { DamagedEntry } from "../quarantine/parse-head.ts";
import {
  foreignIn,
  type Place,
  placesIn,
  readPlace,
  verifyBytes,
} from "../quarantine/store.ts";
import { count } from "./held-acts.ts";
import { hasFilter } from "./held-filters.ts";
import { type SelectOptions, select } from "./held-selection.ts";
import { exits, type Io } from "./io.ts";
import { openProgressBar } from "./progress-bar.ts";
import { describeMissing, quarantineExists } from "./quarantine-exists.ts";
import type { Services } from "./services.ts";

/** Without IDs and filters: everything. */
export async function verifyHeld(
  config: Config,
  ids: readonly string[],
  options: SelectOptions,
  io: Io,
  services: Services,
): Promise<number> {
  const { path } = config.quarantine;
  if (!quarantineExists(path)) {
    await io.err.write(`qsift: ${printable(describeMissing(path))}\n`);
    return exits.done;
  }
  const isAll = ids.length === 0 && !hasFilter(options);
  const { places, missing } = isAll
    ? {
        places: folders.flatMap((folder) => placesIn(path, folder)),
        missing: 0,
      }
    : await select(config, ids, options, io, services);
  const bar = openProgressBar(io, "verifying");
  let wrong = missing;
  let whole = 0;
  for (const [index, place] of places.entries()) {
    bar.show(index, places.length);
    const reason = findDamage(place);
    if (reason === null) whole += 1;
    if (reason === null || reason === "gone") continue;
    wrong += 1;
    await bar.hide();
    await io.out.write(
      `${printable(place.id)} is damaged: ${printable(reason)} (${printable(place.file)})\n`,
    );
  }
  await bar.hide();
  if (isAll)
    for (const file of folders.flatMap((folder) => foreignIn(path, folder)))
      await io.err.write(
        `qsift: ${printable(file)} is no entry: qsift neither lists nor releases it\n`,
      );
  await io.out.write(`${count(whole, "message")} whole, ${wrong} damaged\n`);
  return wrong > 0 ? exits.notDone : exits.done;
}

function findDamage(place: Place): string | null {
  const held = readPlace(place);
  if (held === null) return "gone";
  if (held.kind === "damaged") return held.reason;
  try {
    verifyBytes(held);
    return null;
  } catch (error) {
    return error instanceof DamagedEntry ? error.message : String(error);
  }
}
