// Why nothing was delivered; the exit code is qmail-queue's for the same cause.
// (EnvelopeError of src/qmail/envelope.ts says the same of envelopes.)

export class QueueFailure extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QueueFailure";
    this.exitCode = exitCode;
  }
}
