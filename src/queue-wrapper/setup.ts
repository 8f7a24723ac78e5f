// What the door has to know before it reads a message: where to log, and the
// configuration. Loaded by `await import()` only, so that main.ts can say what
// is wrong if it can't be.

import { configPath, readConfig, type Config } from "../config.ts";
import { ConfigError } from "../config-error.ts";
import { builtinRules } from "../installation.ts";
import { openLog, type Log } from "../log.ts";
import { exitCodes } from "../qmail/exit-codes.ts";
import { Refusal } from "./refusal.ts";

/**
 * Of a door that a local program started, people read fd 2: nothing goes there
 * but failures. Where fd 2 is the error descriptor nothing goes there but the
 * text for the SMTP client.
 */
export function openDoorLog(
  env: NodeJS.ProcessEnv,
  errorFd: number | null,
): Log {
  const isLocal = env["TCPREMOTEIP"] === undefined;
  const level = errorFd === 2 ? "silent" : isLocal ? "warn" : "info";
  return openLog({ fd: 2, level });
}

/** Throws Refusal 55 with file, line and key. */
export async function configure(env: NodeJS.ProcessEnv): Promise<Config> {
  try {
    return await readConfig({ file: configPath(env), builtinRules });
  } catch (error) {
    if (error instanceof ConfigError)
      throw new Refusal(exitCodes.configuration, error.message);
    throw error;
  }
}
