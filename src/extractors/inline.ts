// What is opened without the sandbox. Starting a thread costs as much as the
// rest of a small message, so mail syntax, which is our own code and linear in
// time, is read where the message is; and a message that is all plain text
// needs no more. Called by expansion.ts.

import type { Message, Part } from "../mail.ts";
import { asBuffer } from "../mime/bytes.ts";
import type { Extractor } from "./extractor.ts";
import { mime } from "./mime.ts";

export const inlineExtractors: readonly Extractor[] = [mime];

/** Longer messages go to the sandbox, whatever they hold: read here as well, what they carry would be decoded and held twice. */
const mostInlineBytes = 1024 * 1024;

/** Bytes of text as people write it; what has others is looked at by every extractor. */
const notText = /[^\t\n\f\r\x20-\x7E\x80-\xFF]/;

/**
 * What the extractors of text look for: uuencode and its kin, yEnc, BinHex,
 * armor of OpenPGP and CMS, PDF, RTF, archives that are text (cpio, ar), an
 * mbox, markup (but not an address or a link in angle brackets). Wider than what they take; inline.test.ts holds it against them.
 */
const markers =
  /begin|BinHex|%PDF-|\{\\rt|07070[127]|!<(?:arch|thin)>|^From |^\s*<|<(?:[a-z][\w:-]*[\s>]|[!?])/i;

/** False where reading the message here would be for nothing. Most mail has HTML, and a search finds that at a hundredth of the cost. */
export function mayBePlain(bytes: Uint8Array): boolean {
  return (
    bytes.length <= mostInlineBytes && !asBuffer(bytes).includes("text/html")
  );
}

/** True if no extractor but those above has anything to do in this message. */
export function isPlain(message: Message): boolean {
  return message.parts.every((part) => part.id === 0 || isPlainPart(part));
}

function isPlainPart(part: Part): boolean {
  if (part.declaredType !== null && part.declaredType !== "text/plain")
    return false;
  if (part.otherTypes.length > 0 || part.filename !== null) return false;
  if (part.detectedType !== "text/plain") return part.size === 0;
  const text = asBuffer(part.content).toString("latin1");
  return !notText.test(text) && !markers.test(text);
}
