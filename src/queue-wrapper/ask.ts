// Asks the daemon, where there is one (docs/protocol.md). Called by main.ts
// with the whole mail in hand.
//
// Only a connection that could not be made leaves the door to judge the mail
// itself. After the first byte everything that goes wrong defers: the daemon
// may have held the mail, and the sender's next try is judged anew.

import { connect, type Socket } from "node:net";
import type { Answer } from "../decision.ts";
import { FrameSource, type Frame } from "../frame-source.ts";
import {
  daemonFrames,
  doorFrames,
  formatFacts,
  formatUndelivered,
  frame,
  isPassed,
  parseAnswer,
  ProtocolError,
  protocolVersion,
} from "../protocol.ts";
import { formatEnvelope } from "../qmail/envelope.ts";
import { exitCodes } from "../qmail/exit-codes.ts";
import { formatAddress, parseAddress } from "../scanners/address.ts";
import type { Address } from "../scanners/scanner.ts";
import { readCaller } from "./caller.ts";
import type { Judged } from "./judged.ts";
import type { Received } from "./received.ts";
import { Refusal } from "./refusal.ts";

/** An answer for 100,000 recipients with every field of a large header renamed. */
const replyFrameBytes = 16 * 1024 * 1024;
/**
 * For holding what was not delivered. Not ended by the deadline: a delivery
 * that fails of it, after another was made, must still be held, or the
 * sender's retry makes a duplicate.
 */
const holdMs = 20_000;

/** QSIFT_SOCKET: a comma list of addresses; empty: no daemon; not set: as configured. Throws Refusal 55. */
export function daemonAddresses(
  env: NodeJS.ProcessEnv,
  configured: string,
): readonly Address[] {
  const list = env["QSIFT_SOCKET"] ?? configured;
  try {
    return list
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "")
      .map((each) => {
        const address = parseAddress(each);
        if (address.kind !== "udp") return address;
        throw new Error(
          `expected unix:/path or tcp:host:port, found ${JSON.stringify(each)}`,
        );
      });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(exitCodes.configuration, `QSIFT_SOCKET: ${why}`);
  }
}

/** QSIFT_FALLBACK: what to do where no daemon listens. Throws Refusal 55. */
export function fallback(env: NodeJS.ProcessEnv): "standalone" | "defer" {
  const word = env["QSIFT_FALLBACK"] || "standalone";
  if (word === "standalone" || word === "defer") return word;
  throw new Refusal(
    exitCodes.configuration,
    `QSIFT_FALLBACK: standalone or defer expected, found "${word}"`,
  );
}

/** What asking came to: an answer, or why nobody could be asked at each address. */
export type Asked =
  | { readonly kind: "judged"; readonly judged: Judged }
  | { readonly kind: "nobody"; readonly reasons: readonly NobodyThere[] };

export interface NobodyThere {
  readonly address: string;
  readonly code: "ENOENT" | "ECONNREFUSED" | "EACCES";
}

/** Throws Refusal 71. `deadlineMs`: what is left for the answer. */
export async function askDaemon(
  addresses: readonly Address[],
  received: Received,
  bytes: Uint8Array,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Asked> {
  const reasons: NobodyThere[] = [];
  const unreachable: Refusal[] = [];
  for (const address of addresses) {
    const socket = await open(address).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      unreachable.push(error);
      return null;
    });
    // Somebody is there: should nobody else answer, the mail waits for them.
    if (socket === null) continue;
    if (typeof socket === "string") {
      reasons.push({ address: formatAddress(address), code: socket });
      continue;
    }
    const stop = (): void => {
      socket.destroy(new Error("deadline reached"));
    };
    signal.addEventListener("abort", stop, { once: true });
    try {
      const judged = await converse(socket, received, bytes, deadlineMs);
      return { kind: "judged", judged };
    } catch (error) {
      socket.destroy();
      if (error instanceof Refusal) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw lost(address, why);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
  const [refusal] = unreachable;
  if (refusal !== undefined) throw refusal;
  return { kind: "nobody", reasons };
}

/** Why, where nobody listens; rejects with Refusal 71 where somebody does and can't be reached. */
function open(address: Address): Promise<Socket | NobodyThere["code"]> {
  return new Promise((resolve, reject) => {
    const socket =
      address.kind === "unix"
        ? connect({ path: address.path })
        : connect({ host: address.host, port: address.port });
    socket.once("connect", () => {
      resolve(socket);
    });
    // Stays, so that no later error ends the process: whoever reads next sees
    // the socket destroyed.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const { code } = error;
      if (code === "ENOENT" || code === "ECONNREFUSED" || code === "EACCES")
        resolve(code);
      else reject(lost(address, error.message));
    });
  });
}

const inWords = {
  ENOENT: "not there",
  ECONNREFUSED: "nobody listens",
  EACCES: "no permission to connect (daemon.socket_group)",
} as const satisfies Record<NobodyThere["code"], string>;

/** `unix:/run/qsift/qsift.sock: nobody listens`, for the log. */
export function describeNobody(reasons: readonly NobodyThere[]): string {
  return reasons
    .map(({ address, code }) => `${address}: ${inWords[code]}`)
    .join("; ");
}

function lost(address: Address, why: string): Refusal {
  return new Refusal(
    exitCodes.deferred,
    `daemon at ${formatAddress(address)}: ${why}`,
  );
}

async function converse(
  socket: Socket,
  received: Received,
  bytes: Uint8Array,
  deadlineMs: number,
): Promise<Judged> {
  const frames = new FrameSource(socket);
  const text = (type: string, payload: string): Buffer =>
    frame(type, Buffer.from(payload));
  socket.write(
    Buffer.concat([
      text(doorFrames.version, protocolVersion),
      frame(
        doorFrames.facts,
        formatFacts({
          id: received.id,
          receivedAt: received.receivedAt,
          ...readCaller(),
          messageBytes: bytes.length,
          deadlineMs: Math.floor(deadlineMs),
          env: passedOf(received.env),
        }),
      ),
      frame(doorFrames.envelope, formatEnvelope(received.envelope)),
    ]),
  );
  let first = await expected(frames);
  if (first.type === daemonFrames.go) {
    // Without a copy: what frame() does, in three writes.
    socket.write(`${bytes.length + 1}:${doorFrames.message}`);
    socket.write(bytes);
    socket.write(",");
    first = await expected(frames);
  }
  if (first.type !== daemonFrames.log)
    throw new ProtocolError(`found a frame ${quote(first.type)}`);
  const { fields, cause } = parseLog(first.payload);
  const head = await expected(frames, daemonFrames.answer);
  const answer: Answer = await parseAnswer(
    head.payload,
    async () => (await expected(frames, daemonFrames.delivery)).payload,
  );
  checkRecipients(answer, received.envelope.recipients.length);
  return {
    answer,
    fields,
    cause,
    hold: async (delivery, why, n) => {
      socket.write(
        frame(
          doorFrames.undelivered,
          formatUndelivered({
            recipients: delivery.recipients,
            cause: why,
            n,
          }),
        ),
      );
      const patience = setTimeout(() => {
        socket.destroy(new Error(`daemon: no answer in ${holdMs / 1000} s`));
      }, holdMs);
      const reply = await expected(frames).finally(() => {
        clearTimeout(patience);
      });
      const said = Buffer.from(reply.payload).toString("utf8");
      if (reply.type === daemonFrames.held) return said;
      throw new Error(
        reply.type === daemonFrames.notHeld ? said : "daemon: no answer",
      );
    },
    ended: (outcome, exitCode) => {
      socket.end(text(doorFrames.outcome, `${outcome} ${exitCode}`));
    },
  };
}

/** Nobody may be left out where nothing is held, nor get it twice. Throws ProtocolError. */
function checkRecipients(answer: Answer, count: number): void {
  if (answer.kind !== "queue") return;
  const found = answer.deliveries.flatMap(({ recipients }) => recipients);
  if (
    found.some((index) => index >= count) ||
    new Set(found).size !== found.length ||
    (answer.held.length === 0 && found.length !== count)
  )
    throw new ProtocolError("deliveries that are not for the recipients");
}

/** The next frame; throws Refusal 71 for those that end the conversation. */
async function expected(frames: FrameSource, type?: string): Promise<Frame> {
  const found = await frames.next(replyFrameBytes);
  if (found === null) throw new ProtocolError("closed without an answer");
  const said = Buffer.from(found.payload).toString("utf8");
  if (found.type === daemonFrames.busy)
    throw new Refusal(exitCodes.deferred, `daemon busy: ${said}`);
  if (found.type === daemonFrames.refused)
    throw new Refusal(exitCodes.deferred, `daemon refuses: ${said}`);
  if (type !== undefined && found.type !== type)
    throw new ProtocolError(
      `expected a frame ${quote(type)}, found ${quote(found.type)}`,
    );
  return found;
}

function quote(type: string): string {
  return JSON.stringify(type);
}

function parseLog(payload: Uint8Array): Pick<Judged, "fields" | "cause"> {
  const value: unknown = JSON.parse(Buffer.from(payload).toString("utf8"));
  if (
    typeof value === "object" &&
    value !== null &&
    "fields" in value &&
    typeof value.fields === "object" &&
    value.fields !== null &&
    "cause" in value &&
    (value.cause === null || typeof value.cause === "string")
  )
    return { fields: { ...value.fields }, cause: value.cause };
  throw new ProtocolError("log fields of another shape");
}

function passedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      isPassed(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}
