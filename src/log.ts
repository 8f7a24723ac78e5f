// The log: one JSON line an event, written before the program goes on.
//
// A log that can't be written is no reason to lose mail, nor to wait: multilog
// stops reading when its disk is full, and a door that waited for it would hang
// after it had delivered, and the client's retry would make a duplicate. So
// lines go out with one write that never blocks, and what can't be written is
// dropped. docs/operating.md lists events and keys.

import { constants, fstatSync, openSync, writeSync } from "node:fs";

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
  /** Below it nothing is written; "silent": nothing at all. */
  readonly level: "info" | "warn" | "error" | "silent";
}

export function openLog(options: LogOptions): Log {
  const fd = nonBlocking(options.fd);
  const destination = {
    write(line: string): void {
      try {
        writeSync(fd, line);
      } catch {
        // Full, or nobody there.
      }
    },
  };
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

/**
 * The same pipe by a description of our own, so that the mark is not shared
 * with whoever else writes there. What is no pipe (a file, a terminal) does
 * not block for long.
 */
function nonBlocking(fd: number): number {
  try {
    if (!fstatSync(fd).isFIFO()) return fd;
    return openSync(
      `/proc/self/fd/${fd}`,
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_APPEND,
    );
  } catch {
    return fd;
  }
}
