// CPU time of a run, for tests that a cost is bounded: wall time says little
// on a busy machine.

/** Milliseconds of user time. */
export function cpuMs(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  return process.cpuUsage(before).user / 1000;
}
