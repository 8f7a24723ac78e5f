// The log: one JSON line an event, written before the program goes on.
//
// Synchronous, because an asynchronous destination on a full disk keeps the
// process from ever exiting; errors are swallowed, because a log that can't be
// written is no reason to lose mail. docs/operating.md lists events and keys.

import pino from "pino";

/** Events by name; keys are part of the public interface. */
export interface Log {
  info(fields: LogFields): void;
  warn(fields: LogFields): void;
  error(fields: LogFields): void;
}

export interface LogFields {
  readonly event: string;
  readonly [key: string]: unknown;
}

export interface LogOptions {
  readonly fd: number;
  /** Below it nothing is written. */
  readonly level: "info" | "warn" | "error";
}

export function openLog(options: LogOptions): Log {
  const destination = pino.destination({ fd: options.fd, sync: true });
  destination.on("error", () => undefined);
  const logger = pino(
    {
      level: options.level,
      base: { program: "qsift", pid: process.pid },
      messageKey: "message",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    info: (fields) => {
      logger.info(fields);
    },
    warn: (fields) => {
      logger.warn(fields);
    },
    error: (fields) => {
      logger.error(fields);
    },
  };
}
