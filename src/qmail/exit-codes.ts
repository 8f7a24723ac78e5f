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
