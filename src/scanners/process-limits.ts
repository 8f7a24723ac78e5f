// Bounds on what a scanner's program may use, set by prlimit(1) of util-linux,
// which then becomes the program: the process, and all that it starts, cannot
// raise them again. setpriv(1) of the same package has the kernel kill the
// program when we are killed ourselves and can't. Where they aren't installed
// the program runs without; the scanner's ping says so. Used by process.ts.

import { accessSync, constants, readFileSync } from "node:fs";
import * as v from "valibot";
import { positiveInteger } from "../schema.ts";

const MiB = 1024 * 1024;

/** Keys of a scanner that runs a program, for `Scanner.options`. */
export const processOptions = {
  // clamscan needs 1.3 GiB with the official signatures, twice that for a
  // moment. Address space, for Linux bounds no other memory of a process.
  memory_bytes: v.optional(positiveInteger, 4096 * MiB),
  // Four threads for a whole time-out of a minute. It ends what has left its
  // process group, where a kill does not find it.
  cpu_s: v.optional(positiveInteger, 240),
  // A bomb that the program unpacks must not fill the disk.
  file_bytes: v.optional(positiveInteger, 512 * MiB),
  // Engines open their signature files and a few temporary ones.
  open_files: v.optional(positiveInteger, 1024),
};

export type ProcessLimits = v.InferOutput<
  v.ObjectSchema<typeof processOptions, undefined>
>;

export const defaultProcessLimits: ProcessLimits = v.parse(
  v.object(processOptions),
  {},
);

/** The command that runs `command` within the limits. */
export function withLimits(
  command: readonly string[],
  limits: ProcessLimits,
): string[] {
  const prlimit = find("prlimit");
  const setpriv = find("setpriv");
  return [
    ...(setpriv === null ? [] : [setpriv, "--pdeathsig", "KILL", "--"]),
    ...(prlimit === null ? [] : [prlimit, ...prlimitOptions(limits), "--"]),
    ...command,
  ];
}

/** What ping adds: nothing where the limits hold. */
export function limitsNote(): string {
  return find("prlimit") === null ? ", without limits: no prlimit(1)" : "";
}

/**
 * One of the tools' own refusals: it exits 1, as many scanners do for
 * "infected" and razor-check for "not listed".
 */
export function isToolFailure(stderr: Uint8Array): boolean {
  return /^(?:prlimit|setpriv): /.test(
    Buffer.from(stderr.subarray(0, 9)).toString("latin1"),
  );
}

// As /proc/self/limits names them.
const names = [
  ["as", "Max address space", "memory_bytes"],
  ["cpu", "Max cpu time", "cpu_s"],
  ["fsize", "Max file size", "file_bytes"],
  ["nofile", "Max open files", "open_files"],
] as const;

function prlimitOptions(limits: ProcessLimits): string[] {
  const own = ownLimits();
  const options = names.map(([option, name, key]) => {
    // None may be raised above what we were started with (softlimit, ulimit).
    const [, hard] =
      new RegExp(`^${name} +\\S+ +(\\d{1,18}) `, "m").exec(own) ?? [];
    return `--${option}=${Math.min(limits[key], Number(hard ?? Infinity))}`;
  });
  // A dump would hold mail.
  return [...options, "--core=0"];
}

function ownLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "latin1");
  } catch {
    return "";
  }
}

const found = new Map<string, string | null>();

function find(tool: string): string | null {
  let path = found.get(tool);
  if (path === undefined) {
    path = ["/usr/bin/", "/bin/"].map((d) => d + tool).find(isThere) ?? null;
    found.set(tool, path);
  }
  return path;
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
