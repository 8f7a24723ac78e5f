// The reference of a message: in the log, the SMTP text, the quarantine and
// X-Qsift-ID. Sorts by time; the random half keeps two messages of one second
// apart (40 bits) and can't be guessed from a neighbour's.

import { randomBytes } from "node:crypto";

/** RFC 4648 base32hex in lower case: sorts, reads, and needs no quoting. */
const alphabet = "0123456789abcdefghijklmnopqrstuv";

/** `20261122-004512-k3j9c2mq` (UTC) for `now` in milliseconds since the epoch. */
export function newId(now: number): string {
  const time = new Date(now).toISOString().replace(/[-:]/g, "");
  let random = "";
  for (const byte of randomBytes(8)) random += alphabet[byte & 31] ?? "";
  return `${time.slice(0, 8)}-${time.slice(9, 15)}-${random}`;
}
