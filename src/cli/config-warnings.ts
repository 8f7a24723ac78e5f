// What `qsift config check` warns of: the configuration is valid, but this
// machine does not fit it. Nothing is changed, and no mail is sent anywhere;
// scanners are asked for their version.

import { accessSync, constants, statSync, type Stats } from "node:fs";
import { dirname, resolve } from "node:path";

import { defaultTrustedUsers, type Config } from "../config.ts";
import type { ScannerSettings } from "../scanners/scanner.ts";
import { describeUser, type User } from "./users.ts";

/** How a scanner fared when it was asked for its version. */
export type Ping =
  | { readonly kind: "running" }
  | { readonly kind: "absent" }
  | { readonly kind: "failed"; readonly reason: string };

export type PingScanner = (
  name: string,
  settings: ScannerSettings,
) => Promise<Ping>;

/** One line each, without "warning:". */
export async function findWarnings(
  config: Config,
  users: readonly User[],
  pingScanner: PingScanner,
): Promise<string[]> {
  return [
    ...fileWarnings(config.file),
    ...queueWarnings(config.queue),
    ...quarantineWarnings(config.quarantine.path, doorUser(config, users)),
    ...userWarnings(config, users),
    ...(await scannerWarnings(config, pingScanner)),
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

async function scannerWarnings(
  config: Config,
  pingScanner: PingScanner,
): Promise<string[]> {
  const asked = Object.entries(config.scanners).filter(
    ([, { enabled, addresses }]) => enabled !== false && addresses.length > 0,
  );
  const warnings = await Promise.all(
    asked.map(async ([name, settings]) =>
      describePing(name, settings, await pingScanner(name, settings)),
    ),
  );
  return warnings.flatMap((warning) => warning ?? []);
}

const consequences = {
  defer: "deferred",
  queue: "delivered unscanned",
  quarantine: "held",
} as const satisfies Record<ScannerSettings["onFailure"], string>;

function describePing(
  name: string,
  { enabled, onFailure }: ScannerSettings,
  ping: Ping,
): string | null {
  const consequence = consequences[onFailure];
  switch (ping.kind) {
    case "running":
      return null;
    case "failed":
      return `${name}: ${ping.reason}; mail is ${consequence}`;
    case "absent":
      if (enabled !== "auto")
        return `${name}: not running; mail is ${consequence}`;
      return onFailure === "queue"
        ? `${name}: not running; mail is delivered unscanned`
        : `${name}: not running; mail is delivered unscanned, name its address to have it ${consequence}`;
  }
}

/** Or why there is none, in words. */
function statusOf(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    return code === "ENOENT" || code === "ENOTDIR"
      ? "does not exist"
      : `can't be looked at (${String(code)})`;
  }
}
