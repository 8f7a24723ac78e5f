// Reads the frames of protocol.ts from a socket, one when it is asked for, so
// that a sender who is not awaited fills the socket's buffer and no memory.
// Used by both ends.

import type { Socket } from "node:net";
import { maxLengthDigits, parseLength, ProtocolError } from "./netstring.ts";

export interface Frame {
  readonly type: string;
  readonly payload: Uint8Array;
}

export class FrameSource {
  readonly #socket: Socket;
  #left: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.pause();
  }

  /**
   * The next frame, of at most `maxBytes`; null where the other side closed
   * between frames. Throws ProtocolError, or the socket's error.
   */
  async next(maxBytes: number): Promise<Frame | null> {
    const length = await this.#length(maxBytes);
    if (length === null) return null;
    const frame = Buffer.allocUnsafe(length);
    await this.#fill(frame);
    await this.#comma();
    return {
      type: String.fromCharCode(frame[0] ?? 0),
      payload: frame.subarray(1),
    };
  }

  /** A frame of that type whose payload fills `into` exactly. */
  async nextInto(type: string, into: Uint8Array): Promise<void> {
    const length = await this.#length(into.length + 1);
    const first = Buffer.alloc(1);
    if (length === null) throw new ProtocolError("closed before the message");
    await this.#fill(first);
    if (first.toString("latin1") !== type || length !== into.length + 1)
      throw new ProtocolError(
        `expected ${into.length} bytes of a message, found a frame of ${length - 1}`,
      );
    await this.#fill(into);
    await this.#comma();
  }

  async #length(maxBytes: number): Promise<number | null> {
    while (!this.#left.includes(0x3a)) {
      if (this.#left.length > maxLengthDigits)
        throw new ProtocolError("no length of a frame");
      const chunk = await this.#chunk();
      if (chunk === null && this.#left.length === 0) return null;
      if (chunk === null) throw new ProtocolError("closed within a frame");
      this.#left = Buffer.concat([this.#left, chunk]);
    }
    const colon = this.#left.indexOf(0x3a);
    const length = parseLength(
      this.#left.subarray(0, Math.min(colon, maxLengthDigits + 1)),
    );
    if (length === 0) throw new ProtocolError("an empty frame");
    if (length > maxBytes)
      throw new ProtocolError(
        `a frame of ${length} bytes, at most ${maxBytes} expected`,
      );
    this.#left = this.#left.subarray(colon + 1);
    return length;
  }

  async #comma(): Promise<void> {
    const end = Buffer.alloc(1);
    await this.#fill(end);
    if (end[0] !== 0x2c) throw new ProtocolError("no end of a frame");
  }

  async #fill(into: Uint8Array): Promise<void> {
    let filled = 0;
    for (;;) {
      const piece = this.#left.subarray(0, into.length - filled);
      into.set(piece, filled);
      filled += piece.length;
      this.#left = this.#left.subarray(piece.length);
      if (filled === into.length) return;
      const chunk = await this.#chunk();
      if (chunk === null) throw new ProtocolError("closed within a frame");
      this.#left = chunk;
    }
  }

  /** Some bytes; null at the end. */
  async #chunk(): Promise<Buffer | null> {
    const socket = this.#socket;
    for (;;) {
      const chunk: unknown = socket.read();
      if (Buffer.isBuffer(chunk)) return chunk;
      if (socket.errored) throw socket.errored;
      if (socket.readableEnded || socket.destroyed) return null;
      await changeOf(socket);
    }
  }
}

function changeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const events = ["readable", "end", "error", "close"] as const;
    const done = (): void => {
      for (const event of events) socket.off(event, done);
      resolve();
    };
    for (const event of events) socket.on(event, done);
  });
}
