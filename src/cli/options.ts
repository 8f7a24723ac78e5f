// Values of options, read once: repeatable ones, addresses, variables, times.
// What is wrong with one is a usage error (exit code 2) by commander.

import { InvalidArgumentError } from "commander";

import { type Folder, folders } from "../decision.ts";

/** For options that may be given more than once. */
export function collect(
  value: string,
  before: readonly string[] = [],
): string[] {
  return [...before, value];
}

export function collectFolder(
  value: string,
  before: readonly Folder[] = [],
): Folder[] {
  const folder = folders.find((name) => name === value);
  if (folder === undefined)
    throw new InvalidArgumentError(`Folders are ${folders.join(", ")}.`);
  return [...before, folder];
}

/** `K=V` into pairs. */
export function collectVariable(
  value: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const equals = value.indexOf("=");
  if (equals < 1)
    throw new InvalidArgumentError(
      "A variable is NAME=VALUE, such as TCPREMOTEIP=192.0.2.1.",
    );
  return new Map([
    ...before,
    [value.slice(0, equals), value.slice(equals + 1)],
  ]);
}

/** An envelope address as bytes. A NUL can't come from a command line; `<>` is the null sender. */
export function addressBytes(address: string): Uint8Array {
  return address === "<>" ? new Uint8Array() : Buffer.from(address, "utf8");
}

const unitMs: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `2d` before now, or a date. Returns milliseconds since the epoch. */
export function parseSince(value: string, now: number): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([mhdw])$/.exec(value) ?? [];
  const ms = unitMs[unit];
  if (ms !== undefined) return now - Number(count) * ms;
  const date = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(date))
    throw new InvalidArgumentError(
      "A time is an age such as 90m, 12h, 2d or 1w, or a date such as 2026-11-22.",
    );
  return date;
}
