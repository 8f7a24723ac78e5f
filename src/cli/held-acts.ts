// What all commands that act on many held messages have in common: one after
// the other, an error of one doesn't stop the rest, each act is recorded, and
// --dry-run says what would be done.

import type { Config } from "../config.ts";
import { printable } from "../printable.ts";
import { type Act, type Actor, recordAct } from "../quarantine/audit.ts";
import type { Place } from "../quarantine/store.ts";
import { explainPermission } from "./explain-permission.ts";
import { exits, type Io } from "./io.ts";
import { openProgressBar } from "./progress-bar.ts";
import type { Selection } from "./held-selection.ts";
import { readUsers } from "./users.ts";

/** What was done, in words for people. Throws where it was not. */
export type ActOn = (place: Place) => Promise<string>;

export async function actOnEach(
  config: Config,
  { places, missing }: Selection,
  verb: string,
  act: ActOn,
  io: Io,
): Promise<number> {
  const { path } = config.quarantine;
  const bar = openProgressBar(io, verb);
  let failures = missing;
  for (const [index, place] of places.entries()) {
    bar.show(index, places.length);
    try {
      const done = await act(place);
      await bar.hide();
      await io.out.write(`${printable(place.id)} ${printable(done)}\n`);
    } catch (error) {
      failures += 1;
      const explained = explainPermission(error, path, io);
      const cause =
        explained instanceof Error ? explained.message : String(explained);
      await bar.hide();
      await io.err.write(
        `qsift: ${printable(place.id)}: ${printable(cause)}\n`,
      );
    }
  }
  return failures > 0 ? exits.notDone : exits.done;
}

export interface Audit {
  /** An act that can't be recorded was done all the same. */
  record(act: Act): Promise<void>;
  /** True where one could not be recorded. */
  readonly isIncomplete: () => boolean;
}

/** Records in the quarantine's audit log; says once where that fails. */
export function openAudit(path: string, io: Io): Audit {
  const actor = actorOf(io);
  let failed = false;
  return {
    isIncomplete: () => failed,
    record: async (act) => {
      try {
        recordAct(path, act, actor, io.now());
      } catch (error) {
        if (!failed)
          await io.err.write(
            `qsift: the audit log can't be written: ${printable(String(error))}\n`,
          );
        failed = true;
      }
    },
  };
}

/** Under sudo the name of who typed it. */
function actorOf(io: Io): Actor {
  const sudo = io.uid === 0 ? (io.env["SUDO_USER"] ?? "") : "";
  const known = readUsers().find(({ uid }) => uid === io.uid)?.name ?? null;
  return { uid: io.uid, user: sudo === "" ? known : sudo };
}

export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
