// One IDSESSION with clamd; see the dialogue at the head of clamd.ts. Used by
// clamd-scan.ts.
//
// One stream at a time: what clamd says of it must be there, alone, before the
// next is sent, so that no reply is ever taken for another's.

import {
  notUnderstood,
  parseStreamReply,
  parseVersion,
  StreamTooLong,
} from "./clamd-reply.ts";
import { pieces, quoted, type Connection } from "./connection.ts";
import { ScannerFailure } from "./scanner.ts";

const versionNumber = 1;
const sizeLimitReply = /^(?:\d{1,9}: )?INSTREAM size limit exceeded\. ERROR$/;

export class ClamdSession {
  readonly #connection: Connection;
  /** Commands that go out with the next one. */
  #first = "zIDSESSION\0zVERSION\0";
  /** Of the last command. */
  #number = versionNumber;
  #version = "";

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Engine and signatures; empty until they were asked for. */
  get version(): string {
    return this.#version;
  }

  /** A round trip. clamd takes commands in order, so what is scanned after it is scanned with these signatures, or newer ones. */
  async readVersion(): Promise<string> {
    await this.#connection.write([Buffer.from(this.#takeFirst())]);
    return this.#toVersion(
      (await this.#read([versionNumber])).get(versionNumber),
    );
  }

  /** The signature that was found in the bytes, or null. Asks for the version with the first. */
  async scan(bytes: Uint8Array): Promise<string | null> {
    this.#number += 1;
    const commands = `${this.#takeFirst()}zINSTREAM\0`;
    const numbers = [...(this.#version === "" ? [1] : []), this.#number];
    const stream = { bytes, isSent: false };
    const [replies] = await Promise.all([
      this.#read(numbers, stream),
      this.#send(commands, stream),
    ]);
    if (this.#version === "") this.#toVersion(replies.get(versionNumber));
    this.#expectNoMore();
    return parseStreamReply(replies.get(this.#number) ?? new Uint8Array());
  }

  async end(): Promise<void> {
    this.#expectNoMore();
    await this.#connection.write([Buffer.from("zEND\0")]);
  }

  #takeFirst(): string {
    const first = this.#first;
    this.#first = "";
    return first;
  }

  #toVersion(reply: Uint8Array | undefined): string {
    this.#version = parseVersion(reply ?? new Uint8Array());
    return this.#version;
  }

  #expectNoMore(): void {
    const { unread } = this.#connection;
    if (unread.length > 0)
      throw new ScannerFailure(
        "failed",
        `expected no further reply, found ${quoted(unread)}`,
      );
  }

  /** Sends the commands and one stream. A connection that breaks meanwhile shows in the reply, or in its lack. */
  async #send(commands: string, stream: Stream): Promise<void> {
    const { bytes } = stream;
    const connection = this.#connection;
    let first: Uint8Array[] = [Buffer.from(commands)];
    let sent = 0;
    for (const piece of pieces(bytes)) {
      sent += piece.length;
      const chunks = first;
      first = [];
      // A chunk of length 0 ends the stream, so an empty message has no other.
      if (piece.length > 0) chunks.push(lengthOf(piece.length), piece);
      if (sent === bytes.length) {
        chunks.push(lengthOf(0));
        stream.isSent = true;
      }
      if (await connection.write(chunks)) continue;
      // Leave it to the reader to say why; but should it have a reply that came
      // before all was sent, that is no verdict on the message.
      await connection.readToEnd();
      if (connection.failure !== null) throw connection.failure;
      throw new ScannerFailure(
        "failed",
        `connection closed after ${sent} of ${bytes.length} bytes (${connection.address})`,
      );
    }
  }

  /** One reply for each number, in whatever order they come. */
  async #read(
    numbers: readonly number[],
    stream?: Stream,
  ): Promise<Map<number, Uint8Array>> {
    const replies = new Map<number, Uint8Array>();
    while (replies.size < numbers.length) {
      const record = await this.#connection.readRecord(0);
      const text = Buffer.from(record).toString("latin1");
      if (stream !== undefined && sizeLimitReply.test(text))
        throw new StreamTooLong(stream.bytes.length);
      const tag = /^(\d{1,9}): /.exec(text);
      const number = Number(tag?.[1]);
      if (!tag || !numbers.includes(number) || replies.has(number))
        throw notUnderstood(record);
      // A reply that is there before the stream has ended is about something else.
      if (number !== versionNumber && stream?.isSent === false)
        throw new ScannerFailure(
          "failed",
          `expected no reply before the end of the stream, found ${quoted(record)}`,
        );
      replies.set(number, record.subarray(tag[0].length));
    }
    return replies;
  }
}

interface Stream {
  readonly bytes: Uint8Array;
  /** All of it went out, or is about to. */
  isSent: boolean;
}

function lengthOf(count: number): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(count);
  return length;
}
