// One question and its answer over UDP: sent, sent again while nothing comes,
// ended by a signal. Called by pyzor.ts.
//
// The socket is connected, so that the kernel takes datagrams from the address
// that was asked alone, and tells of a closed port at once. Each question has
// a socket of its own, and with it a port that an attacker has to guess.

import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { errorCode } from "../error-code.ts";
import { formatAddress } from "./address.ts";
import { asError } from "./as-error.ts";
import { ScannerFailure, type Address } from "./scanner.ts";

export interface Question {
  readonly bytes: Uint8Array;
  /** Pauses in milliseconds, after each of which it is sent again. */
  readonly againAfterMs: readonly number[];
}

/**
 * `read` gets each datagram that comes, until it gives something: null is for
 * what answers another question. What it throws ends the exchange. Throws
 * ScannerFailure, `absent` where the port is closed.
 */
export async function exchange<T>(
  address: Address,
  question: Question,
  signal: AbortSignal,
  read: (reply: Uint8Array) => T | null,
): Promise<T> {
  if (address.kind !== "udp")
    throw new ScannerFailure(
      "failed",
      `no datagrams to this address (${formatAddress(address)})`,
    );
  const hosts = await resolve(address.host, signal);
  let failure: unknown = null;
  for (const host of hosts) {
    signal.throwIfAborted();
    try {
      return await ask({ ...address, host }, question, signal, read);
    } catch (error) {
      const isAbsent =
        error instanceof ScannerFailure && error.reason === "absent";
      if (!isAbsent) throw error;
      failure = error;
    }
  }
  throw asError(failure);
}

/** The name's addresses; localhost is never looked up, so that no resolver can send mail's digests elsewhere. */
async function resolve(
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (host === "localhost") return ["127.0.0.1", "::1"];
  if (isIP(host) !== 0) return [host];
  const found = lookup(host, { all: true }).then(
    (addresses) => addresses.map(({ address }) => address),
    (error: unknown) => {
      throw new ScannerFailure("failed", `host name not resolved (${host})`, {
        cause: error,
      });
    },
  );
  return unlessAborted(found, signal);
}

async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(asError(signal.reason));
    };
  });
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    // When the signal came first, nobody hears of the other's end.
    work.catch(() => undefined);
  }
}

async function ask<T>(
  address: Exclude<Address, { kind: "unix" }>,
  { bytes, againAfterMs }: Question,
  signal: AbortSignal,
  read: (reply: Uint8Array) => T | null,
): Promise<T> {
  const where = formatAddress(address);
  const socket = createSocket(isIP(address.host) === 6 ? "udp6" : "udp4");
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let abort = (): void => undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      abort = () => {
        reject(asError(signal.reason));
      };
      signal.addEventListener("abort", abort, { once: true });
      const fail = (error: Error | null): void => {
        if (error !== null) reject(refusal(error, where));
      };
      socket.on("error", fail);
      socket.on("message", (reply) => {
        try {
          const result = read(reply);
          if (result !== null) resolve(result);
        } catch (error) {
          reject(asError(error));
        }
      });
      const pauses = [...againAfterMs];
      const send = (): void => {
        // The socket may be connected only after a signal has ended it all.
        if (isOver) return;
        socket.send(bytes, fail);
        const pause = pauses.shift();
        if (pause !== undefined) timer = setTimeout(send, pause);
      };
      socket.connect(address.port, address.host, (error?: Error) => {
        if (error === undefined) send();
        else fail(error);
      });
    });
  } finally {
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    await close(socket);
  }
}

/** Node throws where it is closed while it still connects. */
async function close(socket: Socket): Promise<void> {
  await nextTurn();
  // Errors may come up to the end, and must not end the process.
  socket.on("error", () => undefined);
  try {
    socket.close();
  } catch {
    // Closed already.
  }
}

function refusal(error: Error, where: string): ScannerFailure {
  const code = errorCode(error) ?? error.message;
  const failure = (text: string, isAbsent = false): ScannerFailure =>
    new ScannerFailure(isAbsent ? "absent" : "failed", `${text} (${where})`, {
      cause: error,
    });
  switch (code) {
    case "ECONNREFUSED":
      return failure("port closed", true);
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      // A machine without IPv6 has nothing that could listen on ::1.
      return failure("no such address", where.startsWith("udp:[::1]"));
    default:
      return failure(`sending failed with ${code}`);
  }
}
