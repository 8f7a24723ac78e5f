// Says of EACCES and EPERM in the quarantine whose fault it is: which path
// belongs to whom, and to whom it should belong. All of a quarantine belongs
// to the owner of its folder; a file that root once made there, or a folder
// above it that is closed, is what usually goes wrong.

import { statSync } from "node:fs";
import { dirname } from "node:path";

import { errorCode } from "../error-code.ts";
import { CommandFailure, exits, type Io } from "./io.ts";
import { describeUser, readUsers, type User } from "./users.ts";

interface Status {
  readonly uid: number;
  readonly mode: number;
}

export interface Surroundings {
  readonly statOf: (path: string) => Status | null;
  readonly users: readonly User[];
}

/** The same error with an explanation; any other error as it is. `path`: the quarantine's folder. */
export function explainPermission(
  error: unknown,
  path: string,
  io: Io,
  { statOf, users }: Surroundings = { statOf: statusOf, users: readUsers() },
): unknown {
  const denied = findDenied(error);
  if (denied === null) return error;
  const me = describeUser(io.effectiveUid(), users);
  const explained = (text: string): CommandFailure =>
    new CommandFailure(exits.notDone, `${denied.message}; ${text}`, {
      cause: error,
    });

  const folder = statOf(path);
  if (folder === null) {
    let above = dirname(path);
    while (statOf(above) === null && above !== "/") above = dirname(above);
    return explained(`${above} does not let ${me} in: chmod a+x ${above}`);
  }
  const owner = describeUser(folder.uid, users);
  if (folder.uid !== io.effectiveUid())
    return explained(
      `${path} belongs to ${owner}, and this is ${me}: run it as root or as the owner`,
    );
  let culprit = denied.path.startsWith(`${path}/`) ? denied.path : path;
  // What can't be seen is behind what is closed; what is ours is not to blame.
  while (
    culprit !== path &&
    (statOf(culprit)?.uid ?? folder.uid) === folder.uid
  )
    culprit = dirname(culprit);
  const status = statOf(culprit) ?? folder;
  const mode = (status.mode & 0o7777).toString(8).padStart(4, "0");
  return explained(
    status.uid === folder.uid
      ? `${culprit} has mode ${mode}, which keeps its owner out`
      : `${culprit} belongs to ${describeUser(status.uid, users)}, it should belong to ${owner}, as ${path} does: chown -R ${folder.uid} ${culprit}`,
  );
}

function findDenied(error: unknown): { message: string; path: string } | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = errorCode(at);
    if (code !== "EACCES" && code !== "EPERM") continue;
    const path = "path" in at && typeof at.path === "string" ? at.path : "";
    return { message: at.message, path };
  }
  return null;
}

function statusOf(path: string): Status | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
