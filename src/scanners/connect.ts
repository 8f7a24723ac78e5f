// Connects to one address. Called by connection.ts for every scan and ping.
//
// Host names are resolved only where the administrator wrote one; `localhost`
// is never looked up, so that no resolver can send mail elsewhere.

import { Socket } from "node:net";
import { errorCode } from "../error-code.ts";
import { formatAddress } from "./address.ts";
import { asError } from "./as-error.ts";
import type { TlsClient } from "./connect-tls.ts";
import { ScannerFailure, type Address } from "./scanner.ts";

// Of localhost's two addresses the first may not even refuse. 5 s leave room
// for two lost SYNs (sent again after 1 s and 3 s, RFC 6298 2). The last
// address has all the time that is given.
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

/** `writeFailed` undefined: it ends with an error instead (TLS, which has its own writes). */
export type ScannerSocket = Socket & { readonly writeFailed?: boolean };

/** One address that took no connection. */
interface Refusal {
  readonly text: string;
  /** Nothing listens there: not installed, or not started. */
  readonly absent: boolean;
  readonly cause: unknown;
}

/** Throws ScannerFailure where it takes no connection, or the signal's reason. */
export async function connect(
  address: Address,
  signal: AbortSignal,
  tls: TlsClient | null = null,
): Promise<{ socket: ScannerSocket; address: string }> {
  // The configuration refuses it where the scanner speaks over a stream.
  if (address.kind === "udp")
    throw new ScannerFailure(
      "failed",
      `no connection to a datagram address (${formatAddress(address)})`,
    );
  const targets = withoutLookup(address);
  const refusals: Refusal[] = [];
  for (const [index, target] of targets.entries()) {
    signal.throwIfAborted();
    const isLast = index === targets.length - 1;
    const result = await tryAddress(target, isLast, signal);
    if ("socket" in result) {
      const { socket } = result;
      const isPlain = tls === null || address.kind === "unix";
      return {
        // The certificate is for the name that the administrator wrote.
        socket: isPlain ? socket : await tls.secure(socket, address, signal),
        address: formatAddress(target),
      };
    }
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
  return errors.map((each) => errorCode(each) ?? "unknown error");
}
