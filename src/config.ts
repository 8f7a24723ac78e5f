// The configuration as the program uses it, and its reader. Called by each
// program once, at its start.
//
// TOML (/etc/qsift/qsift.toml, or QSIFT_CONFIG); docs/configuration.md is its
// reference. It is checked strictly: an unknown key is an error, because a
// misspelt `reject` that is silently nothing lets mail through. A key is known
// only once it does something.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import * as v from "valibot";
import { errorCode } from "./error-code.ts";
import { daemonTable, toDaemon, type DaemonConfig } from "./config-daemon.ts";
import { policyTables, toPolicies } from "./config-policies.ts";
import { readRules } from "./config-rules.ts";
import { withoutUndefined } from "./config-schema.ts";
import { type Folder, folders } from "./decision.ts";
import { commandTables, toCommands } from "./config-commands.ts";
import { scannerTables, toScannerSettings } from "./config-scanners.ts";
import {
  absolutePath,
  list,
  oneOf,
  positiveInteger,
  stringThat,
  table,
} from "./schema.ts";
import { ConfigSource, readSource } from "./config-source.ts";
import {
  defaultLimits,
  limitDeclarations,
  type LimitName,
  type Limits,
} from "./limits.ts";
import type { OnPartialReject } from "./policy/combine.ts";
import type { Policy } from "./policy/policy.ts";
import type { Rule } from "./policy/rule.ts";
import { scanners } from "./scanners/index.ts";
import type { ConfiguredScanner, Scanner } from "./scanners/scanner.ts";

export { ConfigError } from "./config-error.ts";

export interface Config {
  /** The file it came from; null: built-in defaults. */
  readonly file: string | null;
  /** Next hop of the TypeScript door; QSIFT_QUEUE wins. */
  readonly queue: string;
  readonly daemon: DaemonConfig;
  readonly limits: Limits;
  readonly expansion: {
    /** Tried on what is encrypted, before those that the message names. Everybody knows them. */
    readonly passwords: readonly string[];
  };
  readonly quarantine: {
    /** Absolute path of the folder. */
    readonly path: string;
    /** Days after which `qsift quarantine expire` deletes; a folder without is kept. */
    readonly retentionDays: Readonly<Partial<Record<Folder, number>>>;
    /** Above which it deletes the oldest; null: no cap. */
    readonly maxBytes: number | null;
  };
  readonly peer: {
    /** Variable that holds the SMTP AUTH user; null: none is believed. */
    readonly userVariable: string | null;
  };
  readonly spam: {
    /** Scanner names; the first that is done and has a score gives the score. */
    readonly judges: readonly string[];
  };
  /** By scanner name; every known scanner is in it. */
  readonly scanners: Readonly<Record<string, ConfiguredScanner>>;
  /** The built-in ones, then those of [commands]. */
  readonly scannerList: readonly Scanner[];
  /** At least one; the last has no `match`. */
  readonly policies: readonly Policy[];
  /** In order; the first that matches decides. */
  readonly rules: readonly Rule[];
  /** What to do where some recipients are rejected and others not. */
  readonly onPartialReject: OnPartialReject;
}

const defaultFile = "/etc/qsift/qsift.toml";

const defaultRulePaths = ["builtin"] as const;

/** With which people who study malware, and programs that send it to them, close archives. */
export const defaultPasswords = ["infected", "virus"] as const;

/** Judges of spam, in the order in which they are believed. Those that are no scanners yet never are `done`. */
const defaultJudges = ["spamd", "rules", "rspamd"] as const;

/** Days by folder. */
const retentionDays = table(
  Object.fromEntries(
    folders.map((name) => [name, v.optional(positiveInteger)]),
  ) as Record<Folder, v.OptionalSchema<typeof positiveInteger, undefined>>,
);

const schema = table({
  queue: v.optional(absolutePath, "/var/qmail/bin/qmail-queue"),
  on_partial_reject: v.optional(oneOf(["hold", "queue", "reject"]), "hold"),
  daemon: daemonTable,
  limits: v.optional(
    table(
      Object.fromEntries(
        Object.keys(limitDeclarations).map((name) => [
          snakeCase(name),
          v.optional(positiveInteger),
        ]),
      ),
    ),
  ),
  expansion: v.optional(
    table({
      passwords: v.optional(
        list(
          stringThat(
            "a password of 1 to 100 characters without control characters",
            (text) => /^[^\p{C}]{1,100}$/u.test(text),
          ),
        ),
      ),
    }),
  ),
  quarantine: v.optional(
    table({
      path: v.optional(absolutePath),
      retention_days: v.optional(retentionDays),
      max_bytes: v.optional(positiveInteger),
    }),
  ),
  peer: v.optional(
    table({
      user_variable: v.optional(
        stringThat("the name of an environment variable", (name) =>
          /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name),
        ),
      ),
    }),
  ),
  spam: v.optional(table({ judges: v.optional(list(oneOf(defaultJudges))) })),
  rules: v.optional(
    table({
      paths: v.optional(
        list(
          stringThat(
            '"builtin" or an absolute path',
            (path) =>
              path === "builtin" ||
              (path.startsWith("/") && !path.includes("\0")),
          ),
        ),
      ),
    }),
  ),
  scanners: scannerTables,
  commands: commandTables,
  policy: policyTables,
});

/** The file to read: QSIFT_CONFIG, else the usual one where it exists, else null for built-in defaults. */
export function configPath(
  env: Readonly<Record<string, string | undefined>>,
  usual: string = defaultFile,
): string | null {
  const named = env["QSIFT_CONFIG"];
  // Named and missing is an error, which readConfig finds.
  if (named !== undefined && named !== "") return resolve(named);
  try {
    statSync(usual);
    return usual;
  } catch (error) {
    const code = errorCode(error);
    // Anything else, a folder that may not be entered for one, must not pass
    // for "no configuration": reading it will fail and say why.
    return code === "ENOENT" || code === "ENOTDIR" ? null : usual;
  }
}

/**
 * Throws ConfigError. `builtinRules` is the directory that "builtin" stands
 * for in `[rules] paths`. Asynchronous only because the engine of regular
 * expressions is loaded where one is used.
 */
export async function readConfig(options: {
  readonly file: string | null;
  readonly builtinRules: string;
}): Promise<Config> {
  const { file, builtinRules } = options;
  const source = openSource(file);
  const raw = source.read(schema);
  const paths = raw.rules?.paths ?? defaultRulePaths;
  const commands = await toCommands(source, raw.commands);
  const scannerList = [...scanners, ...commands.map(({ scanner }) => scanner)];
  const policies = toPolicies(source, raw.policy, scannerList);
  return {
    file,
    queue: raw.queue,
    daemon: toDaemon(raw.daemon),
    limits: toLimits(raw.limits ?? {}),
    expansion: { passwords: raw.expansion?.passwords ?? defaultPasswords },
    quarantine: {
      path: raw.quarantine?.path ?? "/var/lib/qsift/quarantine",
      retentionDays: withoutUndefined(raw.quarantine?.retention_days ?? {}),
      maxBytes: raw.quarantine?.max_bytes ?? null,
    },
    peer: { userVariable: raw.peer?.user_variable ?? null },
    spam: { judges: raw.spam?.judges ?? defaultJudges },
    // Onto an object without prototype.
    scanners: Object.assign(
      toScannerSettings(source, raw.scanners),
      ...commands.map(({ scanner, settings }) => ({
        [scanner.name]: settings,
      })),
    ) as Config["scanners"],
    scannerList,
    policies,
    rules: await readRules(
      paths.map((path) => (path === "builtin" ? builtinRules : path)),
      policies.map(({ name }) => name),
    ),
    onPartialReject: raw.on_partial_reject,
  };
}

/** `[rules] paths` as they stand in the file, for `qsift config show`. Throws ConfigError. */
export function readRulePaths(file: string | null): readonly string[] {
  return openSource(file).read(schema).rules?.paths ?? defaultRulePaths;
}

function openSource(file: string | null): ConfigSource {
  return file === null
    ? new ConfigSource("built-in defaults", "")
    : readSource(file);
}

function toLimits(raw: Readonly<Record<string, number | undefined>>): Limits {
  const limits: Record<LimitName, number> = { ...defaultLimits };
  for (const name of Object.keys(limitDeclarations) as LimitName[])
    limits[name] = raw[snakeCase(name)] ?? limits[name];
  return limits;
}

/** `headerFields` as it stands in the file: `header_fields`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
}
