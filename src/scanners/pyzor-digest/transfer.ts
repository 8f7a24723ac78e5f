// Transfer encodings as Python decodes them, for pyzor's digest. Text in and
// out has one character a byte. Called by digest.ts.
//
// What cannot be decoded stays as it is. None of this is how qsift itself
// decodes parts (src/mime/).

import { byteLines } from "./python-text.ts";

/** `encoding`: the field's value as it stands, if there is one. */
export function decodeTransfer(
  payload: string,
  encoding: string | undefined,
): string {
  switch (encoding?.toLowerCase()) {
    case "quoted-printable":
      return decodeQuotedPrintable(payload);
    case "base64":
      return decodeBase64(byteLines(payload).join(""));
    case "x-uuencode":
    case "uuencode":
    case "uue":
    case "x-uue":
      return decodeUu(payload) ?? payload;
    case undefined:
    default:
      return payload;
  }
}

/** `=` before anything but two digits or a line end stays; blanks at a line's end too. */
function decodeQuotedPrintable(text: string): string {
  return text.replace(
    /=(?:\n|\r[^\n]*\n?|=|([0-9A-Fa-f]{2})|$)/g,
    (whole, digits: string | undefined) => {
      if (digits !== undefined)
        return String.fromCharCode(Number.parseInt(digits, 16));
      return whole === "==" ? "=" : "";
    },
  );
}

/**
 * Up to the padding that completes a unit, other characters skipped; what
 * follows the padding is not looked at. A lone digit at the end: not decoded
 * at all.
 */
function decodeBase64(text: string): string {
  const digits: string[] = [];
  let count = 0;
  let pads = 0;
  for (const run of text.matchAll(/[A-Za-z0-9+/]+|=/g)) {
    if (run[0] !== "=") {
      digits.push(run[0]);
      count += run[0].length;
      pads = 0;
      continue;
    }
    const inUnit = count % 4;
    if (inUnit < 2) continue;
    pads += 1;
    if (inUnit + pads >= 4)
      return Buffer.from(digits.join(""), "base64").toString("latin1");
  }
  if (count % 4 === 1) return text;
  return Buffer.from(digits.join(""), "base64").toString("latin1");
}

/** Null where there is no `begin` line, or a line that can't be decoded. */
function decodeUu(text: string): string | null {
  const lines = byteLines(text);
  const begin = lines.findIndex((line) =>
    /^begin [\t\v\f]*[+-]?(?:0[oO]_?)?[0-7]+(?:_[0-7]+)*(?: |$)/.test(line),
  );
  if (begin < 0) return null;
  const decoded: string[] = [];
  for (const line of lines.slice(begin + 1)) {
    if (line === "") return null;
    if (/^[ \t\f]*end[ \t\f]*$/.test(line)) break;
    const length = (line.charCodeAt(0) - 32) & 63;
    // Some encoders write too much on a line: its count is believed then.
    const bytes =
      decodeUuLine(line, length) ??
      decodeUuLine(line.slice(0, Math.floor((length * 4 + 5) / 3)), length);
    if (bytes === null) return null;
    decoded.push(bytes);
  }
  return decoded.join("");
}

function decodeUuLine(line: string, length: number): string | null {
  let bytes = "";
  let bits = 0;
  let count = 0;
  let at = 1;
  for (; bytes.length < length; at += 1) {
    // Blanks at a line's end may have got lost.
    const code = at < line.length ? line.charCodeAt(at) : 32;
    if (code < 32 || code > 96) return null;
    bits = ((bits << 6) | ((code - 32) & 63)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += String.fromCharCode((bits >> count) & 0xff);
  }
  return /^[ `]*$/.test(line.slice(at)) ? bytes : null;
}
