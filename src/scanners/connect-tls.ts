// TLS on a connection that is there. Called by connect.ts for scanners that are
// configured so.
//
// The other side's certificate must be valid and for the host of the address;
// there is no way round it, for mail goes over, and verdicts come back.

import { readFile } from "node:fs/promises";
import { isIP, type Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import { formatAddress } from "./address.ts";
import { asError } from "./as-error.ts";
import { ScannerFailure, type Address } from "./scanner.ts";

export class TlsClient {
  readonly #caFile: string | undefined;
  /** Made once: reading certificates takes milliseconds. */
  #context: Promise<SecureContext> | null = null;

  /** `caFile`: PEM, instead of the authorities that Node knows. */
  constructor(caFile: string | undefined) {
    this.#caFile = caFile;
  }

  /** Throws ScannerFailure where there is no trust, or the signal's reason. The socket is taken over, or destroyed. */
  async secure(
    socket: Socket,
    address: Exclude<Address, { kind: "unix" }>,
    signal: AbortSignal,
  ): Promise<TLSSocket> {
    try {
      const secureContext = await this.#secureContext();
      // Loaded when it is wanted: the door starts for each message.
      const { connect } = await import("node:tls");
      signal.throwIfAborted();
      // It may have ended meanwhile, and then nothing more is heard of it.
      if (socket.destroyed) throw failure("ECONNRESET", address);
      const { host } = address;
      const secured = connect({
        socket,
        secureContext,
        host,
        // RFC 6066 3: a literal address is not permitted in server_name.
        servername: isIP(host) === 0 ? host : "",
        minVersion: "TLSv1.2",
      });
      return await shaken(secured, address, signal);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  #secureContext(): Promise<SecureContext> {
    this.#context ??= this.#readContext().catch((error: unknown) => {
      // The file may be there the next time.
      this.#context = null;
      throw error;
    });
    return this.#context;
  }

  async #readContext(): Promise<SecureContext> {
    const { createSecureContext } = await import("node:tls");
    if (this.#caFile === undefined) return createSecureContext();
    try {
      return createSecureContext({ ca: await readFile(this.#caFile) });
    } catch (cause) {
      throw new ScannerFailure("failed", "tls_ca_file can't be used", {
        cause,
      });
    }
  }
}

function shaken(
  socket: TLSSocket,
  address: Address,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // Stays: see connect.ts.
    socket.on("error", () => undefined);
    const settle = (): void => {
      signal.removeEventListener("abort", abort);
      socket.off("secureConnect", accept).off("error", refuse);
      socket.off("close", gone);
    };
    const accept = (): void => {
      settle();
      resolve(socket);
    };
    const refuse = (error: NodeJS.ErrnoException): void => {
      settle();
      socket.destroy();
      reject(failure(error.code ?? "unknown error", address, error));
    };
    const gone = (): void => {
      refuse(Object.assign(new Error("closed"), { code: "ECONNRESET" }));
    };
    const abort = (): void => {
      settle();
      socket.destroy();
      reject(asError(signal.reason));
    };
    socket.once("secureConnect", accept).once("error", refuse);
    socket.once("close", gone);
    signal.addEventListener("abort", abort, { once: true });
  });
}

function failure(
  code: string,
  address: Address,
  cause?: Error,
): ScannerFailure {
  const text = `TLS failed with ${code} (${formatAddress(address)})`;
  return new ScannerFailure("failed", text, { cause });
}
