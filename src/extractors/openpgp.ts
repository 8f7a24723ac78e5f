// OpenPGP messages (RFC 9580, RFC 4880, and PGP 2 to 5, RFC 1991), binary or in
// ASCII armor inside text. Literal and compressed packets can be read by
// anyone and are opened, with or without signatures around them; encrypted
// data is `encrypted`. Clear-signed text (7) needs nothing: it is in the part.

import type { Budget } from "../budget.ts";
import { decodeBase64 } from "../mime/base64.ts";
import { latin1 } from "../mime/bytes.ts";
import { hasSignature, u16be, u8 } from "./archive-bytes.ts";
import { findArmor } from "./armor.ts";
import { ChargedBytes } from "./charged-bytes.ts";
import { entityType } from "./entity-type.ts";
import type { Candidate, Entry, Extractor } from "./extractor.ts";
import { inflateWithin } from "./inflate.ts";
import { afterPacket, bodyOf, readPacket, types } from "./openpgp-packets.ts";
import { isText } from "./text-lines.ts";

export const openpgp: Extractor = {
  format: "openpgp",

  recognizes(candidate: Candidate): boolean {
    return (
      (isText(candidate) && findMessageArmor(candidate.bytes, 0) !== null) ||
      isBinaryMessage(candidate)
    );
  },

  *entries(candidate: Candidate, budget: Budget): Generator<Entry> {
    const { bytes, filename } = candidate;
    let armor = isText(candidate) ? findMessageArmor(bytes, 0) : null;
    if (armor === null) {
      yield* openPackets(bytes, filename, budget);
      return;
    }
    while (armor !== null) {
      // Each block costs a look, whatever comes of it.
      budget.chargePart();
      const lines = bytes.subarray(armor.start, armor.end);
      const packets = decodeBase64(lines).bytes;
      budget.chargeBytes(packets.length);
      if (!armor.ended) yield remark("openpgp-no-end");
      yield* openPackets(packets, filename, budget);
      armor = findMessageArmor(bytes, armor.next);
    }
  },
};

/** RFC 9580 6.2.1; "ARMORED FILE" is GnuPG's. */
function findMessageArmor(
  bytes: Uint8Array,
  from: number,
): ReturnType<typeof findArmor> {
  let armor: ReturnType<typeof findArmor> = null;
  do {
    armor = findArmor(
      bytes,
      armor?.next ?? from,
      (label) =>
        label.startsWith("PGP MESSAGE") || label.startsWith("PGP ARMORED FILE"),
    );
    // Mail about OpenPGP shows the lines around some words: no packet there.
  } while (armor !== null && !beginsWithPacket(bytes, armor.start));
  return armor;
}

function beginsWithPacket(bytes: Uint8Array, start: number): boolean {
  const head = decodeBase64(bytes.subarray(start, start + 8)).bytes;
  const packet = readPacket(head, 0);
  return (
    packet !== null &&
    (versions.has(packet.type) || packet.type === types.encrypted)
  );
}

/** Versions that the first octet of a packet's body may name, by packet type. */
const versions: ReadonlyMap<number, readonly number[]> = new Map([
  [types.encryptedSessionKey, [2, 3, 6]],
  [2, [2, 3, 4, 5, 6]], // signature
  [types.passwordSessionKey, [4, 5, 6]],
  [4, [3, 6]], // one-pass signature
  [10, [0x50]], // marker, "PGP"
  [types.compressed, [0, 1, 2, 3]],
  [types.literal, [0x62, 0x74, 0x75, 0x6c, 0x31, 0x6d]],
  [types.encryptedProtected, [1, 2]],
  [types.encryptedAead, [1]],
]);
const contentTypes: ReadonlySet<number> = new Set([
  types.compressed,
  types.literal,
  types.encryptedProtected,
  types.encryptedAead,
]);

/**
 * Binary messages have no signature of their own: the first byte is all that
 * a packet shows. So the packets must follow each other sensibly up to one
 * with content, and that one must be plausible too.
 */
function isBinaryMessage(candidate: Candidate): boolean {
  const { bytes, detectedType, declaredType, filename } = candidate;
  const isNamed =
    [detectedType, declaredType].some((type) => /\bpgp/.test(type ?? "")) ||
    /\.(pgp|gpg|asc)$/i.test(filename ?? "");
  if (detectedType !== "application/octet-stream" && !isNamed) return false;
  let at = 0;
  for (let count = 0; ; count++) {
    const packet = readPacket(bytes, at);
    if (packet === null || !(packet.isWhole || isNamed)) return false;
    const { type, start, end } = packet;
    // Type 9 has no version: only what comes before it makes it plausible.
    if (type === types.encrypted) return count > 0 || isNamed;
    if (versions.get(type)?.includes(u8(bytes, start)) !== true) return false;
    if (type === types.literal)
      return packet.isPartial || start + 6 + u8(bytes, start + 1) <= end;
    // A zlib header is proof enough; of the others, one byte in four would do.
    if (type === types.compressed)
      return isNamed || (u8(bytes, start) === 2 && isZlib(bytes, start + 1));
    if (contentTypes.has(type)) return true;
    at = afterPacket(bytes, packet);
  }
}

/** RFC 1950 2.2. */
function isZlib(bytes: Uint8Array, at: number): boolean {
  return (u8(bytes, at) & 0x0f) === 8 && u16be(bytes, at) % 31 === 0;
}

/** Packets one after another, those inside compressed ones included; `filename` names what has no name. */
function* openPackets(
  bytes: Uint8Array,
  filename: string | null,
  budget: Budget,
): Generator<Entry> {
  const waiting = [{ bytes, depth: 0 }];
  const output = (): ChargedBytes => new ChargedBytes(budget);
  let isClosed = false;
  let next;
  while ((next = waiting.pop()) !== undefined) {
    const { bytes: packets, depth } = next;
    let at = 0;
    while (at < packets.length) {
      const packet = readPacket(packets, at);
      if (packet === null) {
        yield remark("openpgp-malformed");
        break;
      }
      at = afterPacket(packets, packet);
      switch (packet.type) {
        case types.literal:
          yield* literal(bodyOf(packets, packet, output), filename, budget);
          if (!packet.isWhole) yield remark("openpgp-truncated", true);
          break;
        case types.compressed:
          if (depth >= budget.limits.depth) {
            yield unread("limit", "depth");
            break;
          }
          yield* decompress(
            bodyOf(packets, packet, output),
            filename,
            budget,
            (inner) => waiting.push({ bytes: inner, depth: depth + 1 }),
          );
          break;
        case types.encrypted:
        case types.encryptedProtected:
        case types.encryptedAead:
          if (!isClosed) yield unread("encrypted", "openpgp-encrypted");
          isClosed = true;
          break;
        default:
          break;
      }
    }
  }
}

// Literal data (RFC 9580 5.9):
//   0    1  format: b binary, t or u text, m MIME; l or 1 local
//   1    1  length of the name, n
//   2    n  name; "_CONSOLE" asks not to store the data
//   2+n  4  date
//   6+n     data
function* literal(
  body: Uint8Array,
  filename: string | null,
  budget: Budget,
): Generator<Entry> {
  const nameBytes = u8(body, 1);
  const content = body.subarray(6 + nameBytes);
  const stated = latin1(body, 2, Math.min(2 + nameBytes, body.length));
  const outer = /^(.+)\.(?:pgp|gpg|asc)$/i.exec(filename ?? "")?.[1] ?? null;
  const name = stated === "" || stated === "_CONSOLE" ? outer : stated;
  budget.chargePart();
  yield {
    kind: "read",
    place: name ?? "literal",
    filename: name,
    declaredType: entityType(content),
    content,
  };
}

// Compressed data (RFC 9580 5.6): 0  1  algorithm: 0 none, 1 raw deflate,
// 2 zlib, 3 bzip2; 1  packets. What bzip2 packed is an entry, which 7-Zip opens,
// and what comes out is recognised as OpenPGP by its name.
function* decompress(
  body: Uint8Array,
  filename: string | null,
  budget: Budget,
  add: (packets: Uint8Array) => void,
): Generator<Entry> {
  const data = body.subarray(1);
  budget.chargePart();
  switch (u8(body, 0)) {
    case 0:
      add(data);
      return;
    case 1:
    case 2: {
      // zlib's header adds nothing. Some old programs wrote one for algorithm 1 as
      // well; a raw stream hardly ever begins like one (a stored block).
      const inflated = inflateWithin(
        isZlib(data, 0) ? data.subarray(2) : data,
        budget,
      );
      add(inflated.content);
      if (inflated.ending !== "complete") yield remark("openpgp-truncated");
      return;
    }
    case 3: {
      if (!hasSignature(data, "BZh")) {
        yield remark("openpgp-malformed");
        return;
      }
      const inner = /\.(?:pgp|gpg|asc)$/i.test(filename ?? "")
        ? (filename ?? "")
        : "message.pgp";
      yield {
        kind: "read",
        place: `${inner}.bz2`,
        filename: `${inner}.bz2`,
        declaredType: null,
        content: data,
      };
      return;
    }
    default:
      yield unread("unsupported", "openpgp-compression-unknown");
  }
}

function unread(
  reason: "encrypted" | "unsupported" | "limit",
  name: string,
): Entry {
  return { kind: "unread", place: null, filename: null, reason, name };
}

function remark(name: string, aboutLastEntry = false): Entry {
  return { kind: "remark", finding: "malformed", name, aboutLastEntry };
}

// Ignored: signatures and their subpackets (not verified), keys and user
// attributes (a photo in a key is shown by key managers, not by mail
// programs), armor headers and checksum, blocks quoted with ">".
