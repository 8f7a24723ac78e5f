// A reason why the door can't go on, with the exit code that says so to qmail.
// Always temporary.

export class Refusal extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string, cause?: unknown) {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    super(`${message}${why}`, { cause });
    this.name = "Refusal";
    this.exitCode = exitCode;
  }
}
