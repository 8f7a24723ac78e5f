// What a door and the daemon say to each other (docs/protocol.md): netstrings
// whose first byte names the frame. Both ends are here, so that neither can
// change alone.
//
// The reader trusts nothing: every frame has a size that is allowed at that
// place, and whatever else comes ends the conversation with ProtocolError.

import type { Answer, Delivery } from "./decision.ts";
import { netstring, parseNetstrings, ProtocolError } from "./netstring.ts";
import { isPermanent } from "./qmail/exit-codes.ts";

export { ProtocolError };

/** A daemon of another version refuses, and the door defers. */
export const protocolVersion = "qsift 1";

/** First byte of each frame. Door to daemon: */
export const doorFrames = {
  version: "V",
  facts: "E",
  envelope: "S",
  message: "D",
  /** A delivery failed after another was queued: hold its recipients. */
  undelivered: "U",
  outcome: "O",
} as const;
/** Daemon to door: */
export const daemonFrames = {
  /** Send the message now. */
  go: "G",
  /** Not now: too much is under way. */
  busy: "B",
  /** Not like this: another version, or nonsense. */
  refused: "X",
  log: "L",
  answer: "A",
  delivery: "Y",
  held: "W",
  notHeld: "N",
} as const;

/** Environment that policy may look at; all that starts with `TCP`, `QSIFT_` or `QS_` besides. */
export const passedVariables = ["RELAYCLIENT", "PROTO"] as const;

/** What the door knows of a mail besides its bytes. */
export interface Facts {
  readonly id: string;
  /** Milliseconds since the epoch, when fd 0 reached its end. */
  readonly receivedAt: number;
  /** Real uid of the door, and its login name where it has one. */
  readonly uid: number;
  readonly user: string | null;
  readonly messageBytes: number;
  /** Time that is left for the answer. */
  readonly deadlineMs: number;
  readonly env: Readonly<Record<string, string>>;
}

/** True for a variable that goes to the daemon. */
export function isPassed(name: string): boolean {
  return (
    /^(?:TCP|QSIFT_|QS_)[A-Z0-9_]{0,60}$/.test(name) ||
    (passedVariables as readonly string[]).includes(name)
  );
}

/** `name=value` strings, each ended by NUL: own facts in lower case, the environment as it is. */
export function formatFacts(facts: Facts): Buffer {
  const { env, ...own } = facts;
  const lines = [
    `id=${own.id}`,
    `received_at=${own.receivedAt}`,
    `uid=${own.uid}`,
    ...(own.user === null ? [] : [`user=${own.user}`]),
    `message_bytes=${own.messageBytes}`,
    `deadline_ms=${own.deadlineMs}`,
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ];
  return Buffer.from(lines.map((line) => `${line}\0`).join(""), "utf8");
}

/** Throws ProtocolError. */
export function parseFacts(payload: Uint8Array): Facts {
  const own = new Map<string, string>();
  const env: Record<string, string> = Object.create(null) as Record<
    string,
    string
  >;
  const text = Buffer.from(payload).toString("utf8");
  if (!text.endsWith("\0")) throw new ProtocolError("facts without their end");
  for (const line of text.slice(0, -1).split("\0")) {
    const [name = "", ...value] = line.split("=");
    if (isPassed(name)) env[name] = value.join("=");
    else own.set(name, value.join("="));
  }
  const id = own.get("id") ?? "";
  if (!/^[0-9]{8}-[0-9]{6}-[0-9a-v]{8}$/.test(id))
    throw new ProtocolError("facts without an id");
  return {
    id,
    receivedAt: wholeNumber(own, "received_at"),
    uid: wholeNumber(own, "uid"),
    user: own.get("user") ?? null,
    messageBytes: wholeNumber(own, "message_bytes"),
    deadlineMs: wholeNumber(own, "deadline_ms"),
    env,
  };
}

/** What the daemon made of a mail. */
export interface Reply {
  readonly answer: Answer;
  /** For the outcome line, which the door writes. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** For the outcome line: what went wrong; null where nothing did. */
  readonly cause: string | null;
}

/** All frames of a reply. */
export function formatReply({ answer, fields, cause }: Reply): Buffer {
  const frames = [
    frame(daemonFrames.log, Buffer.from(JSON.stringify({ fields, cause }))),
    frame(daemonFrames.answer, Buffer.from(answerHead(answer).join("\0"))),
  ];
  if (answer.kind === "queue")
    for (const delivery of answer.deliveries)
      frames.push(frame(daemonFrames.delivery, formatDelivery(delivery)));
  return Buffer.concat(frames);
}

function answerHead(answer: Answer): string[] {
  switch (answer.kind) {
    case "queue":
      return ["queue", String(answer.deliveries.length), ...answer.held];
    case "accept":
      return ["accept", ...answer.held];
    case "reject":
      return ["reject", answer.text];
    case "defer":
      return ["defer", String(answer.failure ?? ""), answer.text];
  }
}

/** The answer that a head and its deliveries make. Throws ProtocolError. */
export async function parseAnswer(
  head: Uint8Array,
  nextDelivery: () => Promise<Uint8Array>,
): Promise<Answer> {
  const [kind, ...rest] = Buffer.from(head).toString("utf8").split("\0");
  const [first = "", second = ""] = rest;
  switch (kind) {
    case "queue": {
      const deliveries: Delivery[] = [];
      const count = parseCount(first);
      if (count === 0) throw new ProtocolError("an answer to queue nothing");
      while (deliveries.length < count)
        deliveries.push(parseDelivery(await nextDelivery()));
      return { kind, deliveries, held: rest.slice(1) };
    }
    case "accept":
      if (rest.length === 0)
        throw new ProtocolError("accepted without a held copy");
      return { kind, held: rest };
    case "reject":
      return { kind, text: first };
    case "defer":
      return {
        kind,
        text: second,
        failure: first === "" ? null : parseTemporary(first),
      };
    case undefined:
    default:
      throw new ProtocolError("an answer of unknown kind");
  }
}

/** A delivery that the door could not make after another was made. */
export interface Undelivered {
  readonly recipients: readonly number[];
  readonly cause: string;
  /** Entries of this mail that were held before. */
  readonly n: number;
}

/** Three netstrings. */
export function formatUndelivered({
  recipients,
  cause,
  n,
}: Undelivered): Buffer {
  return Buffer.concat(
    [recipients.join(" "), cause, String(n)].map((each) =>
      netstring(Buffer.from(each)),
    ),
  );
}

/** Throws ProtocolError. */
export function parseUndelivered(payload: Uint8Array): Undelivered {
  const [recipients, cause, n, ...more] = parseNetstrings(payload);
  if (
    recipients === undefined ||
    cause === undefined ||
    n === undefined ||
    more.length > 0
  )
    throw new ProtocolError("what was not delivered is not three netstrings");
  return {
    recipients: parseAscending(recipients),
    cause: Buffer.from(cause).toString("utf8"),
    n: parseCount(Buffer.from(n).toString("latin1")),
  };
}

/** Three netstrings: recipients, offsets of renamed fields, the fields on top. */
function formatDelivery({ recipients, edits }: Delivery): Buffer {
  return Buffer.concat([
    netstring(Buffer.from(recipients.join(" "))),
    netstring(Buffer.from(edits.renamed.join(" "))),
    netstring(edits.top),
  ]);
}

function parseDelivery(payload: Uint8Array): Delivery {
  const [recipients, renamed, top, ...more] = parseNetstrings(payload);
  if (
    recipients === undefined ||
    renamed === undefined ||
    top === undefined ||
    more.length > 0
  )
    throw new ProtocolError("a delivery that is not three netstrings");
  return {
    recipients: parseAscending(recipients),
    edits: { renamed: parseAscending(renamed), top },
  };
}

function parseAscending(list: Uint8Array): number[] {
  const text = Buffer.from(list).toString("latin1");
  const numbers = text === "" ? [] : text.split(" ").map(parseCount);
  if (numbers.some((each, i) => i > 0 && each <= (numbers[i - 1] ?? 0)))
    throw new ProtocolError("a list that does not ascend");
  return numbers;
}

/** What failed never makes a door say that mail was queued, or refuse it for good. */
function parseTemporary(text: string): number {
  const code = parseCount(text);
  if (code < 51 || code > 120 || isPermanent(code))
    throw new ProtocolError(`exit code ${code} for a failure`);
  return code;
}

function parseCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new ProtocolError("no whole number");
  return Number(text);
}

function wholeNumber(facts: ReadonlyMap<string, string>, name: string): number {
  const text = facts.get(name) ?? "";
  if (!/^\d{1,15}$/.test(text))
    throw new ProtocolError(`facts without ${name}`);
  return Number(text);
}

/** One frame, whole. */
export function frame(type: string, payload: Uint8Array): Buffer {
  return netstring(Buffer.concat([Buffer.from(type, "latin1"), payload]));
}
