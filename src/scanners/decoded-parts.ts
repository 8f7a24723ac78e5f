// Which parts a virus scanner is given beside the message. It takes the message
// apart in its own way, and what our reading found (after a blank line in a
// header, behind a soft line break, in a uuencoded block) it may not have seen.
// Called by the scanners that are sent bytes.

import type { Part } from "../mail.ts";
import { isViewOf } from "./is-view-of.ts";
import type { Subject } from "./scanner.ts";

/**
 * For `OpenScanner.key` of scanners that are given parts. Of the same bytes
 * not always the same parts are had: expansion has a time limit. A copy that
 * was opened must not share the report of one that was not.
 */
export function keyWithParts({ message }: Subject): string | null {
  const [whole] = message.parts;
  return whole === undefined ? null : `${whole.sha256} ${message.parts.length}`;
}

/**
 * Each content once. What stands inside archives is left to the scanner's own
 * unpacking, but for those of which `isSeen` says that it does not see them.
 */
export function* decodedParts(
  parts: readonly Part[],
  message: Uint8Array,
  isSeen: (part: Part) => boolean = () => true,
): Generator<Part> {
  const seen = new Set<string>();
  for (const part of parts) {
    if (part.id === 0 || part.size === 0 || seen.has(part.sha256)) continue;
    if (isPlainTextWithin(part, message)) continue;
    if (isArchived(part, parts) && isSeen(part)) continue;
    seen.add(part.sha256);
    yield part;
  }
}

/** It came out of something that the scanner was given and opens itself: neither mail nor a text that holds a file. */
function isArchived(part: Part, parts: readonly Part[]): boolean {
  const container = part.parent === null ? undefined : parts[part.parent];
  if (container === undefined) return false;
  return !/^(text|message)\//.test(container.detectedType);
}

/** Undecoded plain text: the scanner has seen these very bytes in the message, whatever it took them for. */
function isPlainTextWithin(part: Part, message: Uint8Array): boolean {
  return (
    part.detectedType === "text/plain" &&
    (part.declaredType ?? "text/plain") === "text/plain" &&
    part.otherTypes.length === 0 &&
    isViewOf(part.content, message)
  );
}
