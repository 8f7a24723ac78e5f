// Bytes and strings from mail, made safe to show: in the log, in header
// fields, in the SMTP text, on a terminal. Nothing else may show mail data.

/**
 * UTF-8 bytes as text; bytes that are not UTF-8, control characters (C0, DEL,
 * C1), bidirectional overrides and line separators as `\xNN` of their bytes,
 * and a backslash as `\x5C`, so that the form is unambiguous.
 */
export function printableBytes(bytes: Uint8Array): string {
  const text = Buffer.from(
    bytes.buffer,
    bytes.byteOffset,
    bytes.byteLength,
  ).toString("utf8");
  // U+FFFD shows either a wrong byte or itself; look closer in both cases.
  if (!text.includes("\uFFFD")) return printable(text);
  let result = "";
  let at = 0;
  while (at < bytes.length) {
    const length = utf8Length(bytes, at);
    if (length === 0) {
      result += escapeByte(bytes[at] ?? 0);
      at += 1;
    } else {
      result += printable(
        Buffer.from(bytes.subarray(at, at + length)).toString("utf8"),
      );
      at += length;
    }
  }
  return result;
}

// C0, DEL, C1, backslash, line and paragraph separators, bidirectional
// controls (Trojan-source attacks on whoever reads the log), zero-width
// characters and the byte order mark, lone surrogates.
const unprintable =
  /[\x00-\x1F\x7F-\x9F\\\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** A string with everything unprintable as `\xNN` of its UTF-8 bytes. */
export function printable(text: string): string {
  return text.replace(unprintable, (c) => {
    let escaped = "";
    for (const byte of Buffer.from(c, "utf8")) escaped += escapeByte(byte);
    return escaped;
  });
}

/** A text of ours, in which what is somebody else's has been made printable before: its backslashes stay. */
export function printableText(text: string): string {
  return text.split("\\").map(printable).join("\\");
}

/** Printable ASCII only, everything else as `\xNN`; cut to `max` characters. For SMTP texts and header fields. */
export function printableAscii(text: string, max: number): string {
  const escaped = printable(text).replace(/[^\x20-\x7E]/gu, (c) => {
    let bytes = "";
    for (const byte of Buffer.from(c, "utf8")) bytes += escapeByte(byte);
    return bytes;
  });
  return escaped.length > max ? `${escaped.slice(0, max - 3)}...` : escaped;
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Length of the UTF-8 sequence at `at`, 0 where there is none (RFC 3629 4). */
function utf8Length(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first <= 0xdf
      ? 2
      : (first & 0xf0) === 0xe0
        ? 3
        : first >= 0xf0 && first <= 0xf4
          ? 4
          : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  for (let i = 1; i < length; i++)
    if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] ?? 0;
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return length;
}
