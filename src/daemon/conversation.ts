// One door's conversation with the daemon (docs/protocol.md): reads the facts
// and the envelope, waits until there is room, has the message sent, judges
// it, answers, and holds what the door could not deliver.
//
// Ends in every case with the socket closed. A door that goes away while its
// mail is judged ends the scanners' work; what was held by then stays held.

import type { Socket } from "node:net";
import { holdUndelivered, refuseSize } from "../answer.ts";
import { makeMail } from "../arrival.ts";
import type { Config } from "../config.ts";
import { filterMail, type Filtered } from "../filter.ts";
import { errorCode } from "../error-code.ts";
import { FrameSource, type Frame } from "../frame-source.ts";
import type { Log } from "../log.ts";
import type { Envelope, Mail } from "../mail.ts";
import { outcomeFields } from "../outcome-fields.ts";
import {
  daemonFrames,
  doorFrames,
  formatReply,
  frame,
  parseUndelivered,
  ProtocolError,
} from "../protocol.ts";
import { scanMs } from "../scan-time.ts";
import type { Counts } from "./counts.ts";
import type { Gate } from "./gate.ts";
import { readHead, type Head } from "./head.ts";

/** A door has it all in hand when it connects, and sends when it is told to. */
const sendingMs = 30_000;
/** For qmail-queue. A door that takes longer has a client that has long given up. */
const afterMs = 900_000;

/** What all conversations share. */
export interface Service {
  readonly config: Config;
  readonly log: Log;
  readonly gate: Gate;
  readonly counts: Counts;
}

/** Never rejects. */
export async function converse(
  socket: Socket,
  service: Service,
): Promise<void> {
  const gone = new AbortController();
  // Before anything is read: a door that is not heard of any more.
  socket.on("close", () => {
    gone.abort(new Error("the door has gone"));
  });
  try {
    await serve(socket, service, gone.signal);
  } catch (error) {
    service.counts.broken += 1;
    const reason = describe(error, gone.signal);
    service.log.warn({ event: "conversation_failed", reason });
    if (error instanceof ProtocolError && !socket.destroyed)
      socket.write(frame(daemonFrames.refused, Buffer.from(reason)));
  } finally {
    socket.end();
    // The door has its answer, or never will.
    setTimeout(() => socket.destroy(), 1000).unref();
  }
}

async function serve(
  socket: Socket,
  service: Service,
  gone: AbortSignal,
): Promise<void> {
  const frames = new FrameSource(socket);
  const patience = setTimeout(() => {
    socket.destroy(new Error(`no mail in ${sendingMs / 1000} s`));
  }, sendingMs);
  const head = await readHead(frames, service.config);
  clearTimeout(patience);
  if (head === null) return;
  const after = await withTime(head.facts.deadlineMs, gone, (signal) =>
    answer(socket, frames, head, service, signal),
  );
  if (after === null) return;
  const afterwardsPatience = setTimeout(() => socket.destroy(), afterMs);
  try {
    await afterwards(socket, frames, after, service);
  } finally {
    clearTimeout(afterwardsPatience);
    after.leave();
  }
}

/** What is left to do once the door has its answer. */
interface After {
  /** What the door says next. */
  readonly following: Promise<Frame | null>;
  /** Of each frame that it may send. */
  readonly maxBytes: number;
  /** Needed where a delivery may fail after another was made; null frees the message. */
  readonly judged: Filtered | null;
  /** Of the gate: what is kept counts until it is freed. */
  readonly leave: () => void;
}

/** Has the message sent when there is room, judges it, answers. Null: turned away. */
async function answer(
  socket: Socket,
  frames: FrameSource,
  { facts, envelope }: Head,
  { config, log, gate, counts }: Service,
  signal: AbortSignal,
): Promise<After | null> {
  const say = (mail: Mail, judged: Filtered): boolean =>
    socket.write(
      formatReply({
        answer: judged.answer,
        fields: outcomeFields(
          mail,
          judged.judgement,
          facts.env["TCPREMOTEIP"] ?? null,
        ),
        cause: judged.cause,
      }),
    );
  const maxBytes = undeliveredBytes(envelope);
  if (facts.messageBytes > config.limits.messageBytes) {
    const bytes = new Uint8Array();
    say(
      makeMail({ ...facts, envelope, bytes }, config),
      refuseSize(facts.id, facts.messageBytes, config),
    );
    const following = frames.next(maxBytes);
    return { following, maxBytes, judged: null, leave: () => undefined };
  }
  const startedAt = Date.now();
  const leave = await gate.enter(facts.messageBytes, signal);
  if (leave === null) {
    counts.busy += 1;
    const { atWork, waiting } = gate.state;
    const text = `${atWork} messages at work, ${waiting} waiting (daemon.max_messages, max_bytes, max_waiting)`;
    log.warn({ event: "busy", id: facts.id, reason: text });
    socket.write(frame(daemonFrames.busy, Buffer.from(text)));
    return null;
  }
  try {
    const stop = (): void => {
      socket.destroy(new Error("deadline reached"));
    };
    signal.addEventListener("abort", stop, { once: true });
    // So that a door which sends nothing keeps nobody else out for long.
    const patience = setTimeout(stop, sendingMs);
    const bytes = await receive(socket, frames, facts.messageBytes).finally(
      () => {
        clearTimeout(patience);
        signal.removeEventListener("abort", stop);
      },
    );
    const mail = makeMail({ ...facts, envelope, bytes }, config);
    counts.messages += 1;
    // Read on, to notice when the door goes.
    const following = frames.next(maxBytes);
    following.then(
      (next) => next ?? socket.destroy(),
      () => socket.destroy(),
    );
    const judged = await withTime(
      scanMs(facts.deadlineMs) - (Date.now() - startedAt),
      signal,
      (inner) => filterMail(mail, config, inner, log),
    );
    say(mail, judged);
    const isSplit =
      judged.answer.kind === "queue" && judged.answer.deliveries.length > 1;
    if (!isSplit) leave();
    return { following, maxBytes, judged: isSplit ? judged : null, leave };
  } catch (error) {
    leave();
    throw error;
  }
}

/** Of a frame with all recipients' indexes and a cause. */
function undeliveredBytes({ recipients }: Envelope): number {
  return 64 * 1024 + 10 * recipients.length;
}

/** The message, in memory that the sandbox's threads see too. */
async function receive(
  socket: Socket,
  frames: FrameSource,
  size: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(new SharedArrayBuffer(size));
  socket.write(frame(daemonFrames.go, new Uint8Array()));
  await frames.nextInto(doorFrames.message, bytes);
  return bytes;
}

/** Holds what the door could not deliver, until it says how it ended or goes. */
async function afterwards(
  socket: Socket,
  frames: FrameSource,
  { following, judged, maxBytes }: After,
  { config, counts }: Service,
): Promise<void> {
  let next = await following;
  while (next !== null) {
    if (next.type === doorFrames.outcome) {
      counts.countOutcome(Buffer.from(next.payload).toString("latin1"));
      return;
    }
    if (next.type !== doorFrames.undelivered)
      throw new ProtocolError(
        "expected what was not delivered, or the outcome",
      );
    const { recipients, cause, n } = parseUndelivered(next.payload);
    try {
      const judgement = judged?.judgement ?? null;
      const id = await holdUndelivered(
        judgement,
        config,
        { recipients },
        cause,
        n,
      );
      socket.write(frame(daemonFrames.held, Buffer.from(id)));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      socket.write(frame(daemonFrames.notHeld, Buffer.from(why)));
    }
    next = await frames.next(maxBytes);
  }
}

/** A write that fails tells of a pipe; that the door went, by its deadline or its end, is what happened. */
function describe(error: unknown, gone: AbortSignal): string {
  if (error instanceof ProtocolError) return error.message;
  const code = errorCode(error);
  if (gone.aborted || code === "EPIPE" || code === "ECONNRESET")
    return "the door has gone, at its deadline or killed";
  return error instanceof Error ? error.message : String(error);
}

/** Runs `work` with a signal that fires after `ms`, or when the door has gone. */
async function withTime<T>(
  ms: number,
  gone: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    // With its reason: the door that has gone is no deadline.
    controller.abort(gone.reason);
  };
  const timer = setTimeout(
    () => {
      controller.abort();
    },
    Math.max(0, ms),
  );
  gone.addEventListener("abort", stop, { once: true });
  if (gone.aborted) stop();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    gone.removeEventListener("abort", stop);
  }
}
