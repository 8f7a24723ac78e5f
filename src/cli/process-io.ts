// The real process as commands see it (io.ts). main.ts makes one.
//
// A reader of our output that goes away (`qsift ... | head`) is not an error:
// writes do nothing from then on, and the command ends as it would have.

import { statSync } from "node:fs";
import { isatty, type WriteStream } from "node:tty";

import { errorCode } from "../error-code.ts";
import type { Io, Output, Target } from "./io.ts";

export interface ProcessIo extends Io {
  /** Why output was lost, where it was not a reader that went away: ENOSPC. Else null. */
  lostOutput(): string | null;
}

export function processIo(): ProcessIo {
  let lost: string | null = null;
  const onLoss = (cause: string): void => {
    lost ??= cause;
  };
  return {
    lostOutput: () => lost,
    out: output(process.stdout, onLoss),
    err: output(process.stderr, onLoss),
    env: process.env,
    uid: process.getuid?.() ?? 0,
    effectiveUid: () => process.geteuid?.() ?? 0,
    now: Date.now,
    stdin: () => process.stdin,
    becomeUser,
  };
}

function output(
  stream: WriteStream & { readonly fd: number },
  onLoss: (cause: string) => void,
): Output {
  let isClosed = false;
  const onError = (error: NodeJS.ErrnoException): void => {
    isClosed = true;
    if (error.code !== "EPIPE") onLoss(error.code ?? error.message);
  };
  stream.on("error", onError);
  return {
    // stream.isTTY is undefined for a pipe, and undefined is "decide yourself"
    // to picocolors, which then obeys FORCE_COLOR.
    isTerminal: isatty(stream.fd),
    get isClosed() {
      return isClosed;
    },
    write: (data) =>
      isClosed
        ? Promise.resolve()
        : new Promise((resolve) => {
            // The error event may come after the program's end.
            stream.write(data, (error) => {
              if (error) onError(error);
              resolve();
            });
          }),
  };
}

/**
 * The user qsift where mail is parsed; the owner of the quarantine where it is
 * read or changed, which installation makes the same user, and which keeps
 * new files in it readable for whoever wrote the others.
 */
function becomeUser(target: Target): void {
  if (process.geteuid?.() !== 0) return;
  if (target.kind === "qsift") become("qsift", "qsift");
  else {
    const owner = ownerOf(target.path);
    if (owner === null) become("qsift", "qsift");
    else if (owner.uid !== 0) become(owner.uid, owner.gid);
  }
}

function become(user: string | number, group: string | number): void {
  try {
    // With the groups that qsift was put into, whose sockets it is to open.
    if (typeof user === "string") process.initgroups?.(user, group);
    else process.setgroups?.([group]);
  } catch (error) {
    // No such group, and so no such user here: root it stays.
    if (errorCode(error) === "ERR_UNKNOWN_CREDENTIAL") return;
    throw error;
  }
  process.setgid?.(group);
  process.setuid?.(user);
}

function ownerOf(path: string): { uid: number; gid: number } | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
