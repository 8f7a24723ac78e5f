// Python's notion of white space and of lines, for pyzor's digest: it is
// defined by what the reference client, a Python program, does. JavaScript's
// `\s` has U+FEFF and lacks U+001C to U+001F and U+0085.

/** For use within a character class of an expression with the flag `u`. */
export const white =
  "\\t\\n\\v\\f\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const whiteCharacter = new RegExp(`[${white}]`, "u");

export function isWhite(character: string): boolean {
  const code = character.charCodeAt(0);
  if (code < 0x80)
    return (
      code === 32 || (code >= 9 && code <= 13) || (code >= 28 && code < 32)
    );
  return whiteCharacter.test(character);
}

/** Without white space at both ends; by hand, as an expression would take quadratic time. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhite(text.charAt(start))) start += 1;
  while (end > start && isWhite(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Lines of decoded text, without their ends: more characters end one than in mail. */
export function textLines(text: string): string[] {
  return text.split(/\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/);
}

/** Lines of bytes, without their ends; none follows a final line end. */
export function byteLines(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
