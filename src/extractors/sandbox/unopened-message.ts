// The Message of bytes that could not be expanded: part 0 and the header, and
// a finding that says why. Scanners still see the whole message.

import { createHash } from "node:crypto";
import type { Limits } from "../../limits.ts";
import type { Message } from "../../mail.ts";
import { parseHeader } from "../../mime/header.ts";

/** `name` of the `limit` finding: `expansion-ms`, `sandbox-died`. */
export function unopenedMessage(
  bytes: Uint8Array,
  limits: Limits,
  name: string,
): Message {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return {
    header: parseHeader(bytes, limits).fields,
    parts: [
      {
        id: 0,
        parent: null,
        place: "",
        declaredType: "message/rfc822",
        otherTypes: [],
        detectedType: "message/rfc822",
        filename: null,
        otherFilenames: [],
        charset: null,
        size: bytes.byteLength,
        sha256,
        content: bytes,
      },
    ],
    findings: [
      { source: "sandbox", kind: "limit", name, part: 0, score: null },
    ],
  };
}
