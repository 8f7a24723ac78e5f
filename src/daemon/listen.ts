// The daemon's sockets: made with their mode and group, taken over from a
// daemon that died, and never from one that lives.

import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  mkdirSync,
  readFileSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";

import { errorCode } from "../error-code.ts";

export interface ListenOptions {
  readonly path: string;
  readonly mode: number;
  /** Name or number; null: left as it is. */
  readonly group: string | null;
  readonly serve: (socket: Socket) => void;
}

/** Rejects with an Error whose text says what to do. */
export async function listen(options: ListenOptions): Promise<Server> {
  const { path, mode, group, serve } = options;
  const gid = group === null ? null : groupId(group);
  makeFolder(dirname(path));
  await removeStale(path);
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // Whoever reads sees it destroyed; unheard, an error would end the process.
    socket.on("error", () => undefined);
    serve(socket);
  });
  // Not open to anybody before its mode is set.
  const umask = process.umask(0o777);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(umask);
  }
  try {
    if (gid !== null) chownSync(path, process.getuid?.() ?? 0, gid);
  } catch (error) {
    // Left as it is, with no mode, the next start could not take it over.
    server.close();
    throw new Error(
      `daemon.socket_group: ${describeSelf()} may not give ${path} to group "${group ?? ""}" (${String(errorCode(error))}): make it a member of that group, and have the supervisor set supplementary groups (setpriv --init-groups; setuidgid sets none)`,
      { cause: error },
    );
  }
  chmodSync(path, mode);
  return server;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `cannot make a socket in ${folder} (${String(errorCode(error))}): make the folder as root, for the daemon's user: install -d -o ${process.getuid?.() ?? "USER"} ${folder}`,
      { cause: error },
    );
  }
}

function describeSelf(): string {
  return `uid ${process.getuid?.() ?? "?"}`;
}

/** Removes a socket that nobody listens on. */
async function removeStale(path: string): Promise<void> {
  let found: string;
  try {
    found = identity(path);
    if (!statSync(path).isSocket())
      throw new Error(`${path} is there and is no socket: remove it`);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  const code = await new Promise<string | null>((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(null);
    });
    socket.once("error", (error) => {
      resolve(errorCode(error) ?? String(error));
    });
  });
  if (code === null)
    throw new Error(`another daemon listens on ${path}: stop it first`);
  if (code !== "ECONNREFUSED")
    throw new Error(
      `cannot take over ${path}, which belongs to uid ${statSync(path).uid} (${code}), as ${describeSelf()}: stop the daemon that made it, or remove it`,
    );
  // Another one that starts at the same time may have taken it over just now.
  if (identity(path) !== found)
    throw new Error(`another daemon starts on ${path}: start one`);
  unlinkSync(path);
}

/** An inode's number alone is soon another file's. */
function identity(path: string): string {
  const { ino, ctimeNs } = statSync(path, { bigint: true });
  return `${ino} ${ctimeNs}`;
}

/** group(5); groups from elsewhere (LDAP, NIS) are to be named by number. */
function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  for (const line of readFileSync("/etc/group", "utf8").split("\n")) {
    const [name, , gid] = line.split(":");
    if (name === group && gid !== undefined) return Number(gid);
  }
  throw new Error(
    `daemon.socket_group: no group "${group}" in /etc/group: make it (groupadd --system ${group}) or name its number`,
  );
}
