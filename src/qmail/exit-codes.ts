// What a program in qmail-queue's place may exit with, and what qmail-queue's
// own end means for us. qmail-queue(8), qmail.c of notqmail 1.09; see
// docs/contract.md. One table: nothing else in the program writes a number.

export const exitCodes = {
  queued: 0,
  addressTooLong: 11,
  rejected: 31,
  outOfMemory: 51,
  timeout: 52,
  writeError: 53,
  readError: 54,
  configuration: 55,
  deferred: 71,
  bug: 81,
  /** With a text on the error descriptor. */
  custom: 82,
  envelopeFormat: 91,
  /** qmail-queue can't be started. */
  cannotRun: 120,
} as const;

/** How qmail-queue ended: by exit code, or by a signal. */
export interface WaitStatus {
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * What we exit with after qmail-queue has ended so. 0 only for its 0. Permanent
 * only where qmail-queue's meaning is permanent: of 11-40, which qmail reads as
 * permanent, a stray code must not bounce mail.
 */
export function exitCodeAfterQueue(status: WaitStatus): number {
  const { code, signal } = status;
  if (signal !== null || code === null) return exitCodes.bug;
  const keeps =
    code === 0 ||
    code === 11 ||
    code === 115 ||
    code === 31 ||
    (code >= 51 && code <= 74) ||
    code === 81 ||
    code === 91 ||
    code === 120;
  return keeps ? code : exitCodes.deferred;
}

/** True for codes that make qmail answer 5xx. */
export function isPermanent(code: number): boolean {
  return (code >= 11 && code <= 40) || code === 115;
}

/** What qmail-queue(8) says of its exit codes; for the log. */
const meanings: Readonly<Record<number, string>> = {
  11: "envelope address too long",
  31: "it refuses the message",
  51: "out of memory",
  52: "time-out",
  53: "write error or disk full",
  54: "unable to read the message or envelope",
  55: "unable to read its configuration",
  56: "trouble making a network connection",
  61: "trouble in the home directory",
  62: "trouble in the queue directory",
  63: "trouble creating files in the queue",
  64: "trouble creating files in the queue",
  65: "trouble writing files in the queue",
  66: "trouble linking files in the queue",
  71: "it refuses the message for now",
  81: "internal bug",
  91: "envelope format error",
  120: "it cannot run its own program",
};

/** `exited 53 (write error or disk full)`, `died by SIGKILL`. */
export function describeStatus(status: WaitStatus): string {
  const { code, signal } = status;
  if (signal !== null || code === null) return `died by ${signal ?? "?"}`;
  const meaning = meanings[code];
  return meaning === undefined
    ? `exited ${code}`
    : `exited ${code} (${meaning})`;
}
