// What clamd says of a message and of those of its parts that it may not have
// seen, with a memory of what it said of the same bytes before. Called by
// clamd.ts, one for each open scanner.
//
// Kept is what a complete reply said, under the digest and the version that
// the same session told, so that new signatures are asked again. A session that
// ends badly takes back what it was told.

import type { Part } from "../mail.ts";
import type { Finding } from "../verdict.ts";
import { formatAddress } from "./address.ts";
import { classify, StreamTooLong, type Heuristics } from "./clamd-reply.ts";
import { ClamdSession } from "./clamd-session.ts";
import { clamdSight } from "./clamd-sight.ts";
import { withConnection } from "./connection.ts";
import { decodedParts } from "./decoded-parts.ts";
import type { DigestCache } from "./digest-cache.ts";
import { Flights } from "./flights.ts";
import type { Address, Report, Subject } from "./scanner.ts";

/** Of what archives hold: what clamd may not have seen, all, or nothing. */
export const partChoices = ["unseen", "all", "mime"] as const;

export interface ClamdSettings {
  readonly parts: (typeof partChoices)[number];
  readonly heuristics: Heuristics;
  readonly maxBytes: number;
  readonly replyBytes: number;
}

/** A signature that was found, or null. */
export type Said = string | null;

/** One stream: the message (`part` null) or a part. */
interface Stream {
  readonly part: number | null;
  readonly sha256: string | null;
  readonly content: Uint8Array;
}

/** Where a stream is asked about. */
interface Peer {
  readonly session: ClamdSession;
  readonly address: Address;
  readonly signal: AbortSignal;
  /** Keys of what was kept for this message. */
  readonly kept: string[];
}

export class ClamdScan {
  readonly #settings: ClamdSettings;
  readonly #cache: DigestCache<Said>;
  readonly #flights = new Flights<Said>();
  /** The version that was last told, by whichever host. */
  #lastVersion = "";

  constructor(settings: ClamdSettings, cache: DigestCache<Said>) {
    this.#settings = settings;
    this.#cache = cache;
  }

  async scan(
    subject: Subject,
    address: Address,
    signal: AbortSignal,
  ): Promise<Report> {
    const { replyBytes } = this.#settings;
    const findings: Finding[] = [];
    const streams = this.#streams(subject, findings);
    const kept: string[] = [];
    let version: string | null = null;
    try {
      // More than one connection only where a part was too long for clamd.
      while (streams.length > 0)
        await withConnection(
          address,
          replyBytes,
          signal,
          async (connection) => {
            const session = new ClamdSession(connection);
            const peer = { session, address, signal, kept };
            await this.#converse(peer, streams, findings);
            version ??= session.version;
          },
        );
    } catch (error) {
      for (const key of kept) this.#cache.delete(key);
      throw error;
    }
    return { findings, score: null, version };
  }

  /** What is to be sent, the message first. Parts over max_bytes are findings instead. */
  #streams({ mail, message }: Subject, findings: Finding[]): Stream[] {
    const { parts, maxBytes } = this.#settings;
    const whole = message.parts[0]?.sha256 ?? null;
    const streams: Stream[] = [
      { part: null, sha256: whole, content: mail.bytes },
    ];
    for (const part of decodedParts(
      message.parts,
      mail.bytes,
      isLeftOut[parts](message, maxBytes),
    )) {
      if (part.size > maxBytes) findings.push(limit("over-max-bytes", part.id));
      else streams.push({ ...part, part: part.id });
    }
    return streams;
  }

  /** Takes what it is done with off the streams. */
  async #converse(
    peer: Peer,
    streams: Stream[],
    findings: Finding[],
  ): Promise<void> {
    const { session } = peer;
    for (let stream; (stream = streams[0]) !== undefined;) {
      const { part } = stream;
      try {
        const signature = await this.#ask(peer, stream);
        streams.shift();
        if (signature === null) continue;
        const finding = classify(signature, this.#settings.heuristics);
        findings.push({ source: "clamd", ...finding, part, score: null });
        // Nothing that the parts could add would change what is done.
        if (part === null && finding.kind === "virus") streams.length = 0;
      } catch (error) {
        if (!(error instanceof StreamTooLong) || part === null) throw error;
        // clamd has closed the connection.
        streams.shift();
        findings.push(limit("over-stream-max-length", part));
        return;
      }
    }
    await session.end();
  }

  async #ask(peer: Peer, { sha256, content }: Stream): Promise<Said> {
    const { session } = peer;
    if (sha256 === null) return session.scan(content);
    if (session.version === "") {
      // The version is asked for together with the stream, unless it is likely
      // that the stream need not be sent.
      if (!this.#cache.has(keyOf(sha256, this.#lastVersion))) {
        const said = await session.scan(content);
        this.#lastVersion = session.version;
        this.#keep(peer, sha256, said);
        return said;
      }
      this.#lastVersion = await session.readVersion();
    }
    for (;;) {
      const said = this.#cache.get(keyOf(sha256, session.version));
      if (said !== undefined) return said;
      const flight = await this.#fly(peer, sha256, content);
      if (flight !== undefined) return flight.said;
    }
  }

  /** One for all messages at this address that have these bytes. Undefined: another's failed, which says nothing of this one. */
  async #fly(
    peer: Peer,
    sha256: string,
    content: Uint8Array,
  ): Promise<{ readonly said: Said } | undefined> {
    const { session, address, signal } = peer;
    const key = `${keyOf(sha256, session.version)} ${formatAddress(address)}`;
    const flight = { isMine: false };
    try {
      const said = await this.#flights.run(key, signal, async () => {
        flight.isMine = true;
        const answer = await session.scan(content);
        this.#keep(peer, sha256, answer);
        return answer;
      });
      return { said };
    } catch (error) {
      if (flight.isMine || signal.aborted) throw error;
      return undefined;
    }
  }

  #keep({ session, kept }: Peer, sha256: string, said: Said): void {
    const key = keyOf(sha256, session.version);
    kept.push(key);
    this.#cache.set(key, said);
  }
}

const isLeftOut = {
  unseen: clamdSight,
  all: () => () => false,
  mime: () => () => true,
} as const satisfies Record<ClamdSettings["parts"], typeof clamdSight>;

function keyOf(sha256: string, version: string): string {
  return `${sha256} ${version}`;
}

function limit(what: string, part: Part["id"]): Finding {
  return {
    source: "clamd",
    kind: "limit",
    name: `clamd-part-${what}`,
    part,
    score: null,
  };
}
