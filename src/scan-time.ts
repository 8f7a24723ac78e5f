/** How much of a message's time its scanners get: some is left to decide what a failure means, to hold and to queue. */
export function scanMs(deadlineMs: number): number {
  return deadlineMs - Math.min(10_000, deadlineMs / 4);
}
