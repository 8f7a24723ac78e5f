// Which program a release is handed to, as the door chooses it.

import type { Config } from "../config.ts";
import { CommandFailure, exits, type Io } from "./io.ts";

/** QSIFT_QUEUE, or `queue` of the configuration. Throws CommandFailure 55 for a relative path. */
export function nextHop(io: Io, config: Config): string {
  const named = io.env["QSIFT_QUEUE"] ?? "";
  if (named === "") return config.queue;
  if (named.startsWith("/")) return named;
  throw new CommandFailure(
    exits.configuration,
    `QSIFT_QUEUE: expected an absolute path, found ${JSON.stringify(named)}`,
  );
}
