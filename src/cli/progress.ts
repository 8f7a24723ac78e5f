// How far a command with many files has come: one line on a terminal, which
// goes away before a result is written.

import { printable } from "../printable.ts";
import type { Io } from "./io.ts";

/** `verb`: "scanning". */
export async function showProgress(
  io: Io,
  verb: string,
  files: readonly string[],
  index: number,
): Promise<void> {
  if (files.length > 1 && io.err.isTerminal)
    await io.err.write(
      `\r\x1b[K${verb} ${index + 1}/${files.length} ${printable(files[index] ?? "").slice(-50)}`,
    );
}

export async function hideProgress(
  io: Io,
  files: readonly string[],
): Promise<void> {
  if (files.length > 1 && io.err.isTerminal) await io.err.write("\r\x1b[K");
}
