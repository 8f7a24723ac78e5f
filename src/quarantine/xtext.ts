// Any bytes as printable ASCII without blanks, and back: the `xtext` of
// RFC 3461 4 ("+" and two upper-case hex digits for what can't stand as it
// is). Used for every value of a quarantine entry that comes from mail.
//
// Two differences, both on the safe side: bytes above 127 are encoded too (an
// envelope address may hold any byte but NUL), and so are the characters that
// separate things in our fields ("," ";" "<" ">" and the backslash).

const plain = new Uint8Array(256);
for (const character of "abcdefghijklmnopqrstuvwxyz" +
  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" +
  "!#$%&'*-./:?@^_`{|}~()[]")
  plain[character.charCodeAt(0)] = 1;

const hex = Array.from({ length: 256 }, (_, byte) =>
  plain[byte] === 1
    ? String.fromCharCode(byte)
    : `+${byte.toString(16).toUpperCase().padStart(2, "0")}`,
);

export function formatXtext(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hex[byte] ?? "";
  return text;
}

/** Null where the text is not xtext. Characters that we would have encoded are read as themselves. */
export function parseXtext(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at);
    if (code < 0x21 || code > 0x7e || code === 0x3d) return null;
    if (code === 0x2b) {
      const high = hexDigit(text.charCodeAt(at + 1));
      const low = hexDigit(text.charCodeAt(at + 2));
      if (high < 0 || low < 0) return null;
      code = high * 16 + low;
      at += 2;
    }
    bytes[length++] = code;
  }
  return bytes.slice(0, length);
}

/** Value of an upper-case hex digit; -1 for all else, NaN (past the end) too. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  return -1;
}
