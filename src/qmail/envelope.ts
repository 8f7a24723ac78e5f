// The envelope on fd 1: `F` sender NUL, `T` recipient NUL for each, one NUL
// more. qmail-queue(8). Read the way qmail-queue reads it: bytes after the last
// NUL are ignored, an empty recipient list is fine, an end before the last NUL
// means that the parent gave up and nothing may be queued.

import type { Envelope } from "../mail.ts";
import { exitCodes } from "./exit-codes.ts";

const F = 0x46;
const T = 0x54;

/** qmail-queue's ADDR is 1003 with the NUL: longer addresses end it with 11. */
const addressBytes = 1002;

/** The envelope can't be used. `exitCode` is qmail-queue's for the same cause. */
export class EnvelopeError extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.name = "EnvelopeError";
    this.exitCode = exitCode;
  }
}

/** Reads an envelope as it arrives: push chunks until one returns true. */
export class EnvelopeReader {
  readonly #addresses: Uint8Array[] = [];
  #chunks: Uint8Array[] = [];
  #pending = 0;
  #done = false;

  /** True once the last NUL was seen. Throws EnvelopeError (91, 11). */
  push(chunk: Uint8Array): boolean {
    let at = 0;
    while (!this.#done) {
      const nul = chunk.indexOf(0, at);
      if (nul === -1) {
        // A copy: the caller may read into the same buffer again.
        this.#keep(Buffer.from(chunk.subarray(at)));
        return false;
      }
      this.#keep(chunk.subarray(at, nul));
      this.#endField();
      at = nul + 1;
    }
    return true;
  }

  /** The envelope; call when push returned true, or at end of file. Throws EnvelopeError (54) if cut short. */
  finish(): Envelope {
    const [sender, ...recipients] = this.#addresses;
    if (!this.#done || sender === undefined)
      throw new EnvelopeError(
        exitCodes.readError,
        "envelope ended before its last NUL: the parent gave up on the message",
      );
    return { sender, recipients };
  }

  #keep(bytes: Uint8Array): void {
    const first = this.#pending === 0 ? bytes[0] : undefined;
    if (first !== undefined) this.#checkLetter(first);
    this.#pending += bytes.length;
    if (this.#pending > addressBytes + 1)
      throw new EnvelopeError(
        exitCodes.addressTooLong,
        `envelope address longer than ${addressBytes} bytes`,
      );
    if (bytes.length > 0) this.#chunks.push(bytes);
  }

  #checkLetter(letter: number): void {
    const isSender = this.#addresses.length === 0;
    if (letter === (isSender ? F : T)) return;
    throw new EnvelopeError(
      exitCodes.envelopeFormat,
      `${isSender ? "F" : "T"} expected in the envelope, found byte ${letter}`,
    );
  }

  #endField(): void {
    if (this.#pending === 0) {
      if (this.#addresses.length === 0)
        throw new EnvelopeError(
          exitCodes.envelopeFormat,
          "F expected at the start of the envelope, found NUL",
        );
      this.#done = true;
      return;
    }
    const field = Buffer.concat(this.#chunks, this.#pending);
    this.#addresses.push(field.subarray(1));
    this.#chunks = [];
    this.#pending = 0;
  }
}

/** The bytes for qmail-queue's fd 1. Addresses must hold no NUL; parsed ones never do. */
export function formatEnvelope(envelope: Envelope): Uint8Array {
  const fields: Uint8Array[] = [];
  const nul = Buffer.from([0]);
  fields.push(Buffer.from("F"), envelope.sender, nul);
  for (const recipient of envelope.recipients)
    fields.push(Buffer.from("T"), recipient, nul);
  fields.push(nul);
  return Buffer.concat(fields);
}
