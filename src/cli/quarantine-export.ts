// `qsift quarantine export`: held messages as files for somebody else: one
// .eml each in a folder, an mbox, or a zip. The received bytes exactly, or with
// --held the file as it is kept, envelope and findings on top.
//
// Nothing is overwritten: a file that is there already is an error.

import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

import type { Config } from "../config.ts";
import {
  type HeldEntry,
  type Place,
  readBytes,
  readFile,
} from "../quarantine/store.ts";
import { mboxPieces } from "./export-mbox.ts";
import { openZip } from "./export-zip.ts";
import { failure, readWhole } from "./find-held.ts";
import { actOnEach, openAudit } from "./held-acts.ts";
import { type SelectOptions, select } from "./held-selection.ts";
import { CommandFailure, exits, type Io } from "./io.ts";
import type { Services } from "./services.ts";

export const exportFormats = ["eml", "mbox", "zip"] as const;

export interface ExportOptions extends SelectOptions {
  readonly format?: (typeof exportFormats)[number];
  /** A folder for eml, else a file; none: standard output. */
  readonly output?: string;
  readonly held?: true;
}

/** Where the bytes of one message, or of all, go. */
interface Target {
  write(piece: Uint8Array): Promise<void>;
  close(): void;
}

export async function exportHeld(
  config: Config,
  ids: readonly string[],
  options: ExportOptions,
  io: Io,
  services: Services,
): Promise<number> {
  const { path } = config.quarantine;
  const { format = "eml", output } = options;
  if (output === undefined && io.out.isTerminal)
    throw new CommandFailure(
      exits.usage,
      "mail is not for a terminal: name a place with --output, or redirect; `show --raw` escapes it",
    );
  const selection = await select(config, ids, options, io, services);
  const { places } = selection;
  if (format === "eml" && output === undefined && places.length > 1)
    throw new CommandFailure(
      exits.usage,
      "only one message fits on standard output as eml: name a folder with --output, or take --format mbox",
    );
  const audit = openAudit(path, io);
  const bytesOf = (entry: HeldEntry): Iterable<Uint8Array> =>
    options.held ? readFile(entry) : readBytes(entry);
  const one =
    format === "eml" && output !== undefined ? null : openTarget(output, io);
  const zip = format === "zip" && one !== null ? openZip(one) : null;
  const act = async (place: Place): Promise<string> => {
    const entry = readWhole(path, place);
    const name = `${entry.id}.eml`;
    if (zip !== null)
      await zip.add(name, entry.head.receivedAt, () => bytesOf(entry));
    else {
      const to = one ?? openTarget(join(checkFolder(output), name), io);
      try {
        const pieces =
          format === "mbox"
            ? mboxPieces(entry.head, bytesOf(entry))
            : bytesOf(entry);
        for (const piece of pieces) await to.write(piece);
      } finally {
        if (one === null) to.close();
      }
    }
    const to = output ?? "standard output";
    const { head } = entry;
    await audit.record({
      act: "export",
      id: entry.id,
      result: "done",
      head,
      to: [to],
    });
    return `exported to ${to}`;
  };
  // What was done is said where the messages are not.
  const said = output === undefined ? { ...io, out: silent(io) } : io;
  try {
    const code = await actOnEach(config, selection, "exporting", act, said);
    if (zip !== null) await zip.end();
    return audit.isIncomplete() ? exits.notDone : code;
  } finally {
    one?.close();
  }
}

function silent(io: Io): Io["out"] {
  return { ...io.out, write: () => Promise.resolve() };
}

function checkFolder(output: string | undefined): string {
  const folder = output ?? "";
  try {
    if (statSync(folder).isDirectory()) return folder;
  } catch (error) {
    throw failure(`cannot export into ${folder}: ${String(error)}`);
  }
  throw failure(`cannot export into ${folder}: it is no folder`);
}

function openTarget(file: string | undefined, io: Io): Target {
  if (file === undefined)
    return {
      write: (piece) => io.out.write(piece),
      close: () => undefined,
    };
  let fd: number;
  try {
    fd = openSync(file, "wx", 0o600);
  } catch (error) {
    throw failure(`cannot export to ${file}: ${String(error)}`);
  }
  return {
    write: (piece) => {
      for (let at = 0; at < piece.length;) at += writeSync(fd, piece, at);
      return Promise.resolve();
    },
    close: () => {
      closeSync(fd);
    },
  };
}
