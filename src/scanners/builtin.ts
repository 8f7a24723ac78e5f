// The scanner that needs nothing installed: finds the two harmless strings by
// which filters are tested, EICAR's for viruses (eicar.org) and SpamAssassin's
// GTUBE for spam. It shows that mail really goes through the filter; it does
// not judge ordinary mail.
//
// EICAR's own rule wants the string at the start of a file. Here it counts
// anywhere, as a person who tests pastes it into a mail.

import type { Finding } from "../verdict.ts";
import { isViewOf } from "./is-view-of.ts";
import {
  commonDefaults,
  type OpenScanner,
  type Report,
  type Scanner,
  type Subject,
} from "./scanner.ts";

const name = "builtin";

// SpamAssassin's score for GTUBE.
const gtubeScore = 1000;

// In pieces, and joined only when the program runs, so that neither this file
// nor what is built of it is itself taken for a virus or for spam.
const eicar = Buffer.from(
  [
    "X5O!P%@AP[4\\PZX54(P^)7CC)7}",
    "$EICAR",
    "STANDARD",
    "ANTIVIRUS",
    "TEST",
    "FILE!$H+H*",
  ]
    .join("-")
    .replace("}-", "}"),
);
const gtube = Buffer.from(
  [
    "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE",
    "STANDARD",
    "ANTI",
    "UBE",
    "TEST",
    "EMAIL*C.34X",
  ].join("-"),
);

export const builtin: Scanner = {
  name,
  // What it finds is a test; it does not make a message checked for viruses.
  judges: "neither",
  defaults: { ...commonDefaults, enabled: true },
  options: {},
  open: (): OpenScanner => ({
    name,
    // eslint-disable-next-line @typescript-eslint/require-await -- a throw must become a rejection
    scan: async (subject) => scan(subject),
    ping: () => Promise.resolve({ version: "built in", databaseAt: null }),
  }),
};

function scan(subject: Subject): Report {
  const findings: Finding[] = [
    ...find(subject, eicar).map((part) => ({
      source: name,
      kind: "virus" as const,
      name: "Eicar-Test-Signature",
      part,
      score: null,
    })),
    ...find(subject, gtube).map((part) => ({
      source: name,
      kind: "spam" as const,
      name: "GTUBE",
      part,
      score: gtubeScore,
    })),
  ];
  const isSpam = findings.some(({ kind }) => kind === "spam");
  return { findings, score: isSpam ? gtubeScore : null, version: null };
}

/** Where the needle is: the innermost parts that have it; null for the message where expansion made no parts. */
function find(
  { mail, message }: Subject,
  needle: Buffer,
): readonly (number | null)[] {
  const isInMessage = contains(mail.bytes, needle);
  const hits = new Set<number>();
  const parents = new Set<number>();
  for (const part of message.parts) {
    if (!isInMessage && isViewOf(part.content, mail.bytes)) continue;
    if (!contains(part.content, needle)) continue;
    hits.add(part.id);
    // All above it, so that a part between which does not have the string
    // (it was compressed there) does not hide that an outer one does.
    let above = part.parent;
    while (above !== null && !parents.has(above)) {
      parents.add(above);
      above = message.parts[above]?.parent ?? null;
    }
  }
  const innermost = [...hits].filter((id) => !parents.has(id));
  if (innermost.length > 0 || !isInMessage) return innermost;
  return [message.parts.length > 0 ? 0 : null];
}

function contains(bytes: Uint8Array, needle: Buffer): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.includes(needle);
}
