// What a door says before it sends its message: version, facts, envelope.
// Called by conversation.ts.

import type { Config } from "../config.ts";
import type { FrameSource } from "../frame-source.ts";
import type { Envelope } from "../mail.ts";
import {
  doorFrames,
  parseFacts,
  ProtocolError,
  protocolVersion,
  type Facts,
} from "../protocol.ts";
import { EnvelopeReader } from "../qmail/envelope.ts";

/** A version is a few letters, facts are an environment (execve(2): at most 2 MiB in practice). */
const versionBytes = 100;
const factsBytes = 4 * 1024 * 1024;
/** No door has more (QSIFT_DEADLINE_S), and a timer of more than 24 days fires at once. */
const maxDeadlineMs = 3_600_000;

export interface Head {
  readonly facts: Facts;
  readonly envelope: Envelope;
}

/** All that comes before the message; null where the door closes without a word. */
export async function readHead(
  frames: FrameSource,
  config: Config,
): Promise<Head | null> {
  const version = await read(frames, doorFrames.version, versionBytes);
  if (version === null) return null;
  if (version.toString("latin1") !== protocolVersion)
    throw new ProtocolError(
      `this daemon speaks "${protocolVersion}", found ${JSON.stringify(version.toString("latin1"))}: install door and daemon of the same version`,
    );
  const facts = parseFacts(await need(frames, doorFrames.facts, factsBytes));
  const envelope = parseEnvelope(
    await need(frames, doorFrames.envelope, config.limits.envelopeBytes),
  );
  const deadlineMs = Math.min(facts.deadlineMs, maxDeadlineMs);
  return { facts: { ...facts, deadlineMs }, envelope };
}

/** The payload of a frame of that type; null where the door has closed before it. */
async function read(
  frames: FrameSource,
  type: string,
  maxBytes: number,
): Promise<Buffer | null> {
  const found = await frames.next(maxBytes);
  if (found === null) return null;
  if (found.type !== type)
    throw new ProtocolError(
      `expected a frame ${JSON.stringify(type)}, found ${JSON.stringify(found.type)}`,
    );
  return Buffer.from(found.payload);
}

async function need(
  frames: FrameSource,
  type: string,
  maxBytes: number,
): Promise<Buffer> {
  const payload = await read(frames, type, maxBytes);
  if (payload === null) throw new ProtocolError("closed before its mail");
  return payload;
}

/** As on fd 1. The door has read it with the same reader. */
function parseEnvelope(bytes: Uint8Array): Envelope {
  const reader = new EnvelopeReader();
  reader.push(bytes);
  return reader.finish();
}
