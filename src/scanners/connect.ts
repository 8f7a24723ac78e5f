// Finds the first address of a list that takes a connection. Called by
// connection.ts for every scan and ping.
//
// Nothing is remembered between calls: a restarted scanner is used at once.
// Host names are resolved only where the administrator wrote one; `localhost`
// is never looked up, so that no resolver can send mail elsewhere.

import { Socket } from "node:net";
import { formatAddress } from "./address.ts";
import { ScannerFailure, type Address } from "./scanner.ts";

// A host that is down does not even refuse. 5 s leave room for two lost SYNs
// (sent again after 1 s and 3 s, RFC 6298 2), then the next address is tried.
// The last address has all the time that the runner gives.
const nextAddressAfterMs = 5000;

/**
 * A socket whose read side survives a failed write. Node destroys a socket on
 * EPIPE, with all that was received and not yet read: with clamd's size limit
 * that lost the reply in four of ten cases, and its reason with it.
 */
export class ReplySocket extends Socket {
  #writeFailed = false;

  /** The other side no longer reads. Nothing more should be written. */
  get writeFailed(): boolean {
    return this.#writeFailed;
  }

  override _write(
    chunk: unknown,
    encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    super._write(chunk, encoding, this.#noting(callback));
  }

  override _writev(
    chunks: { chunk: unknown; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    super._writev?.(chunks, this.#noting(callback));
  }

  #noting(callback: (error?: Error | null) => void) {
    return (error?: Error | null): void => {
      if (error) this.#writeFailed = true;
      callback();
    };
  }
}

/** One address that took no connection. */
interface Refusal {
  readonly text: string;
  /** Nothing listens there: not installed, or not started. */
  readonly absent: boolean;
  readonly cause: unknown;
}

/** Tries the addresses in order. Throws ScannerFailure where none takes a connection, or the signal's reason. */
export async function connect(
  addresses: readonly Address[],
  signal: AbortSignal,
): Promise<{ socket: ReplySocket; address: string }> {
  const targets = addresses.flatMap(withoutLookup);
  if (targets.length === 0)
    throw new ScannerFailure("absent", "no address to connect to");
  const refusals: Refusal[] = [];
  for (const [index, target] of targets.entries()) {
    signal.throwIfAborted();
    const isLast = index === targets.length - 1;
    const result = await tryAddress(target, isLast, signal);
    if ("socket" in result)
      return { socket: result.socket, address: formatAddress(target) };
    refusals.push(result);
  }
  throw new ScannerFailure(
    refusals.every((refusal) => refusal.absent) ? "absent" : "failed",
    refusals.map((refusal) => refusal.text).join(", "),
    { cause: refusals.at(-1)?.cause },
  );
}

function withoutLookup(address: Address): Address[] {
  if (address.kind === "unix" || address.host !== "localhost") return [address];
  return ["127.0.0.1", "::1"].map((host) => ({ ...address, host }));
}

function tryAddress(
  address: Address,
  isLast: boolean,
  signal: AbortSignal,
): Promise<{ socket: ReplySocket } | Refusal> {
  return new Promise((resolve, reject) => {
    const socket = new ReplySocket();
    if (address.kind === "unix") socket.connect({ path: address.path });
    else socket.connect({ host: address.host, port: address.port });
    const timer = isLast
      ? undefined
      : setTimeout(() => {
          refuse(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
        }, nextAddressAfterMs);
    // Stays: an error that comes when nobody listens any more, or not yet, must
    // not end the process. Whoever uses the socket then sees it destroyed.
    socket.on("error", () => undefined);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.off("connect", accept).off("error", refuse);
    };
    const accept = (): void => {
      settle();
      resolve({ socket });
    };
    const refuse = (error: Error): void => {
      settle();
      socket.destroy();
      resolve(refusal(address, error));
    };
    const abort = (): void => {
      settle();
      socket.destroy();
      reject(asError(signal.reason));
    };
    socket.once("connect", accept).once("error", refuse);
    signal.addEventListener("abort", abort, { once: true });
  });
}

function refusal(address: Address, error: Error): Refusal {
  const codes = errorCodes(error);
  const where = `(${formatAddress(address)})`;
  const code = codes[0] ?? "unknown error";
  const result = (text: string, absent = false): Refusal => ({
    text,
    absent,
    cause: error,
  });
  switch (code) {
    case "ENOENT":
      return result(`no such socket ${where}`, address.kind === "unix");
    case "ECONNREFUSED":
      // On a unix socket there is a file that nobody listens on any more: the
      // scanner was here and died. That is a failure, not an absence.
      return address.kind === "unix"
        ? result(`connection refused ${where}, stale socket file`)
        : result(
            `connection refused ${where}`,
            codes.every((each) => each === "ECONNREFUSED"),
          );
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      // A machine without IPv6 has nothing that could listen on ::1.
      return result(
        `no such address ${where}`,
        address.kind === "tcp" && address.host === "::1",
      );
    case "EACCES":
    case "EPERM":
      return result(`no permission to connect ${where}`);
    case "EAGAIN":
      // unix(7): the listener's backlog is full.
      return result(`too many connections waiting ${where}`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return result(`host name not resolved ${where}`);
    case "ETIMEDOUT":
      return result(`no answer to the connection ${where}`);
    default:
      return result(`connection failed with ${code} ${where}`);
  }
}

/** A name with several addresses fails with one error for each of them. */
function errorCodes(error: Error): string[] {
  const errors: unknown[] =
    error instanceof AggregateError ? error.errors : [error];
  return errors.map((each) =>
    each instanceof Error && "code" in each && typeof each.code === "string"
      ? each.code
      : "unknown error",
  );
}

/** What an AbortSignal was aborted with, as something that can be thrown. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
