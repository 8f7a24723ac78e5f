// Apart from sandbox.ts, so that whoever tells this failure from others need
// not load what runs threads.

/** No worker can be started. Temporary: the message is not to blame. */
export class SandboxUnavailable extends Error {
  constructor(cause: unknown) {
    super(
      `the sandbox cannot be started: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
    this.name = "SandboxUnavailable";
  }
}
