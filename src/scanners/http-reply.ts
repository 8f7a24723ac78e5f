// Reads replies in HTTP/1.1's syntax (RFC 9112) from a Connection: rspamd's,
// and those of ICAP, which has the same (RFC 3507 4.3). Called by rspamd.ts and
// icap.ts.
//
//   HTTP/1.1 200 OK\r\n
//   Server: rspamd/3.4\r\n
//   Content-Length: 6\r\n
//   \r\n
//   pong\r\n
//
// Not node:http: that has its own connections, time-outs and texts, where all
// scanners share those of connection.ts, and it takes a body without a length
// to end with the connection, so that a cut one can't be told from a whole one.
// Here a length must be stated once, in one way; lines end in CRLF alone; a
// status of 1xx is a reply like any other, since nothing asks for one.

import { quoted, type Connection } from "./connection.ts";
import { ScannerFailure } from "./scanner.ts";

const crlf = Buffer.from("\r\n");
const emptyLine = Buffer.from("\r\n\r\n");

export interface HttpHead {
  readonly status: number;
  /** `500 invalid command`, for the text of a failure. */
  readonly statusText: string;
  /** Values by lower-case name, in order, unfolded. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** With the empty line. */
  readonly bytes: number;
}

/** The next head. Throws ScannerFailure where there is none. */
export async function readHead(
  connection: Connection,
  protocol: "HTTP" | "ICAP",
): Promise<HttpHead> {
  const record = await connection.readRecord(emptyLine);
  const text = Buffer.from(record).toString("latin1");
  const [statusLine = "", ...lines] = unfold(text).split("\r\n");
  const status = /^([A-Z]{4})\/1\.[01] ((\d{3})(?: [\t -~\x80-\xFF]*)?)$/.exec(
    statusLine,
  );
  if (status === null || status[1] !== protocol)
    throw failure(`expected a reply in ${protocol}, found ${quoted(record)}`);
  const fields = new Map<string, string[]>();
  for (const line of lines) {
    // RFC 9110 5.6.2: a token, and no blank before the colon (RFC 9112 5.1).
    const field = /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}):([^\r\n\0]*)$/.exec(
      line,
    );
    const name = field?.[1]?.toLowerCase();
    if (name === undefined)
      throw failure(
        `expected a header field, found ${quoted(Buffer.from(line, "latin1"))}`,
      );
    const values = fields.get(name) ?? [];
    values.push((field?.[2] ?? "").trim());
    fields.set(name, values);
  }
  return {
    status: Number(status[3]),
    statusText: status[2] ?? "",
    fields,
    bytes: record.length + emptyLine.length,
  };
}

/** The body that belongs to the head, whole. Throws ScannerFailure otherwise. */
export async function readBody(
  connection: Connection,
  { fields }: HttpHead,
): Promise<Buffer> {
  const coding = onlyField(fields, "transfer-encoding");
  const length = onlyField(fields, "content-length");
  // RFC 9112 6.3: both at once may be an attempt to have two readers differ.
  if (coding !== null && length !== null)
    throw failure("expected one length of the reply, found two");
  if (coding !== null) {
    if (coding.toLowerCase() === "chunked") return readChunks(connection);
  } else if (length !== null && /^\d{1,15}$/.test(length))
    return Buffer.from(await connection.readBytes(Number(length)));
  throw failure(
    `expected a reply of stated length, found ${shown(coding ?? length ?? "none")}`,
  );
}

/**
 * Sends and receives at once, then closes. A reply that comes before all was
 * sent is about something else, or about a part, and counts only where
 * `mayBeEarly` says so. `send` resolves to false where nothing more is taken.
 */
export async function exchange<T>(
  connection: Connection,
  send: () => Promise<boolean>,
  receive: () => Promise<T>,
  mayBeEarly: (reply: T) => boolean,
): Promise<T> {
  let isSent = false;
  const [, reply] = await Promise.all([
    send().then((sent) => {
      isSent = sent;
    }),
    receive().then((reply) => {
      if (!isSent && !mayBeEarly(reply))
        throw failure(
          `connection closed or answered before all was sent (${connection.address})`,
        );
      connection.close();
      return reply;
    }),
  ]);
  return reply;
}

/** The field's value, null where it is not there. Throws where it is there twice. */
export function onlyField(
  fields: HttpHead["fields"],
  name: string,
): string | null {
  const values = fields.get(name) ?? [];
  if (values.length > 1)
    throw failure(`expected one field ${name}, found ${values.length}`);
  return values[0] ?? null;
}

/** Throws where anything came after the reply. */
export function expectNoMore({ unread }: Connection): void {
  if (unread.length > 0)
    throw failure(`expected no further reply, found ${quoted(unread)}`);
}

/** RFC 9112 7.1: size in hexadecimal, extensions to be ignored, trailer fields after the last. */
async function readChunks(connection: Connection): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (;;) {
    const line = await connection.readRecord(crlf);
    const text = Buffer.from(line).toString("latin1");
    const size = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t -~]*)?$/.exec(text)?.[1];
    if (size === undefined)
      throw failure(`expected the size of a chunk, found ${quoted(line)}`);
    const bytes = parseInt(size, 16);
    if (bytes === 0) break;
    chunks.push(Buffer.from(await connection.readBytes(bytes)));
    const end = await connection.readBytes(2);
    if (!crlf.equals(end))
      throw failure(`expected the end of a chunk, found ${quoted(end)}`);
  }
  while ((await connection.readRecord(crlf)).length > 0);
  return Buffer.concat(chunks);
}

/** RFC 9112 5.2: a line that begins with a blank goes on with the one before. c-icap writes X-Violations-Found so. */
function unfold(text: string): string {
  return text.replace(/\r\n[ \t]/g, " ");
}

function shown(text: string): string {
  return quoted(Buffer.from(text, "latin1"));
}

function failure(message: string): ScannerFailure {
  return new ScannerFailure("failed", message);
}
