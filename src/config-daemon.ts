// The [daemon] table of the configuration. Called by config.ts.

import * as v from "valibot";
import { list, positiveInteger, stringThat, table } from "./schema.ts";

const MiB = 1024 * 1024;

/** As whom qmail-smtpd runs: no machine has all of them. */
export const defaultTrustedUsers = ["qmaild", "vpopmail", "root"] as const;

export interface DaemonConfig {
  /** Callers whose environment is believed: login names, or `#uid`. */
  readonly trustedUsers: readonly string[];
  /** Absolute path of the socket that doors ask. */
  readonly socket: string;
  /** And of the one that commands ask; only the daemon's own user may. */
  readonly controlSocket: string;
  /** Whose members may open the doors' socket: a name or a number; null: the daemon's own group. */
  readonly socketGroup: string | null;
  /** Messages that are judged at a time, and their bytes. */
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Messages that wait; one more is turned away. */
  readonly maxWaiting: number;
}

/** sockaddr_un.sun_path has 108 bytes on Linux, with the final NUL (unix(7)). */
const socketPath = stringThat(
  "an absolute path of at most 107 bytes",
  (path) =>
    path.startsWith("/") &&
    !path.includes("\0") &&
    Buffer.byteLength(path) <= 107,
);

export const daemonTable = v.optional(
  table({
    socket: v.optional(socketPath),
    control_socket: v.optional(socketPath),
    socket_group: v.optional(
      stringThat("the name of a group or its number", (name) =>
        /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(name),
      ),
    ),
    max_messages: v.optional(positiveInteger),
    max_bytes: v.optional(positiveInteger),
    max_waiting: v.optional(positiveInteger),
    trusted_users: v.optional(
      list(
        stringThat("a login name or #uid", (name) =>
          /^(#[0-9]{1,10}|[A-Za-z_][A-Za-z0-9._-]{0,63})$/.test(name),
        ),
      ),
    ),
  }),
);

export function toDaemon(raw: v.InferOutput<typeof daemonTable>): DaemonConfig {
  return {
    trustedUsers: raw?.trusted_users ?? defaultTrustedUsers,
    socket: raw?.socket ?? "/run/qsift/qsift.sock",
    controlSocket: raw?.control_socket ?? "/run/qsift/control.sock",
    socketGroup: raw?.socket_group ?? null,
    // Scanners do the work: more than this only makes each of them slower, and
    // each may keep expanded_bytes of memory while they do it.
    maxMessages: raw?.max_messages ?? 16,
    maxBytes: raw?.max_bytes ?? 256 * MiB,
    // A door that waits holds its message and an SMTP connection.
    maxWaiting: raw?.max_waiting ?? 500,
  };
}
