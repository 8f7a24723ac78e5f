// The users of this machine by /etc/passwd (passwd(5)), for what commands tell
// people: warnings and advice. Users that come from elsewhere (LDAP, NIS) are
// not in it, so nothing but a text may depend on it.

import { readFileSync } from "node:fs";

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Empty where the file can't be read. */
export function readUsers(file = "/etc/passwd"): readonly User[] {
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const [name = "", , uid = "", gid = ""] = line.split(":");
    return name !== "" && /^\d+$/.test(uid) && /^\d+$/.test(gid)
      ? { name, uid: Number(uid), gid: Number(gid) }
      : [];
  });
}

/** `qmaild (uid 7791)`, or `uid 7791` where it has no name. */
export function describeUser(uid: number, users: readonly User[]): string {
  const user = users.find((one) => one.uid === uid);
  return user ? `${user.name} (uid ${uid})` : `uid ${uid}`;
}
