// What `qsift config check` warns of: the configuration is valid, but this
// machine does not fit it. Nothing is changed. Scanners are asked by
// scanner-warnings.ts.

import { accessSync, constants, statSync, type Stats } from "node:fs";
import { dirname, resolve } from "node:path";

import { errorCode } from "../error-code.ts";
import type { Config } from "../config.ts";
import { defaultTrustedUsers } from "../config-daemon.ts";
import { describeUser, type User } from "./users.ts";

/** One line each, without "warning:". */
export function findWarnings(config: Config, users: readonly User[]): string[] {
  return [
    ...fileWarnings(config.file),
    ...queueWarnings(config.queue),
    ...quarantineWarnings(config.quarantine.path, doorUser(config, users)),
    ...userWarnings(config, users),
  ];
}

function fileWarnings(file: string | null): string[] {
  if (file === null) return [];
  const warnings: string[] = [];
  const why = "qmail-smtpd's user must be able to read the configuration";
  for (let at = resolve(file), bit = 0o004; ; at = dirname(at), bit = 0o001) {
    const status = statusOf(at);
    if (typeof status !== "string" && (status.mode & bit) === 0)
      warnings.push(
        `${at}: ${why}: chmod o+${bit === 0o004 ? "r" : "x"} ${at}`,
      );
    if (at === dirname(at)) return warnings;
  }
}

function queueWarnings(queue: string): string[] {
  const say = (what: string): string[] => [
    `queue: ${queue} ${what}; mail is deferred where QSIFT_QUEUE names no other`,
  ];
  const status = statusOf(queue);
  if (typeof status === "string") return say(status);
  if (!status.isFile()) return say("is no file");
  try {
    accessSync(queue, constants.X_OK);
    return [];
  } catch {
    return say("is not executable");
  }
}

/** As whom the door probably runs: the first that is believed, is no root, and is there. */
function doorUser(config: Config, users: readonly User[]): User | null {
  for (const trusted of config.daemon.trustedUsers) {
    const user = users.find(
      ({ name, uid }) => name === trusted || `#${uid}` === trusted,
    );
    if (user && user.uid !== 0) return user;
  }
  return null;
}

function quarantineWarnings(path: string, user: User | null): string[] {
  const owner = user
    ? `-o ${user.name} -g ${user.gid}`
    : "-o qmaild -g nofiles";
  const status = statusOf(path);
  if (typeof status === "string")
    return [
      `quarantine.path: ${path} ${status}; mail to be held is deferred; make it: install -d -m 0700 ${owner} ${path}`,
    ];
  if (!status.isDirectory()) return [`quarantine.path: ${path} is no folder`];
  if (user === null || mayWrite(user, status)) return [];
  return [
    `quarantine.path: ${path} belongs to uid ${status.uid}, and ${describeUser(user.uid, [user])} may not write in it; mail to be held is deferred; give it away: chown -R ${user.name} ${path}`,
  ];
}

/** By mode, owner and the user's own group; further groups are not looked at. */
function mayWrite(user: User, { uid, gid, mode }: Stats): boolean {
  const shift = user.uid === uid ? 6 : user.gid === gid ? 3 : 0;
  return ((mode >> shift) & 0o3) === 0o3;
}

function userWarnings(config: Config, users: readonly User[]): string[] {
  if (users.length === 0) return [];
  const { trustedUsers } = config.daemon;
  const isThere = (trusted: string): boolean =>
    trusted.startsWith("#") || users.some(({ name }) => name === trusted);
  // No machine needs all of the default ones.
  const isDefault = trustedUsers.join() === defaultTrustedUsers.join();
  if (isDefault && trustedUsers.some((one) => one !== "root" && isThere(one)))
    return [];
  return trustedUsers
    .filter((trusted) => !isThere(trusted))
    .map(
      (trusted) =>
        `daemon.trusted_users: no user ${trusted} in /etc/passwd; the environment of a door that runs as another user is not believed`,
    );
}

/** Or why there is none, in words. */
function statusOf(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (error) {
    const code = errorCode(error);
    return code === "ENOENT" || code === "ENOTDIR"
      ? "does not exist"
      : `can't be looked at (${String(code)})`;
  }
}
