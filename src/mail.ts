// What arrives: a Mail (the envelope, the peer that sent it, the message's
// bytes), and the Message that expansion makes of those bytes.
//
// Plain readonly data that survives structuredClone. `null` means known to be
// absent. Nothing in this file does anything.

import type { Finding } from "./verdict.ts";

/** One message with its envelope, as qmail handed it over. */
export interface Mail {
  /** Our reference: sorts by time, stands in the log, the SMTP text and the quarantine. */
  readonly id: string;
  /** Milliseconds since the epoch, when fd 0 reached its end. */
  readonly receivedAt: number;
  readonly peer: Peer;
  readonly envelope: Envelope;
  /** The message as received, byte for byte (fd 0). */
  readonly bytes: Uint8Array;
}

/** Who handed the message to qmail, as far as that can be believed. */
export interface Peer {
  /** Real uid of the process that started the door. */
  readonly uid: number;
  /** The environment was believed: `uid` is one of `[daemon] trusted_users`. */
  readonly trusted: boolean;
  /** TCPREMOTEIP; null for a local or untrusted caller. */
  readonly ip: string | null;
  /** TCPREMOTEHOST, printable form; null where unknown. */
  readonly host: string | null;
  /** The SMTP client's HELO name, learnt from the top Received field; null where unknown. */
  readonly helo: string | null;
  /** RELAYCLIENT was set (empty counts). */
  readonly relayClient: boolean;
  /** SMTP AUTH user, from the variable that `[peer] user_variable` names. */
  readonly user: string | null;
  /** QSIFT_POLICY: the policy to use for every recipient. */
  readonly policy: string | null;
  /** QS_SPAMASSASSIN: judge spam for relay clients too (true), or for nobody (false); null: as policy says. */
  readonly judgeSpam: boolean | null;
}

/** RFC 5321 envelope as on fd 1. Addresses are bytes: anything but NUL may stand in them. */
export interface Envelope {
  /** Empty for the null sender. */
  readonly sender: Uint8Array;
  readonly recipients: readonly Uint8Array[];
}

/** RFC 5322 header field, found by its place in the bytes. */
export interface HeaderField {
  /** As written, without blanks before the colon; one character a byte (latin1). */
  readonly name: string;
  /** All after the colon, folding included, without the last line end; one character a byte. */
  readonly value: string;
  /** Offset of the first byte of the name. */
  readonly start: number;
  /** Offset after the line end. */
  readonly end: number;
}

/** What expansion makes of a message. */
export interface Message {
  /** The outermost header. */
  readonly header: readonly HeaderField[];
  /** Flat; part 0 is the message itself. A part's parent stands before it. */
  readonly parts: readonly Part[];
  /** What extractors noticed while opening it. */
  readonly findings: readonly Finding[];
}

/** Something that a message carries, at any depth. */
export interface Part {
  /** Index in `Message.parts`. */
  readonly id: number;
  readonly parent: number | null;
  /** Where it was: "" for the message, "1.2" a MIME section (RFC 3501 6.4.5), "1.2/a.zip/b.exe" an archive's entry. Printable. */
  readonly place: string;
  /** Media type as declared: lower-case, without parameters. */
  readonly declaredType: string | null;
  /** Declared a second time, differently: what another reader would see. */
  readonly otherTypes: readonly string[];
  /** Media type by the first bytes; "application/octet-stream" where unknown, "text/plain" for text. */
  readonly detectedType: string;
  /** Last component of the declared name, decoded, for people and for rules; never used as a path. */
  readonly filename: string | null;
  /** Other readings of the name (given twice, RFC 2231 and 2047 disagreeing, hidden endings). */
  readonly otherFilenames: readonly string[];
  /** `charset` parameter, lower-case. */
  readonly charset: string | null;
  /** Bytes of `content`. */
  readonly size: number;
  /** Lower-case hex, of `content`. */
  readonly sha256: string;
  /** Decoded bytes. */
  readonly content: Uint8Array;
}
