// Subjects for tests of scanners, without expansion.

import { createHash } from "node:crypto";
import type { Part } from "../../src/mail.ts";
import type { Subject } from "../../src/scanners/scanner.ts";
import type { Finding } from "../../src/verdict.ts";

export function subjectOf(
  text: string | Uint8Array,
  parts: readonly Part[] = [],
  findings: readonly Finding[] = [],
): Subject {
  const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
  return {
    mail: {
      id: "test",
      receivedAt: 0,
      peer: {
        uid: 0,
        trusted: false,
        ip: null,
        host: null,
        helo: null,
        relayClient: false,
        user: null,
        policy: null,
        judgeSpam: null,
      },
      envelope: { sender: new Uint8Array(), recipients: [] },
      bytes,
    },
    message: { header: [], parts, findings },
  };
}

export function partOf(
  id: number,
  content: Uint8Array,
  rest: Partial<Part> = {},
): Part {
  return {
    id,
    parent: id === 0 ? null : 0,
    place: id === 0 ? "" : String(id),
    declaredType: null,
    otherTypes: [],
    detectedType: id === 0 ? "message/rfc822" : "application/octet-stream",
    filename: null,
    otherFilenames: [],
    charset: null,
    size: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
    content,
    ...rest,
  };
}

export const malformed: Finding = {
  source: "mime",
  kind: "malformed",
  name: "mime-two-boundaries",
  part: 0,
  score: null,
};

/** A signal that is never aborted. */
export function noDeadline(): AbortSignal {
  return new AbortController().signal;
}
