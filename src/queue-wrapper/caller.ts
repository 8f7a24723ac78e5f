// Who runs this process, as far as policy may ask. Called by the doors.

import { userInfo } from "node:os";

export interface Caller {
  readonly uid: number;
  /** Null where the uid has no name. */
  readonly user: string | null;
}

export function readCaller(): Caller {
  const uid = process.getuid?.() ?? -1;
  // The name is that of the effective uid, so it counts only where that is the real one.
  if (process.geteuid?.() !== uid) return { uid, user: null };
  try {
    return { uid, user: userInfo().username };
  } catch {
    return { uid, user: null };
  }
}
