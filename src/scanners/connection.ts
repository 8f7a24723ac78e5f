// One conversation with a scanner over a unix socket or TCP: writing with
// backpressure, reading a bounded reply, ended by a signal. All scanners that
// are asked over a stream use it.
//
// Errors of the socket become ScannerFailure with a short text. A failed
// write is not an error here: scanners say why they stop reading, and the
// reply is what tells (clamd's size limit, spamd's 76).

import { setImmediate as nextTurn } from "node:timers/promises";
import { asError } from "./as-error.ts";
import type { TlsClient } from "./connect-tls.ts";
import { connect, type ScannerSocket } from "./connect.ts";
import { ScannerFailure, type Address } from "./scanner.ts";

const maxQuotedBytes = 80;
const writeBytes = 256 * 1024;

/** Opens a connection and closes it when `use` is done. `tls`: for TCP addresses. */
export async function withConnection<T>(
  target: Address,
  replyBytes: number,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<T>,
  tls: TlsClient | null = null,
): Promise<T> {
  const { socket, address } = await connect(target, signal, tls);
  const connection = new Connection(socket, address, replyBytes);
  const abort = (): void => {
    connection.fail(asError(signal.reason));
  };
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    return await use(connection);
  } finally {
    signal.removeEventListener("abort", abort);
    connection.close();
  }
}

/** The bytes as views of a size that can be written at once. At least one, perhaps empty. */
export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  do {
    yield bytes.subarray(at, at + writeBytes);
    at += writeBytes;
  } while (at < bytes.length);
}

/** Bytes of a reply, for the text of a failure: printable ASCII, all else as `\xNN`. */
export function quoted(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes.subarray(0, maxQuotedBytes)) {
    const isShown = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    text += isShown
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return `"${text}${bytes.length > maxQuotedBytes ? "..." : ""}"`;
}

export class Connection {
  /** As in the configuration. */
  readonly address: string;
  readonly #socket: ScannerSocket;
  readonly #maxBytes: number;
  #received = Buffer.alloc(0);
  #length = 0;
  /** Start of what was not given out yet. */
  #start = 0;
  /** Up to here there is no record end. */
  #searched = 0;
  #ended = false;
  #failure: Error | null = null;
  #wake: (() => void)[] = [];

  constructor(socket: ScannerSocket, address: string, maxBytes: number) {
    this.address = address;
    this.#socket = socket;
    this.#maxBytes = maxBytes;
    socket.on("data", (chunk: Buffer) => {
      this.#append(chunk);
    });
    socket.on("drain", () => {
      this.#changed();
    });
    socket.on("end", () => {
      this.#ended = true;
      this.#changed();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.fail(
        new ScannerFailure(
          "failed",
          `connection lost with ${error.code ?? error.message} (${address})`,
          { cause: error },
        ),
      );
    });
    socket.on("close", () => {
      this.#ended = true;
      this.#changed();
    });
    // It may have gone between the connection and these listeners.
    this.#ended = socket.destroyed;
  }

  /** What was received and not read yet. */
  get unread(): Uint8Array {
    return this.#received.subarray(this.#start, this.#length);
  }

  /** The error that ended it, if one did. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Writes and waits until there is room again. False: the other side no longer takes it. */
  async write(chunks: readonly Uint8Array[]): Promise<boolean> {
    // To a fast reader on a unix socket one could write for ever without
    // anything else having its turn.
    await nextTurn();
    const socket = this.#socket;
    if (!this.#isOpen()) return false;
    socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    socket.uncork();
    while (this.#isOpen() && socket.writableNeedDrain) await this.#change();
    return this.#isOpen();
  }

  /** A head and a body of any size. False: the other side no longer takes it; its reply may say why. */
  async send(head: Uint8Array, body: Uint8Array): Promise<boolean> {
    let first = [head];
    for (const piece of pieces(body)) {
      if (!(await this.write([...first, piece]))) return false;
      first = [];
    }
    return true;
  }

  /**
   * Sends all, ends our side, and reads to the end what the other side says.
   * What is said of a message that did not arrive whole is not said of it:
   * ScannerFailure, unless `parse` has found a better reason before.
   */
  async request<T>(
    head: Uint8Array,
    body: Uint8Array,
    parse: (reply: Uint8Array, lost: Error | null) => T,
  ): Promise<T> {
    const sendAll = async (): Promise<boolean> =>
      (await this.send(head, body)) && (await this.endWriting());
    const [sent, reply] = await Promise.all([sendAll(), this.readToEnd()]);
    const parsed = parse(reply, this.failure);
    if (!sent)
      throw new ScannerFailure(
        "failed",
        `connection closed before the whole message was sent (${this.address})`,
      );
    return parsed;
  }

  /** Ends our side; the reply still comes. False: what was written did not go out whole. */
  async endWriting(): Promise<boolean> {
    const socket = this.#socket;
    if (!this.#isOpen()) return false;
    socket.end(() => {
      this.#changed();
    });
    while (!socket.writableFinished && this.#failure === null) {
      if (socket.destroyed) return false;
      await this.#change();
    }
    return socket.writableFinished && socket.writeFailed !== true;
  }

  /** The bytes up to `end`, which is not part of them. Throws ScannerFailure where the connection ends before. */
  async readRecord(end: number | Uint8Array): Promise<Uint8Array> {
    const endBytes = typeof end === "number" ? 1 : end.length;
    for (;;) {
      const at = this.#received
        .subarray(0, this.#length)
        .indexOf(end, this.#searched);
      if (at >= 0) {
        const record = this.#received.subarray(this.#start, at);
        this.#start = this.#searched = at + endBytes;
        return record;
      }
      // The end may have come in part.
      this.#searched = Math.max(this.#start, this.#length - endBytes + 1);
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) throw this.#endedEarly();
      await this.#change();
    }
  }

  /** The next `count` bytes. Throws ScannerFailure where the connection ends before. */
  async readBytes(count: number): Promise<Uint8Array> {
    while (this.#length - this.#start < count) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#ended) throw this.#endedEarly();
      await this.#change();
    }
    const bytes = this.#received.subarray(this.#start, this.#start + count);
    this.#start = this.#searched = this.#start + count;
    return bytes;
  }

  /** All bytes until the other side closes. A lost connection is in `failure`. */
  async readToEnd(): Promise<Uint8Array> {
    while (!this.#ended && this.#failure === null) await this.#change();
    return this.unread;
  }

  /** Ends it with an error, which waiting reads throw. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#socket.destroy();
    this.#changed();
  }

  close(): void {
    this.#socket.destroy();
  }

  #isOpen(): boolean {
    return this.#socket.writable && this.#socket.writeFailed !== true;
  }

  #endedEarly(): ScannerFailure {
    return new ScannerFailure(
      "failed",
      this.unread.length === 0
        ? `connection closed without a reply (${this.address})`
        : `connection closed within a reply: ${quoted(this.unread)} (${this.address})`,
    );
  }

  #append(chunk: Buffer): void {
    if (this.#failure !== null) return;
    const length = this.#length + chunk.length;
    if (length > this.#maxBytes) {
      this.fail(
        new ScannerFailure(
          "failed",
          `reply of more than ${this.#maxBytes} bytes (${this.address})`,
        ),
      );
      return;
    }
    // Doubled, so that a reply in 1-byte pieces costs linear time.
    if (length > this.#received.length) {
      const larger = Buffer.alloc(Math.max(4096, 2 * length));
      this.#received.copy(larger, 0, 0, this.#length);
      this.#received = larger;
    }
    chunk.copy(this.#received, this.#length);
    this.#length = length;
    this.#changed();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake.push(resolve);
    });
  }

  #changed(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
