// The message of an ID, so that whoever checks knows what was held.

import { createHash } from "node:crypto";

/** 32 bytes to 64 KiB. */
export function messageOf(id: string): Buffer {
  const seed = createHash("sha256").update(id).digest();
  const times = 1 + (seed.readUInt16LE(0) % 2048);
  return Buffer.concat(Array.from({ length: times }, () => seed));
}
