// HTML character references as Python's html.unescape resolves them, for
// pyzor's digest. Called by html.ts.

import { namedReferences } from "./reference-names.ts";

// HTML 13.2.5.80: what authors meant by C1 control characters.
const c1 =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f" +
  "\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

const reference =
  /&(?:#(?:(\d+)|[xX]([0-9a-fA-F]+));?|([^\t\n\f <&#;]{1,32};?))/gu;

export function resolveReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    reference,
    (
      whole,
      decimal: string | undefined,
      hexadecimal: string | undefined,
      name: string | undefined,
    ) => {
      if (name !== undefined) return named(name) ?? whole;
      const code = Number.parseInt(
        hexadecimal ?? decimal ?? "",
        hexadecimal === undefined ? 10 : 16,
      );
      return numbered(code);
    },
  );
}

function numbered(code: number): string {
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    return "\ufffd";
  if (code >= 0x80 && code <= 0x9f) return c1.charAt(code - 0x80);
  const isDropped =
    (code < 0x20 && ![9, 10, 12, 13].includes(code)) ||
    code === 0x7f ||
    (code >= 0xfdd0 && code <= 0xfdef) ||
    (code & 0xfffe) === 0xfffe;
  return isDropped ? "" : String.fromCodePoint(code);
}

/** The longest beginning that is a name; some names need no semicolon. */
function named(text: string): string | undefined {
  const names = namedReferences();
  for (let length = text.length; length > 1; length -= 1) {
    const found = names.get(text.slice(0, length));
    if (found !== undefined) return found + text.slice(length);
  }
  return undefined;
}
