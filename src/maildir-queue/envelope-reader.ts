// Reads the envelope byte by byte as qmail-queue(8) does, keeping no more than
// one address. Separate from src/qmail on purpose: this program plays the part
// of another qmail-queue in tests, and a mistake in the filter's own envelope
// code must not cancel itself out here.

/** Why nothing was delivered; the exit code is qmail-queue's for the same cause. */
export class QueueFailure extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QueueFailure";
    this.exitCode = exitCode;
  }
}

/** qmail-queue(8): "die 11" above this; its ADDR is 1003 with the NUL. */
const addressBytes = 1002;

export class EnvelopeReader {
  readonly #onSender: (address: Uint8Array) => void;
  readonly #onRecipient: (address: Uint8Array) => void;
  readonly #address = new Uint8Array(addressBytes);
  #length = 0;
  #state: "before sender" | "sender" | "before recipient" | "recipient" =
    "before sender";
  #done = false;

  /** The callbacks must copy what they keep. */
  constructor(
    onSender: (address: Uint8Array) => void,
    onRecipient: (address: Uint8Array) => void,
  ) {
    this.#onSender = onSender;
    this.#onRecipient = onRecipient;
  }

  /** The last NUL was seen; what follows it is ignored. */
  get done(): boolean {
    return this.#done;
  }

  /** Throws QueueFailure 91 or 11. */
  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#done) return;
      this.#take(byte);
    }
  }

  #take(byte: number): void {
    switch (this.#state) {
      case "before sender":
        if (byte !== 0x46) throw wrongLetter("F", byte);
        this.#state = "sender";
        return;
      case "before recipient":
        if (byte === 0) this.#done = true;
        else if (byte !== 0x54) throw wrongLetter("T or NUL", byte);
        this.#state = "recipient";
        return;
      case "sender":
      case "recipient": {
        if (byte !== 0) {
          if (this.#length === addressBytes)
            throw new QueueFailure(
              11,
              `an envelope address has more than ${addressBytes} bytes`,
            );
          this.#address[this.#length++] = byte;
          return;
        }
        const address = this.#address.subarray(0, this.#length);
        if (this.#state === "sender") this.#onSender(address);
        else this.#onRecipient(address);
        this.#length = 0;
        this.#state = "before recipient";
      }
    }
  }
}

function wrongLetter(expected: string, byte: number): QueueFailure {
  return new QueueFailure(
    91,
    `the envelope should have ${expected}, it has byte ${byte}`,
  );
}
