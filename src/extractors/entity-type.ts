// Whether unwrapped content (of S/MIME, OpenPGP) is a MIME entity: header
// fields, a blank line, a body (RFC 2045 2.4). Such content is opened the way a
// message is.

import { latin1 } from "../mime/bytes.ts";

/** "message/rfc822" where the bytes begin with a header field, else null. */
export function entityType(content: Uint8Array): "message/rfc822" | null {
  // RFC 5322 2.2: printable characters but the colon. No field name is longer.
  const head = latin1(content, 0, Math.min(content.length, 80));
  return /^\s{0,4}[!-9;-~]+[ \t]{0,4}:/.test(head) ? "message/rfc822" : null;
}
