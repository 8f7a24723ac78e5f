// Closes what the parent left open: no descriptor above 2 may reach
// qmail-queue, or an SMTP session hangs on a pipe that nobody closes. Node
// marks inherited descriptors close-on-exec, but stops at the first gap above
// 15 (libuv's uv_disable_stdio_inheritance); its own always bear the mark.

import { closeSync, readFileSync, readdirSync } from "node:fs";

/** O_CLOEXEC as in the `flags:` line of /proc/self/fdinfo, octal. */
const closeOnExec = 0o2000000;

/** Up to here Node has seen to it. */
const seenByNode = 15;

/** All but `keep`, which is needed until the end. */
export function closeInheritedDescriptors(keep: number | null): void {
  let descriptors: string[];
  try {
    descriptors = readdirSync("/proc/self/fd");
  } catch {
    // Not Linux, or no /proc: what Node has done must do.
    return;
  }
  for (const name of descriptors) {
    const fd = Number(name);
    if (fd > seenByNode && fd !== keep && isInherited(fd)) closeSync(fd);
  }
}

function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(
      readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"),
    )?.[1];
    return flags !== undefined && (parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    // Closed meanwhile: the listing's own descriptor.
    return false;
  }
}
