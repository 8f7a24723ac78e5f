// What kind of text a part is: signatures.ts asks where no binary format fits.
// Only the first few kilobytes are looked at.

import { asBuffer } from "../mime/bytes.ts";

const headBytes = 4096;

/** A byte order mark of UTF-16, or ASCII with a NUL at every second place. */
export function isUtf16(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (isPrintable(a) && b === 0 && isPrintable(c) && d === 0) return "utf-16le";
  if (a === 0 && isPrintable(b) && c === 0 && isPrintable(d)) return "utf-16be";
  return null;
}

/** No control characters but those of text; 8-bit of any charset counts as text. Nothing at all is text. */
export function looksLikeText(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, headBytes);
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] ?? 0;
    // TAB to CR, ESC of ISO-2022; also BS, and the SUB at the end of DOS files.
    if (
      byte < 0x20 &&
      !(byte >= 8 && byte <= 13) &&
      byte !== 0x1b &&
      byte !== 0x1a
    )
      return false;
    if (byte === 0x7f) return false;
  }
  return true;
}

/** `text/html`, `message/rfc822`, `text/xml` and the like, else `text/plain`. */
export function textType(bytes: Uint8Array): string {
  const head = bytes.subarray(0, headBytes);
  const encoding = isUtf16(bytes);
  const text =
    encoding === null
      ? asBuffer(head).toString("latin1")
      : new TextDecoder(encoding).decode(head);
  const lead = text.replace(/^(?:\xEF\xBB\xBF|\uFEFF)?\s*/, "").slice(0, 1024);
  if (lead.startsWith("<")) return markupType(lead);
  if (lead.startsWith("%PDF-")) return "application/pdf"; // readers bear with blanks before it
  if (lead.startsWith("{\\rt")) return "application/rtf";
  if (/^begin:vcalendar/i.test(lead)) return "text/calendar";
  if (/^begin:vcard/i.test(lead)) return "text/vcard";
  return isMessage(text) ? "message/rfc822" : "text/plain";
}

function markupType(lead: string): string {
  if (/^<\?xml/i.test(lead))
    return /<svg[\s>]/i.test(lead)
      ? "image/svg+xml"
      : /<(!doctype\s{1,9}html|html[\s>])/i.test(lead)
        ? "text/html"
        : "text/xml";
  if (/^<svg[\s>]/i.test(lead)) return "image/svg+xml";
  if (/^<!doctype\s{1,9}svg/i.test(lead)) return "image/svg+xml";
  if (/^<hta:|<hta:application/i.test(lead)) return "application/hta";
  // What browsers sniff (MIME Sniffing Standard 7.1).
  return /^<(!doctype\s{1,9}html|!--|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|img|form|center|span)[\s>/-]/i.test(
    lead,
  )
    ? "text/html"
    : "text/plain";
}

/**
 * A message or web archive (.eml, .mht): it begins with a field that mail has,
 * and a second field follows, so that prose which begins with "From:" is none.
 */
function isMessage(text: string): boolean {
  const lines = text
    .replace(/^(?:\xEF\xBB\xBF)?\s*/, "")
    .split(/\r?\n|\r/, 40)
    .filter(
      (line) => line !== "" && !/^[ \t]/.test(line) && !/^>?From /.test(line),
    );
  const [first = "", second = ""] = lines;
  return (
    /^(received|return-path|mime-version|message-id|delivered-to|from|to|subject|date|reply-to|sender|content-type|dkim-signature|arc-seal|authentication-results|x-[a-z0-9-]{2,60})[ \t]{0,9}:/i.test(
      first,
    ) && /^[a-z][a-z0-9-]{1,60}[ \t]{0,9}:/i.test(second)
  );
}

function isPrintable(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    ((byte >= 0x20 && byte < 0x7f) || byte === 10 || byte === 13)
  );
}
